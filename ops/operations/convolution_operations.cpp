// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "ops/conv.hpp"
#include "ops/operations/operation_tables.hpp"

namespace convict::ops {
namespace {

using Type = ParameterType;

/// What all user-level convolutions have in common.
template <class Options>
Options common_options(const Arguments& arguments) {
  Options options;
  options.border_mode = arguments.border("border_mode");
  options.filter_flip = arguments.boolean("filter_flip");
  options.filter_dilation = arguments.sizes("filter_dilation");
  options.num_groups = arguments.integer("num_groups");
  options.unshared = arguments.boolean("unshared");
  return options;
}

Operation forward(const std::string& name, decltype(&conv2d) function, bool image_shape) {
  std::vector<Parameter> parameters =
      joined({input_shape_hint(), filter_shape_hint()}, conv_parameters());
  if (image_shape)
    parameters.push_back({"image_shape", Type::hint, "", "older name of input_shape"});
  return {name,
          "Convolution of input with filters.",
          {"input", "filters"},
          parameters,
          [function, image_shape](const Tensors& t, const Arguments& a, const Policy& policy) {
            auto options = common_options<ConvOptions>(a);
            options.subsample = a.sizes("subsample");
            options.input_shape = a.hint("input_shape");
            options.filter_shape = a.hint("filter_shape");
            if (image_shape) options.image_shape = a.hint("image_shape");
            return function(t.at("input"), t.at("filters"), options, policy);
          }};
}

Operation grad_inputs(const std::string& name, decltype(&conv2d_grad_wrt_inputs) function) {
  return {name,
          "Gradient of a convolution with respect to its input.",
          {"output_grad", "filters"},
          joined({{"input_shape", Type::hint, "",
                   "shape of the result; batch and channels may be None", true},
                  filter_shape_hint()},
                 conv_parameters()),
          [function](const Tensors& t, const Arguments& a, const Policy& policy) {
            auto options = common_options<GradInputsOptions>(a);
            options.subsample = a.sizes("subsample");
            options.filter_shape = a.hint("filter_shape");
            return function(t.at("output_grad"), t.at("filters"), a.hint("input_shape"), options,
                            policy);
          }};
}

Operation grad_weights(const std::string& name, decltype(&conv2d_grad_wrt_weights) function) {
  return {name,
          "Gradient of a convolution with respect to its filters.",
          {"input", "output_grad"},
          joined({{"filter_shape", Type::hint, "",
                   "shape of the result; only its spatial sizes count", true},
                  input_shape_hint()},
                 conv_parameters()),
          [function](const Tensors& t, const Arguments& a, const Policy& policy) {
            auto options = common_options<GradWeightsOptions>(a);
            options.subsample = a.sizes("subsample");
            options.input_shape = a.hint("input_shape");
            return function(t.at("input"), t.at("output_grad"), a.hint("filter_shape"), options,
                            policy);
          }};
}

Operation transpose(const std::string& name, decltype(&conv2d_transpose) function) {
  return {name,
          "Transposed convolution: the gradient with respect to inputs as a layer.",
          {"input", "filters"},
          joined({{"output_shape", Type::hint, "",
                   "shape of the result; batch and channels may be None", true},
                  filter_shape_hint()},
                 conv_parameters("input_dilation")),
          [function](const Tensors& t, const Arguments& a, const Policy& policy) {
            auto options = common_options<TransposeOptions>(a);
            options.input_dilation = a.sizes("input_dilation");
            options.filter_shape = a.hint("filter_shape");
            return function(t.at("input"), t.at("filters"), a.hint("output_shape"), options,
                            policy);
          }};
}

}  // namespace

std::vector<Parameter> joined(std::vector<Parameter> first, const std::vector<Parameter>& more) {
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

Parameter input_shape_hint() { return {"input_shape", Type::hint, "", "hint: the shape of input"}; }
Parameter filter_shape_hint() {
  return {"filter_shape", Type::hint, "", "hint: the shape of filters"};
}

std::vector<Parameter> conv_parameters(std::string stride_name) {
  return {
      {"border_mode", Type::border_mode, "valid", "zeros around the input"},
      {std::move(stride_name), Type::sizes, "", "stride of each axis; ones"},
      {"filter_flip", Type::boolean, "True", "true convolution instead of correlation"},
      {"filter_dilation", Type::sizes, "", "distance of taps on each axis; ones"},
      {"num_groups", Type::integer, "1", "channels and filters are divided into so many groups"},
      {"unshared", Type::boolean, "False", "one filter bank per output position"}};
}

std::vector<Operation> convolution_operations() {
  return {forward("conv1d", conv1d, false),
          forward("conv2d", conv2d, true),
          forward("conv3d", conv3d, false),
          forward("abstract_conv2d", abstract_conv2d, false),
          grad_inputs("conv1d_grad_wrt_inputs", conv1d_grad_wrt_inputs),
          grad_inputs("conv2d_grad_wrt_inputs", conv2d_grad_wrt_inputs),
          grad_inputs("conv3d_grad_wrt_inputs", conv3d_grad_wrt_inputs),
          grad_weights("conv1d_grad_wrt_weights", conv1d_grad_wrt_weights),
          grad_weights("conv2d_grad_wrt_weights", conv2d_grad_wrt_weights),
          grad_weights("conv3d_grad_wrt_weights", conv3d_grad_wrt_weights),
          transpose("conv1d_transpose", conv1d_transpose),
          transpose("conv2d_transpose", conv2d_transpose),
          transpose("conv3d_transpose", conv3d_transpose)};
}

}  // namespace convict::ops
