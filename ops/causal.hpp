// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ops/array.hpp"
#include "ops/policy.hpp"

namespace convict::ops {

struct CausalOptions {
  Hint input_shape{};
  index_t subsample = 1;
  bool filter_flip = true;
  index_t filter_dilation = 1;
  index_t num_groups = 1;
  bool unshared = false;
};

/// A convolution of one axis whose outputs do not depend on later inputs, padded by d (k - 1) zeros
/// in front; output length ceil(L / s).
///   filter_flip   y[b,f,t] = sum_{c,u} w[f,c,u] x[b,c, t s - u d]
///   otherwise     y[b,f,t] = sum_{c,u} w[f,c,u] x[b,c, t s - (k - 1 - u) d],   x zero before 0
/// input (B, C, L), filters (F, C/G, k), or unshared (F, oL, C/G, k), which Theano and Aesara
/// documented but could not run. The last entry of `filter_shape`, the filter length, must be known
/// and right. Throws ValueError for ranks, AssertionError for the length of filter_shape or
/// input_shape, ValueError for an unknown or wrong filter length, and what conv1d throws. Source:
/// theano/tensor/nnet/abstract_conv.py, causal_conv1d.
Array causal_conv1d(const Array& input, const Array& filters, const Hint& filter_shape,
                    const CausalOptions& options = {}, const Policy& policy = environment_policy());

}  // namespace convict::ops
