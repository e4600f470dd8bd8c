// SPDX-License-Identifier: Apache-2.0
#include "ops/conv3d2d.hpp"

#include <fmt/format.h>

#include "ops/array_ops.hpp"
#include "ops/conv.hpp"
#include "ops/errors.hpp"
#include "ops/hints.hpp"
#include "ops/params.hpp"

namespace convict::ops::conv3d2d {
namespace {

index_t pad_of(const std::string& mode, index_t filter) {
  if (mode == "valid") return 0;
  if (mode == "full") return filter - 1;
  if (mode == "half") return filter / 2;
  if (mode == "same")
    throw NotImplementedError("border_mode is 'same'; it must be 'valid', 'half' or 'full'");
  throw ValueError(fmt::format("border_mode is '{}'; it must be 'valid', 'half' or 'full'", mode));
}

Dims pads_of(const BorderMode3d& border, const Dims& filters) {
  const auto& [time, height, width] = border.modes;
  if (height != width)
    throw NotImplementedError(fmt::format(
        "border_mode is '{}' for the height and '{}' for the width; they must be the same", height,
        width));
  return {filters[1] == 1 ? 0 : pad_of(time, filters[1]), pad_of(height, filters[3]),
          pad_of(width, filters[4])};
}

void check_axes(const Array& x, std::size_t i0, std::size_t i1) {
  if (i0 == i1 || i0 >= x.rank() || i1 >= x.rank())
    throw ValueError(fmt::format("i0 is {} and i1 is {}; they must be two axes of shape {}", i0, i1,
                                 to_string(x.shape())));
  if (x.extent(i0) < x.extent(i1))
    throw ValueError(fmt::format("shape is {}; axis {} must not be shorter than axis {}",
                                 to_string(x.shape()), i0, i1));
}

}  // namespace

Array conv3d(const Array& signals, const Array& filters, const Options& options,
             const Policy& policy) {
  require_rank("signals", signals.shape(), 5);
  require_rank("filters", filters.shape(), 5);
  const Dims pads = pads_of(options.border_mode, filters.shape());
  const index_t frames = signals.extent(1) + 2 * pads[0];
  if (frames < filters.extent(1))
    throw NotImplementedError(
        fmt::format("signals have {} frames with padding, filters {}; padded signals must not be "
                    "shorter than filters",
                    frames, filters.extent(1)));
  assert_shape(signals, options.signals_shape, "signals", policy);
  assert_shape(filters, options.filters_shape, "filters", policy);
  // (N, T, C, H, W) and (N, C, T, H, W) differ by the exchange of two axes, filters and result
  // alike.
  const std::vector<std::size_t> exchange = {0, 2, 1, 3, 4};
  const Array result = ops::conv3d(transposed(signals, exchange), transposed(filters, exchange),
                                   {.border_mode = {pads[0], pads[1], pads[2]}}, policy);
  return transposed(result, exchange);
}

Array diagonal_subtensor(const Array& x, std::size_t i0, std::size_t i1) {
  check_axes(x, i0, i1);
  const index_t columns = x.extent(i1);
  Dims shape = x.shape();
  shape[i0] -= columns - 1;
  return gathered(x, shape, [&](Dims& index) {
    index[i0] += columns - 1 - index[i1];
    return true;
  });
}

Array inc_diagonal_subtensor(const Array& x, std::size_t i0, std::size_t i1, const Array& y) {
  check_axes(x, i0, i1);
  const index_t columns = x.extent(i1);
  Dims view = x.shape();
  view[i0] -= columns - 1;
  if (y.shape() != view)
    throw ValueError(
        fmt::format("y has shape {}; the view has {}", to_string(y.shape()), to_string(view)));
  return sum_of(x, gathered(y, x.shape(), [&](Dims& index) {
                  index[i0] -= columns - 1 - index[i1];
                  return index[i0] >= 0 && index[i0] < view[i0];
                }));
}

}  // namespace convict::ops::conv3d2d
