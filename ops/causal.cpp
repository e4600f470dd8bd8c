// SPDX-License-Identifier: Apache-2.0
#include "ops/causal.hpp"

#include <fmt/format.h>

#include "ops/conv.hpp"
#include "ops/errors.hpp"

namespace convict::ops {
namespace {

void require_rank_value(std::string_view argument, const Array& array, std::size_t rank) {
  if (array.rank() != rank)
    throw ValueError(fmt::format("{} has shape {} of rank {}; it must have rank {}", argument,
                                 to_string(array.shape()), array.rank(), rank));
}

void require_length(std::string_view argument, const Hint& shape, std::size_t length) {
  if (shape.size() != length)
    throw AssertionError(
        fmt::format("{} is {}; it needs {} entries", argument, to_string(shape), length));
}

/// The filter length determines the padding, so it must be known and right.
index_t filter_length(const Hint& filter_shape, const Array& filters) {
  const index_t actual = filters.shape().back();
  if (!filter_shape.back())
    throw ValueError(
        fmt::format("filter_shape is {}; its last entry must be known", to_string(filter_shape)));
  if (*filter_shape.back() != actual)
    throw ValueError(fmt::format("filter_shape is {}; the filters have length {}",
                                 to_string(filter_shape), actual));
  return actual;
}

index_t padding_before(index_t filter_length, const CausalOptions& options) {
  index_t before = 0;
  if (options.filter_dilation < 1 ||
      !multiply(options.filter_dilation, filter_length - 1, before) || before < 0)
    throw ValueError(fmt::format(
        "filter_dilation is {} and the filter length {}; both must be at least 1 and the dilated "
        "length must fit in 64 bits",
        options.filter_dilation, filter_length));
  return before;
}

}  // namespace

Array causal_conv1d(const Array& input, const Array& filters, const Hint& filter_shape,
                    const CausalOptions& options, const Policy& policy) {
  const std::size_t filter_rank = options.unshared ? 4 : 3;
  require_rank_value("input", input, 3);
  require_rank_value("filters", filters, filter_rank);
  if (!options.input_shape.empty()) require_length("input_shape", options.input_shape, 3);
  require_length("filter_shape", filter_shape, filter_rank);
  const index_t before = padding_before(filter_length(filter_shape, filters), options);
  return conv1d(input, filters,
                {.input_shape = options.input_shape,
                 .filter_shape = filter_shape,
                 .border_mode = {AxisPadding(Dims{before, 0})},
                 .subsample = {options.subsample},
                 .filter_flip = options.filter_flip,
                 .filter_dilation = {options.filter_dilation},
                 .num_groups = options.num_groups,
                 .unshared = options.unshared},
                policy);
}

}  // namespace convict::ops
