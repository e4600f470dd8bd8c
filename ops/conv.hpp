// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ops/border.hpp"
#include "ops/policy.hpp"

namespace convict::ops {

// The user-level convolutions of one, two and three axes (theano.tensor.nnet.conv2d, conv3d and
// their relatives), with the parameter names and defaults of Theano and Aesara. n is the number of
// axes.
//   input (B, C, i...)   output (B, F, o...)
//   filters (F, C/G, k...), unshared (F, o..., C/G, k...)
//   y[b,f,i] = sum_{c,u} w[f,(i,)c,u] x~[b, g(f) C/G + c, i s - l + phi(u) d]
//   phi(u) = k - 1 - u with filter_flip (a true convolution, the default), u without
// Shapes given as options are hints: they change nothing unless conv.assert_shape is on. All throw
// ValueError, TypeError or NotImplementedError for arguments that make no convolution, and what
// `select` throws. Unshared filters exist for one and two axes.

struct ConvOptions {
  Hint input_shape{};
  Hint filter_shape{};
  BorderModeArg border_mode = "valid";
  Dims subsample{};  ///< stride; empty: ones
  bool filter_flip = true;
  Hint image_shape{};      ///< older name of input_shape; giving both is a ValueError
  Dims filter_dilation{};  ///< empty: ones
  index_t num_groups = 1;
  bool unshared = false;
};

Array conv1d(const Array& input, const Array& filters, const ConvOptions& options = {},
             const Policy& policy = environment_policy());
Array conv2d(const Array& input, const Array& filters, const ConvOptions& options = {},
             const Policy& policy = environment_policy());
Array conv3d(const Array& input, const Array& filters, const ConvOptions& options = {},
             const Policy& policy = environment_policy());
/// conv2d under Aesara's name.
Array abstract_conv2d(const Array& input, const Array& filters, const ConvOptions& options = {},
                      const Policy& policy = environment_policy());

struct GradInputsOptions {
  Hint filter_shape{};
  BorderModeArg border_mode = "valid";
  Dims subsample{};
  bool filter_flip = true;
  Dims filter_dilation{};
  index_t num_groups = 1;
  bool unshared = false;
};

/// The gradient with respect to the input, input-shaped: the exact adjoint of the convolution. The
/// last n entries of `input_shape` must be known, because several inputs lead to one output when a
/// stride is not 1; its first two are hints. Throws ValueError for other lengths of input_shape or
/// filter_shape or an unknown spatial size (AssertionError with three axes, as in Theano and
/// Aesara), and ValueError when `output_grad` is not what such an input gives.
Array conv1d_grad_wrt_inputs(const Array& output_grad, const Array& filters,
                             const Hint& input_shape, const GradInputsOptions& options = {},
                             const Policy& policy = environment_policy());
Array conv2d_grad_wrt_inputs(const Array& output_grad, const Array& filters,
                             const Hint& input_shape, const GradInputsOptions& options = {},
                             const Policy& policy = environment_policy());
Array conv3d_grad_wrt_inputs(const Array& output_grad, const Array& filters,
                             const Hint& input_shape, const GradInputsOptions& options = {},
                             const Policy& policy = environment_policy());

struct GradWeightsOptions {
  Hint input_shape{};
  BorderModeArg border_mode = "valid";
  Dims subsample{};
  bool filter_flip = true;
  Dims filter_dilation{};
  index_t num_groups = 1;
  bool unshared = false;
};

/// The gradient with respect to the filters, filter-shaped. The last n entries of `filter_shape`
/// must be known; the others are hints. Throws AssertionError for other lengths or an unknown
/// spatial size (as Theano and Aesara do, whatever the number of axes), ValueError when the shapes
/// do not belong together.
Array conv1d_grad_wrt_weights(const Array& input, const Array& output_grad,
                              const Hint& filter_shape, const GradWeightsOptions& options = {},
                              const Policy& policy = environment_policy());
Array conv2d_grad_wrt_weights(const Array& input, const Array& output_grad,
                              const Hint& filter_shape, const GradWeightsOptions& options = {},
                              const Policy& policy = environment_policy());
Array conv3d_grad_wrt_weights(const Array& input, const Array& output_grad,
                              const Hint& filter_shape, const GradWeightsOptions& options = {},
                              const Policy& policy = environment_policy());

struct TransposeOptions {
  Hint filter_shape{};
  BorderModeArg border_mode = "valid";  ///< of the forward convolution: it crops here
  Dims input_dilation{};                ///< stride of the forward convolution
  bool filter_flip = true;
  Dims filter_dilation{};
  index_t num_groups = 1;
  bool unshared = false;
};

/// The transposed convolution: conv*_grad_wrt_inputs with output_grad = input, input_shape =
/// output_shape, subsample = input_dilation.
///   out[b, g C/G + c, i s - l + phi(u) d] += in[b,f,i] w[f,c,u]
/// Filters are laid out as for the forward convolution: (channels of input, channels of the result
/// / G, k...). The functions of one and three axes do not exist in Theano and Aesara.
Array conv1d_transpose(const Array& input, const Array& filters, const Hint& output_shape,
                       const TransposeOptions& options = {},
                       const Policy& policy = environment_policy());
Array conv2d_transpose(const Array& input, const Array& filters, const Hint& output_shape,
                       const TransposeOptions& options = {},
                       const Policy& policy = environment_policy());
Array conv3d_transpose(const Array& input, const Array& filters, const Hint& output_shape,
                       const TransposeOptions& options = {},
                       const Policy& policy = environment_policy());

}  // namespace convict::ops
