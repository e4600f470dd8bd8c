// SPDX-License-Identifier: Apache-2.0
#include "ops/abstract_conv.hpp"

#include <fmt/format.h>

#include "ops/array_ops.hpp"
#include "ops/errors.hpp"
#include "ops/execute.hpp"
#include "ops/hints.hpp"
#include "ops/shapes.hpp"
#include "ops/slow_conv.hpp"

namespace convict::ops {
namespace {

void require_shape_vector(const ConvParams& params, const Dims& shape) {
  if (shape.size() != params.axes())
    throw ValueError(
        fmt::format("shape is {}; it needs {} spatial extents", to_string(shape), params.convdim));
}

Dims spatial(const Dims& shape, std::size_t axes) {
  return {shape.end() - static_cast<std::ptrdiff_t>(axes), shape.end()};
}

/// (F, [o...,] C/G, k...) from the shapes of the image and the top gradient and the filter extents.
Dims kern_dims(const ConvParams& params, const Dims& img, const Dims& top, const Dims& shape) {
  Dims kern = {top[1]};
  if (params.unshared) kern.insert(kern.end(), top.begin() + 2, top.end());
  if (img[1] % params.num_groups != 0)
    throw ValueError(fmt::format("the image has {} channels, which num_groups {} does not divide",
                                 img[1], params.num_groups));
  kern.push_back(img[1] / params.num_groups);
  kern.insert(kern.end(), shape.begin(), shape.end());
  return kern;
}

Dims image_dims(const ConvParams& params, const Dims& kern, const Dims& top, const Dims& shape) {
  index_t channels = 0;
  if (!multiply(kern[kern.size() - params.axes() - 1], params.num_groups, channels))
    throw ValueError(
        fmt::format("num_groups is {}; the channels must fit in 64 bits", params.num_groups));
  Dims image = {top[0], channels};
  image.insert(image.end(), shape.begin(), shape.end());
  return image;
}

ConvSpec checked_spec(const ConvParams& params, const Dims& img, const Dims& kern, const Dims& top,
                      Pass pass) {
  const ConvSpec spec = spec_of(params, pass, img, kern);
  require_top(spec, top);
  return spec;
}

ConvSpec weights_spec(const ConvParams& params, const Dims& img, const Dims& top,
                      const Dims& shape) {
  require_rank("img", img, params.image_rank());
  require_rank("topgrad", top, params.image_rank());
  require_shape_vector(params, shape);
  return checked_spec(params, img, kern_dims(params, img, top, shape), top, Pass::grad_weights);
}

ConvSpec inputs_spec(const ConvParams& params, const Dims& kern, const Dims& top,
                     const Dims& shape) {
  require_rank("kern", kern, params.kern_rank());
  require_rank("topgrad", top, params.image_rank());
  require_shape_vector(params, shape);
  return checked_spec(params, image_dims(params, kern, top, shape), kern, top, Pass::grad_input);
}

Hint joined(Hint first, const Hint& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace

Array AbstractConv::operator()(const Array& img, const Array& kern, const Policy& policy) const {
  const ConvSpec spec = spec_of(params_, Pass::forward, img.shape(), kern.shape());
  assert_shape(img, params_.imshp,
               "AbstractConv shape mismatch: shape of image does not match imshp", policy);
  assert_shape(kern, params_.kshp,
               "AbstractConv shape mismatch: shape of filters does not match kshp", policy);
  return compute(spec, Pass::forward, img, kern, policy);
}

std::pair<Array, Array> AbstractConv::grad(const Array& img, const Array& kern, const Array& top,
                                           const Policy& policy) const {
  const ConvArgs args = args_of(params_);
  return {AbstractConv_gradInputs(args)(kern, top, spatial(img.shape(), params_.axes()), policy),
          AbstractConv_gradWeights(args)(img, top, spatial(kern.shape(), params_.axes()), policy)};
}

std::optional<Array> AbstractConv::R_op(const Array& img, const Array& kern, const Array* d_img,
                                        const Array* d_kern, const Policy& policy) const {
  std::optional<Array> from_image;
  if (d_img != nullptr) from_image = (*this)(*d_img, kern, policy);
  if (d_kern == nullptr) return from_image;
  const Array from_kern = (*this)(img, *d_kern, policy);
  return from_image ? sum_of(*from_image, from_kern) : from_kern;
}

Hint AbstractConv::infer_shape(const Hint& img, const Hint& kern) const {
  return get_conv_output_shape(with_hints(img, params_.imshp), with_hints(kern, params_.kshp),
                               border_arg(params_), known(params_.subsample),
                               known(params_.filter_dilation));
}

index_t AbstractConv::flops(const Dims& img, const Dims& kern) const {
  return convict::flops(spec_of(params_, Pass::forward, img, kern));
}

Array AbstractConv::perform(const Array& img, const Array& kern) const {
  return perform_forward(spec_of(params_, Pass::forward, img.shape(), kern.shape()), img, kern);
}

Array AbstractConv_gradWeights::operator()(const Array& img, const Array& top, const Dims& shape,
                                           const Policy& policy) const {
  const ConvSpec spec = weights_spec(params_, img.shape(), top.shape(), shape);
  assert_shape(img, params_.imshp,
               "AbstractConv_gradWeights shape mismatch: shape of image does not match imshp",
               policy);
  return compute(spec, Pass::grad_weights, img, top, policy);
}

std::pair<Array, Array> AbstractConv_gradWeights::grad(const Array& img, const Array& top,
                                                       const Array& kern,
                                                       const Policy& policy) const {
  const ConvArgs args = args_of(params_);
  return {AbstractConv_gradInputs(args)(kern, top, spatial(img.shape(), params_.axes()), policy),
          AbstractConv(args)(img, kern, policy)};
}

Hint AbstractConv_gradWeights::infer_shape(const Hint& img, const Hint& top,
                                           const Hint& shape) const {
  Hint kern = {top.at(1)};
  if (params_.unshared) kern.insert(kern.end(), top.begin() + 2, top.end());
  const Size channels = img.at(1);
  kern.push_back(channels ? Size(*channels / params_.num_groups) : std::nullopt);
  return with_hints(joined(std::move(kern), shape), params_.kshp);
}

index_t AbstractConv_gradWeights::flops(const Dims& img, const Dims& top, const Dims& shape) const {
  return convict::flops(weights_spec(params_, img, top, shape));
}

Array AbstractConv_gradWeights::perform(const Array& img, const Array& top,
                                        const Dims& shape) const {
  return perform_grad_weights(weights_spec(params_, img.shape(), top.shape(), shape), img, top);
}

Array AbstractConv_gradInputs::operator()(const Array& kern, const Array& top, const Dims& shape,
                                          const Policy& policy) const {
  const ConvSpec spec = inputs_spec(params_, kern.shape(), top.shape(), shape);
  assert_shape(kern, params_.kshp,
               "AbstractConv_gradInputs shape mismatch: shape of filters does not match kshp",
               policy);
  return compute(spec, Pass::grad_input, kern, top, policy);
}

std::pair<Array, Array> AbstractConv_gradInputs::grad(const Array& kern, const Array& top,
                                                      const Array& img,
                                                      const Policy& policy) const {
  const ConvArgs args = args_of(params_);
  return {AbstractConv_gradWeights(args)(img, top, spatial(kern.shape(), params_.axes()), policy),
          AbstractConv(args)(img, kern, policy)};
}

Hint AbstractConv_gradInputs::infer_shape(const Hint& kern, const Hint& top,
                                          const Hint& shape) const {
  require_rank("kern", Dims(kern.size()), params_.kern_rank());
  const Size channels = kern[kern.size() - params_.axes() - 1];
  const Hint image = {top.at(0), channels ? Size(*channels * params_.num_groups) : std::nullopt};
  return with_hints(joined(image, shape), params_.imshp);
}

index_t AbstractConv_gradInputs::flops(const Dims& kern, const Dims& top, const Dims& shape) const {
  return convict::flops(inputs_spec(params_, kern, top, shape));
}

Array AbstractConv_gradInputs::perform(const Array& kern, const Array& top,
                                       const Dims& shape) const {
  const ConvSpec spec = inputs_spec(params_, kern.shape(), top.shape(), shape);
  if (params_.imshp[0] && *params_.imshp[0] != top.extent(0))
    throw ValueError(fmt::format("imshp[0] is {}; the top gradient has a batch of {}",
                                 *params_.imshp[0], top.extent(0)));
  return perform_grad_inputs(spec, kern, top);
}

}  // namespace convict::ops
