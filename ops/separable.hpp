// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ops/border.hpp"
#include "ops/policy.hpp"

namespace convict::ops {

struct SeparableOptions {
  Hint input_shape{};
  Hint depthwise_filter_shape{};
  Hint pointwise_filter_shape{};
  BorderModeArg border_mode = "valid";
  Dims subsample{};
  bool filter_flip = true;
  Dims filter_dilation{};
};

/// Depthwise then pointwise: a convolution of input (B, C, H, W) in num_channels = C groups with
/// depthwise_filters (C m, 1, kH, kW), with these options; then a plain 'valid' one with
/// pointwise_filters (O, C m, 1, 1). Throws what conv2d throws. The intermediate shape is a hint to
/// the second step when both input_shape and depthwise_filter_shape are given.
/// Source: theano/tensor/nnet/abstract_conv.py, separable_conv2d.
Array separable_conv2d(const Array& input, const Array& depthwise_filters,
                       const Array& pointwise_filters, index_t num_channels,
                       const SeparableOptions& options = {},
                       const Policy& policy = environment_policy());

/// The same with three axes: (B, C, D, H, W), (C m, 1, k0, k1, k2), (O, C m, 1, 1, 1).
Array separable_conv3d(const Array& input, const Array& depthwise_filters,
                       const Array& pointwise_filters, index_t num_channels,
                       const SeparableOptions& options = {},
                       const Policy& policy = environment_policy());

}  // namespace convict::ops
