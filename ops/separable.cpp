// SPDX-License-Identifier: Apache-2.0
#include "ops/separable.hpp"

#include "ops/conv.hpp"
#include "ops/hints.hpp"
#include "ops/shapes.hpp"

namespace convict::ops {
namespace {

Hint intermediate_hint(const SeparableOptions& options, std::size_t axes) {
  if (options.input_shape.empty() || options.depthwise_filter_shape.empty()) return {};
  return get_conv_output_shape(options.input_shape, options.depthwise_filter_shape,
                               options.border_mode, known(ones_if_empty(options.subsample, axes)),
                               known(ones_if_empty(options.filter_dilation, axes)));
}

Array separable(decltype(&conv2d) convolve, std::size_t axes, const Array& input,
                const Array& depthwise_filters, const Array& pointwise_filters,
                index_t num_channels, const SeparableOptions& options, const Policy& policy) {
  const Array depthwise = convolve(input, depthwise_filters,
                                   {.input_shape = options.input_shape,
                                    .filter_shape = options.depthwise_filter_shape,
                                    .border_mode = options.border_mode,
                                    .subsample = options.subsample,
                                    .filter_flip = options.filter_flip,
                                    .filter_dilation = options.filter_dilation,
                                    .num_groups = num_channels},
                                   policy);
  return convolve(depthwise, pointwise_filters,
                  {.input_shape = intermediate_hint(options, axes),
                   .filter_shape = options.pointwise_filter_shape},
                  policy);
}

}  // namespace

Array separable_conv2d(const Array& input, const Array& depthwise_filters,
                       const Array& pointwise_filters, index_t num_channels,
                       const SeparableOptions& options, const Policy& policy) {
  return separable(conv2d, 2, input, depthwise_filters, pointwise_filters, num_channels, options,
                   policy);
}

Array separable_conv3d(const Array& input, const Array& depthwise_filters,
                       const Array& pointwise_filters, index_t num_channels,
                       const SeparableOptions& options, const Policy& policy) {
  return separable(conv3d, 3, input, depthwise_filters, pointwise_filters, num_channels, options,
                   policy);
}

}  // namespace convict::ops
