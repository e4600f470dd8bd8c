// SPDX-License-Identifier: Apache-2.0
#include "ops/conv.hpp"

#include <fmt/format.h>

#include "ops/abstract_conv.hpp"
#include "ops/errors.hpp"

namespace convict::ops {
namespace {

Array forward(int convdim, const Array& input, const Array& filters, const ConvOptions& options,
              const Policy& policy) {
  if (!options.image_shape.empty() && !options.input_shape.empty())
    throw ValueError(fmt::format(
        "image_shape is {} and input_shape is {}; they are one argument, give input_shape only",
        to_string(options.image_shape), to_string(options.input_shape)));
  const AbstractConv op(
      {.convdim = convdim,
       .imshp = options.image_shape.empty() ? options.input_shape : options.image_shape,
       .kshp = options.filter_shape,
       .border_mode = options.border_mode,
       .subsample = options.subsample,
       .filter_flip = options.filter_flip,
       .filter_dilation = options.filter_dilation,
       .num_groups = options.num_groups,
       .unshared = options.unshared});
  return op(input, filters, policy);
}

/// The known last `axes` entries of a shape that must have `length` entries.
template <class Error>
Dims spatial_sizes(std::string_view argument, const Hint& shape, std::size_t length,
                   std::size_t axes) {
  if (shape.size() != length)
    throw Error(fmt::format("{} is {}; it needs {} entries", argument, to_string(shape), length));
  Dims sizes;
  for (std::size_t i = length - axes; i < length; ++i) {
    if (!shape[i])
      throw Error(fmt::format("{}[{}] is None; spatial sizes must be known", argument, i));
    sizes.push_back(*shape[i]);
  }
  return sizes;
}

template <class Error>
void require_hint_length(std::string_view argument, const Hint& shape, std::size_t length) {
  if (!shape.empty() && shape.size() != length)
    throw Error(fmt::format("{} is {}; it needs {} entries", argument, to_string(shape), length));
}

std::size_t filter_rank(std::size_t axes, bool unshared) {
  return unshared ? 2 + 2 * axes : 2 + axes;
}

/// `Error` is the type that Theano and Aesara raise for this number of axes.
template <class Error>
Array grad_inputs(int convdim, const Array& output_grad, const Array& filters,
                  const Hint& input_shape, const GradInputsOptions& options, const Policy& policy) {
  const auto axes = static_cast<std::size_t>(convdim);
  const Dims sizes = spatial_sizes<Error>("input_shape", input_shape, 2 + axes, axes);
  require_hint_length<Error>("filter_shape", options.filter_shape,
                             filter_rank(axes, options.unshared));
  const AbstractConv_gradInputs op({.convdim = convdim,
                                    .imshp = input_shape,
                                    .kshp = options.filter_shape,
                                    .border_mode = options.border_mode,
                                    .subsample = options.subsample,
                                    .filter_flip = options.filter_flip,
                                    .filter_dilation = options.filter_dilation,
                                    .num_groups = options.num_groups,
                                    .unshared = options.unshared});
  return op(filters, output_grad, sizes, policy);
}

Array grad_weights(int convdim, const Array& input, const Array& output_grad,
                   const Hint& filter_shape, const GradWeightsOptions& options,
                   const Policy& policy) {
  const auto axes = static_cast<std::size_t>(convdim);
  const Dims sizes = spatial_sizes<AssertionError>("filter_shape", filter_shape,
                                                   filter_rank(axes, options.unshared), axes);
  require_hint_length<AssertionError>("input_shape", options.input_shape, 2 + axes);
  const AbstractConv_gradWeights op({.convdim = convdim,
                                     .imshp = options.input_shape,
                                     .kshp = filter_shape,
                                     .border_mode = options.border_mode,
                                     .subsample = options.subsample,
                                     .filter_flip = options.filter_flip,
                                     .filter_dilation = options.filter_dilation,
                                     .num_groups = options.num_groups,
                                     .unshared = options.unshared});
  return op(input, output_grad, sizes, policy);
}

GradInputsOptions as_grad(const TransposeOptions& options) {
  return {.filter_shape = options.filter_shape,
          .border_mode = options.border_mode,
          .subsample = options.input_dilation,
          .filter_flip = options.filter_flip,
          .filter_dilation = options.filter_dilation,
          .num_groups = options.num_groups,
          .unshared = options.unshared};
}

}  // namespace

Array conv1d(const Array& input, const Array& filters, const ConvOptions& options,
             const Policy& policy) {
  return forward(1, input, filters, options, policy);
}
Array conv2d(const Array& input, const Array& filters, const ConvOptions& options,
             const Policy& policy) {
  return forward(2, input, filters, options, policy);
}
Array conv3d(const Array& input, const Array& filters, const ConvOptions& options,
             const Policy& policy) {
  return forward(3, input, filters, options, policy);
}
Array abstract_conv2d(const Array& input, const Array& filters, const ConvOptions& options,
                      const Policy& policy) {
  return forward(2, input, filters, options, policy);
}

Array conv1d_grad_wrt_inputs(const Array& output_grad, const Array& filters,
                             const Hint& input_shape, const GradInputsOptions& options,
                             const Policy& policy) {
  return grad_inputs<ValueError>(1, output_grad, filters, input_shape, options, policy);
}
Array conv2d_grad_wrt_inputs(const Array& output_grad, const Array& filters,
                             const Hint& input_shape, const GradInputsOptions& options,
                             const Policy& policy) {
  return grad_inputs<ValueError>(2, output_grad, filters, input_shape, options, policy);
}
Array conv3d_grad_wrt_inputs(const Array& output_grad, const Array& filters,
                             const Hint& input_shape, const GradInputsOptions& options,
                             const Policy& policy) {
  return grad_inputs<AssertionError>(3, output_grad, filters, input_shape, options, policy);
}

Array conv1d_grad_wrt_weights(const Array& input, const Array& output_grad,
                              const Hint& filter_shape, const GradWeightsOptions& options,
                              const Policy& policy) {
  return grad_weights(1, input, output_grad, filter_shape, options, policy);
}
Array conv2d_grad_wrt_weights(const Array& input, const Array& output_grad,
                              const Hint& filter_shape, const GradWeightsOptions& options,
                              const Policy& policy) {
  return grad_weights(2, input, output_grad, filter_shape, options, policy);
}
Array conv3d_grad_wrt_weights(const Array& input, const Array& output_grad,
                              const Hint& filter_shape, const GradWeightsOptions& options,
                              const Policy& policy) {
  return grad_weights(3, input, output_grad, filter_shape, options, policy);
}

Array conv1d_transpose(const Array& input, const Array& filters, const Hint& output_shape,
                       const TransposeOptions& options, const Policy& policy) {
  return conv1d_grad_wrt_inputs(input, filters, output_shape, as_grad(options), policy);
}
Array conv2d_transpose(const Array& input, const Array& filters, const Hint& output_shape,
                       const TransposeOptions& options, const Policy& policy) {
  return conv2d_grad_wrt_inputs(input, filters, output_shape, as_grad(options), policy);
}
Array conv3d_transpose(const Array& input, const Array& filters, const Hint& output_shape,
                       const TransposeOptions& options, const Policy& policy) {
  return conv3d_grad_wrt_inputs(input, filters, output_shape, as_grad(options), policy);
}

}  // namespace convict::ops
