// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "ops/array.hpp"
#include "ops/policy.hpp"

namespace convict::ops::legacy {

struct Options {
  Hint image_shape{};
  Hint filter_shape{};
  std::string border_mode = "valid";  ///< or "full"
  Dims subsample{};
  Size unroll_batch{};  ///< speed hints of Theano and Aesara: checked, then without effect
  Size unroll_kern{};
  bool unroll_patch = false;
  bool openmp = false;   ///< several threads, also when the policy does not say so
  Dims imshp_logical{};  ///< (rows, columns) with zeros inserted between pixels
  Dims kshp_logical{};   ///< (rows, columns) with zeros inserted between taps
  bool kshp_logical_top_aligned = true;
};

/// The old conv.conv2d (ConvOp): always a true convolution of two axes, without groups or dilation.
/// With logical shapes, samples lie ceil(logical / actual) apart in zeros of the logical shape;
/// taps start at the first row and column, or end at the last when not top aligned. Throws
/// NotImplementedError for another border mode or for operands that are not both f32 or both f64;
/// TypeError for ranks; AssertionError when known channels of the two shapes differ; ValueError
/// when an output extent is below 1, a given shape is wrong, unroll_batch or unroll_kern
/// come without complete shapes, or a logical shape cannot hold the samples.
/// Source: theano/tensor/nnet/conv.py.
Array conv2d(const Array& input, const Array& filters, const Options& options = {},
             const Policy& policy = environment_policy());

/// The gradients of conv2d for the cotangent `top`: (of input, of filters). Throws
/// NotImplementedError for logical shapes, for 'valid' with a stride other than 1, for strides
/// other than 1 and 2, and ValueError for stride 2 without complete shapes.
std::pair<Array, Array> conv2d_grad(const Array& input, const Array& filters, const Array& top,
                                    const Options& options = {},
                                    const Policy& policy = environment_policy());

}  // namespace convict::ops::legacy
