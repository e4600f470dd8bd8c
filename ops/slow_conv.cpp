// SPDX-License-Identifier: Apache-2.0
#include "ops/slow_conv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/tensor.hpp"
#include "ops/array_ops.hpp"
#include "ops/errors.hpp"
#include "ops/hints.hpp"
#include "ops/shapes.hpp"

namespace convict::ops {
namespace {

/// The part of `from` under fixed leading indices; it is contiguous.
Array block(const Array& from, const Dims& leading) {
  const auto first_kept = from.shape().begin() + static_cast<std::ptrdiff_t>(leading.size());
  Array part(Dims(first_kept, from.shape().end()), from.precision());
  index_t at = 0;
  for (std::size_t a = 0; a < leading.size(); ++a) at = at * from.extent(a) + leading[a];
  const auto first = static_cast<std::size_t>(at) * part.elements();
  for (std::size_t i = 0; i < part.elements(); ++i) part.set(i, from[first + i]);
  return part;
}

/// Adds `part` to the block of `to` under the leading indices.
void accumulate(Array& to, index_t i, index_t j, const Array& part) {
  const auto first = static_cast<std::size_t>(i * to.extent(1) + j) * part.elements();
  for (std::size_t at = 0; at < part.elements(); ++at)
    to.set(first + at, to[first + at] + part[at]);
}

/// Three spatial extents, the missing ones in front as 1.
Axes lifted_extents(const Dims& shape) {
  Axes axes{1, 1, 1};
  std::copy_backward(shape.begin(), shape.end(), axes.end());
  return axes;
}

View<const double, 3> viewed(const std::vector<double>& values, const Dims& shape) {
  return {values.data(), row_major<3>(lifted_extents(shape))};
}

std::vector<double> values_of(const Array& array) {
  std::vector<double> values(array.elements());
  for (std::size_t at = 0; at < values.size(); ++at) values[at] = array[at];
  return values;
}

/// out[p] = sum_u kern[k-1-u] img[p+u], 'valid'.
Array convolved(const Array& img, const Array& kern) {
  const std::vector<double> img_values = values_of(img);
  const std::vector<double> kern_values = values_of(kern);
  const auto x = viewed(img_values, img.shape());
  const auto w = viewed(kern_values, kern.shape());
  const Axes& k = w.shape.extents;
  Dims shape;
  for (std::size_t a = 0; a < img.rank(); ++a) shape.push_back(img.extent(a) - kern.extent(a) + 1);
  Array out(shape, img.precision());
  std::size_t at = 0;
  for_each_index(row_major<3>(lifted_extents(shape)), [&](const Axes& p) {
    double sum = 0;
    for_each_index(w.shape, [&](const Axes& u) {
      sum += w(k[0] - 1 - u[0], k[1] - 1 - u[1], k[2] - 1 - u[2]) *
             x(p[0] + u[0], p[1] + u[1], p[2] + u[2]);
    });
    out.set(at++, sum);
  });
  return out;
}

std::vector<SidePadding> full_padding(const Dims& kern) {
  std::vector<SidePadding> pads;
  for (const index_t extent : kern) pads.push_back({extent - 1, extent - 1});
  return pads;
}

Dims trailing(const Dims& shape, std::size_t axes) {
  return {shape.end() - static_cast<std::ptrdiff_t>(axes), shape.end()};
}

void check(const Array& img, const SlowConvOptions& options) {
  const std::size_t axes = img.rank() - 2;
  if (options.unshared && axes != 2)
    throw NotImplementedError(fmt::format("unshared is true with {} axes; it needs two", axes));
  if (options.mode != "valid" && options.mode != "full")
    throw ValueError(fmt::format("mode is '{}'; it must be 'valid' or 'full'", options.mode));
  if (!options.dilation.empty() && options.dilation.size() != axes)
    throw ValueError(
        fmt::format("dilation is {}; it needs {} entries", to_string(options.dilation), axes));
  if (options.unshared && options.direction == "backprop weights" && options.mode != "valid")
    throw ValueError("mode is 'full'; 'backprop weights' of unshared filters needs 'valid'");
}

void check_channels(index_t image_channels, index_t filters, index_t filter_channels,
                    index_t groups) {
  if (groups < 1 || image_channels % groups != 0 || filters % groups != 0)
    throw ValueError(
        fmt::format("num_groups is {}; it must divide the {} channels and the {} filters", groups,
                    image_channels, filters));
  if (image_channels / groups != filter_channels)
    throw ValueError(fmt::format("the filters have {} channels; {} channels in {} groups need {}",
                                 filter_channels, image_channels, groups, image_channels / groups));
}

/// (F, o..., C/G, k...) as (F, C/G, o..., k...), so that one channel's bank is contiguous.
Array channels_second(const Array& kern, bool unshared) {
  if (!unshared || kern.rank() != 6) return kern;
  return transposed(kern, {0, 3, 1, 2, 4, 5});
}

Array one_channel(const Array& img, const Array& kern, const Dims& out_shape,
                  const SlowConvOptions& options) {
  if (options.unshared) {
    if (options.mode == "full" && options.direction == "forward")
      return unshared2d(padded(img, full_padding(trailing(kern.shape(), 2))), kern, out_shape);
    return unshared2d(img, kern, out_shape, options.direction);
  }
  if (options.mode == "full") return convolved(padded(img, full_padding(kern.shape())), kern);
  return convolved(img, kern);
}

Dims result_shape(const Array& img, const Array& kern, const SlowConvOptions& options) {
  const std::size_t axes = img.rank() - 2;
  Dims shape = {img.extent(0), kern.extent(0)};
  const bool backprop_weights = options.unshared && options.direction == "backprop weights";
  if (backprop_weights) shape.insert(shape.end(), {kern.extent(2), kern.extent(3)});
  for (std::size_t a = 0; a < axes; ++a) {
    const index_t extent = kern.extent(kern.rank() - axes + a);
    const index_t n = img.extent(2 + a);
    shape.push_back(options.mode == "valid" ? n - extent + 1 : n + extent - 1);
  }
  return shape;
}

}  // namespace

Array unshared2d(const Array& inp, const Array& kern, const Dims& out_shape,
                 std::string_view direction) {
  const bool forward = direction == "forward";
  const bool inputs = direction == "backprop inputs";
  if (!forward && !inputs && direction != "backprop weights")
    throw ValueError(fmt::format(
        "direction is '{}'; it must be 'forward', 'backprop weights' or 'backprop inputs'",
        direction));
  Array out(out_shape, inp.precision());
  const Dims& bank = forward || inputs ? kern.shape() : out_shape;
  const auto at2 = [](const Dims& s, index_t r, index_t c) {
    return static_cast<std::size_t>(r * s[1] + c);
  };
  std::size_t tap = 0;
  for (index_t r = 0; r < bank[0]; ++r)
    for (index_t c = 0; c < bank[1]; ++c)
      for (index_t u = 0; u < bank[2]; ++u)
        for (index_t v = 0; v < bank[3]; ++v, ++tap) {
          const auto from_end = static_cast<std::size_t>((bank[2] - u) * bank[3] - v - 1);
          const std::size_t first = at2(bank, r, c) * static_cast<std::size_t>(bank[2] * bank[3]);
          if (forward) {
            const std::size_t to = at2(out_shape, r, c);
            out.set(to, out[to] + inp[at2(inp.shape(), r + u, c + v)] * kern[first + from_end]);
          } else if (inputs) {
            const std::size_t to = at2(out_shape, r + u, c + v);
            out.set(to, out[to] + inp[at2(inp.shape(), r, c)] * kern[first + from_end]);
          } else {
            out.set(tap, kern[at2(kern.shape(), r, c)] * inp[at2(inp.shape(), r + u, c + v)]);
          }
        }
  return out;
}

Array conv(const Array& img, const Array& kern, const SlowConvOptions& options) {
  check(img, options);
  const std::size_t axes = img.rank() - 2;
  const bool bank = options.unshared && options.direction != "backprop weights";
  require_rank("kern", kern.shape(), bank ? 6 : 2 + axes);
  const Dims dilation = ones_if_empty(options.dilation, axes);
  Dims dilated = trailing(kern.shape(), axes);
  for (std::size_t a = 0; a < axes; ++a) dilated[a] = dilated_extent(dilated[a], dilation[a]);
  const Array filters = channels_second(stuffed(kern, dilation, dilated), bank);
  check_channels(img.extent(1), filters.extent(0), filters.extent(1), options.num_groups);

  Array out(result_shape(img, filters, options), img.precision());
  const Dims plane(out.shape().begin() + 2, out.shape().end());
  const index_t per_group = std::max<index_t>(1, filters.extent(0) / options.num_groups);
  for (index_t b = 0; b < img.extent(0); ++b)
    for (index_t f = 0; f < filters.extent(0); ++f)
      for (index_t c = 0; c < filters.extent(1); ++c) {
        const index_t channel = f / per_group * filters.extent(1) + c;
        accumulate(out, b, f,
                   one_channel(block(img, {b, channel}), block(filters, {f, c}), plane, options));
      }
  return out;
}

}  // namespace convict::ops
