// SPDX-License-Identifier: Apache-2.0
#include "ops/legacy.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ops/abstract_conv.hpp"
#include "ops/array_ops.hpp"
#include "ops/errors.hpp"
#include "ops/hints.hpp"

namespace convict::ops::legacy {
namespace {

bool complete(const Hint& shape) {
  return shape.size() == 4 && std::ranges::all_of(shape, [](const Size& s) { return bool(s); });
}

void check_mode_and_types(const Array& input, const Array& filters, const Options& options) {
  if (options.border_mode != "valid" && options.border_mode != "full")
    throw NotImplementedError(
        fmt::format("border_mode is '{}'; it must be 'valid' or 'full'", options.border_mode));
  require_rank("input", input.shape(), 4);
  require_rank("filters", filters.shape(), 4);
  const bool wide = input.precision() == Precision::f32 || input.precision() == Precision::f64;
  if (input.precision() != filters.precision() || !wide)
    throw NotImplementedError(
        fmt::format("input is {} and filters {}; both must be f32 or both f64",
                    name_of(input.precision()), name_of(filters.precision())));
}

void check_given(std::string_view argument, const Hint& given, const Array& actual) {
  if (given.empty()) return;
  if (given.size() != 4 || with_hints(known(actual.shape()), given) != known(actual.shape()))
    throw ValueError(fmt::format("{} is {}; the shape is {}", argument, to_string(given),
                                 to_string(actual.shape())));
}

void check_shapes(const Array& input, const Array& filters, const Options& options) {
  const Hint& image = options.image_shape;
  const Hint& filter = options.filter_shape;
  if (image.size() > 1 && filter.size() > 1 && image[1] && filter[1] && *image[1] != *filter[1])
    throw AssertionError(
        fmt::format("image_shape[1] is {} and filter_shape[1] is {}; they must be "
                    "the same number of channels",
                    *image[1], *filter[1]));
  check_given("image_shape", image, input);
  check_given("filter_shape", filter, filters);
  if ((options.unroll_batch || options.unroll_kern) && !(complete(image) && complete(filter)))
    throw ValueError("unroll_batch and unroll_kern need complete image_shape and filter_shape");
}

/// `array` with its rows and columns spread over `logical`.
Array spread(std::string_view argument, const Array& array, const Dims& logical, bool top_aligned) {
  if (logical.empty()) return array;
  Dims ratio;
  Dims first;
  for (std::size_t a = 0; a < 2; ++a) {
    const index_t actual = array.extent(2 + a);
    if (logical.size() != 2 || actual < 1 || logical[a] < 1 ||
        (actual - 1) * ceil_div(logical[a], actual) >= logical[a])
      throw ValueError(fmt::format("{} is {}; it needs two extents that hold {} evenly", argument,
                                   to_string(logical), to_string(array.shape())));
    ratio.push_back(ceil_div(logical[a], actual));
    first.push_back(top_aligned ? 0 : logical[a] - 1 - (actual - 1) * ratio[a]);
  }
  Dims shape = array.shape();
  shape[2] = logical[0];
  shape[3] = logical[1];
  return gathered(array, shape, [&](Dims& index) {
    for (std::size_t a = 0; a < 2; ++a) {
      const index_t position = index[2 + a] - first[a];
      index[2 + a] = position / ratio[a];
      if (position < 0 || position % ratio[a] != 0 || index[2 + a] >= array.extent(2 + a))
        return false;
    }
    return true;
  });
}

ConvArgs args_of(const Options& options) {
  return {.border_mode = options.border_mode, .subsample = options.subsample};
}

void check_gradient(const Options& options) {
  const bool strided = std::ranges::any_of(options.subsample, [](index_t s) { return s != 1; });
  const bool more = std::ranges::any_of(options.subsample, [](index_t s) { return s > 2; });
  if (!options.imshp_logical.empty() || !options.kshp_logical.empty())
    throw NotImplementedError("imshp_logical or kshp_logical is given; it has no gradient");
  if (more || (strided && options.border_mode == "valid"))
    throw NotImplementedError(
        fmt::format("subsample is {} with border_mode '{}'; gradients exist for stride 1, and for "
                    "2 with 'full'",
                    to_string(options.subsample), options.border_mode));
  if (strided && !(complete(options.image_shape) && complete(options.filter_shape)))
    throw ValueError("subsample 2 needs complete image_shape and filter_shape for gradients");
}

}  // namespace

Array conv2d(const Array& input, const Array& filters, const Options& options,
             const Policy& policy) {
  check_mode_and_types(input, filters, options);
  check_shapes(input, filters, options);
  const AbstractConv op(args_of(options));
  Policy own = policy;
  own.openmp = policy.openmp || options.openmp;
  return op(spread("imshp_logical", input, options.imshp_logical, true),
            spread("kshp_logical", filters, options.kshp_logical, options.kshp_logical_top_aligned),
            own);
}

std::pair<Array, Array> conv2d_grad(const Array& input, const Array& filters, const Array& top,
                                    const Options& options, const Policy& policy) {
  check_mode_and_types(input, filters, options);
  check_shapes(input, filters, options);
  check_gradient(options);
  return AbstractConv(args_of(options)).grad(input, filters, top, policy);
}

}  // namespace convict::ops::legacy
