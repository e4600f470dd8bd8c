// SPDX-License-Identifier: Apache-2.0
#include "ops/dnn.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "ops/algorithms.hpp"
#include "ops/array_ops.hpp"
#include "ops/errors.hpp"
#include "ops/execute.hpp"
#include "ops/names.hpp"
#include "ops/params.hpp"

namespace convict::ops {
namespace {

using Names = std::vector<std::string>;

std::string one_of(std::string_view argument, const std::string& value, const Names& known) {
  if (!contains(known, value))
    throw AssertionError(
        fmt::format("{} is '{}'; it must be one of {}", argument, value, fmt::join(known, ", ")));
  return value;
}

/// The name that Theano and Aesara have for the type in which cuDNN computes.
std::string float_name(Precision precision) {
  switch (storage_of(precision)) {
    case Precision::f64: return "float64";
    case Precision::f16: return "float16";
    case Precision::bf16: return "bfloat16";
    default: return "float32";
  }
}

/// get_precision of Theano and Aesara, then the arithmetic it means for tensors of type `stored`.
Precision arithmetic(const DnnArgs& args, const Policy& policy, Precision stored, bool gradient) {
  std::string name =
      one_of("precision", args.precision.value_or(policy.dnn_conv_precision), precisions());
  const bool narrow = stored == Precision::f16 || stored == Precision::bf16;
  if (name == "as_input_f32")
    name = narrow ? "float32" : float_name(stored);
  else if (name == "as_input")
    name = float_name(stored);
  if (gradient && name == "float16")
    throw TypeError("precision is float16; gradients are computed in float32 at least");
  if (stored == Precision::f16 && name == "float16") return Precision::f16a16;
  const std::string only = stored == Precision::f64 ? "float64" : "float32";
  if (name != only)
    throw NotImplementedError(fmt::format("cuDNN does not compute {} tensors in {}; it does in {}",
                                          float_name(stored), name, only));
  return stored;
}

/// The algorithms of one pass, and the flag that selects the default one.
struct Direction {
  Names algorithms;
  Names with_three_axes;
  const std::string Policy::*standard;
};

const Direction& direction_of(Pass pass) {
  static const Direction forward{
      algorithms_fwd(), {"none", "small", "fft_tiling"}, &Policy::dnn_conv_algo_fwd};
  static const Direction weights{
      algorithms_bwd_filter(), {"none", "small"}, &Policy::dnn_conv_algo_bwd_filter};
  static const Direction inputs{algorithms_bwd_data(),
                                {"none", "deterministic", "fft_tiling"},
                                &Policy::dnn_conv_algo_bwd_data};
  if (pass == Pass::forward) return forward;
  return pass == Pass::grad_weights ? weights : inputs;
}

std::string algorithm(const DnnArgs& args, const Policy& policy, Pass pass, int axes) {
  const Direction& direction = direction_of(pass);
  const std::string name =
      one_of("algo", args.algo.value_or(policy.*direction.standard), direction.algorithms);
  if (axes == 3 && !is_runtime_algorithm(name) && !contains(direction.with_three_axes, name))
    throw ValueError(
        fmt::format("algo is '{}' with three axes; it must be one of {} or a run-time "
                    "one",
                    name, fmt::join(direction.with_three_axes, ", ")));
  return name;
}

void require_equal_sides(const BorderModeArg& border_mode) {
  const auto* const axes = std::get_if<std::vector<AxisPadding>>(&border_mode.value);
  if (axes != nullptr && std::ranges::any_of(*axes, &AxisPadding::is_tuple))
    throw ValueError(
        fmt::format("border_mode is {}; it must be valid, half, full, or ints >= 0 "
                    "that pad both sides of their axis",
                    to_string(border_mode)));
}

ConvParams params_of(const DnnArgs& args, int axes) {
  require_equal_sides(args.border_mode);
  return checked_params(
      {.convdim = axes,
       .border_mode = args.border_mode,
       .subsample = args.subsample,
       .filter_flip = one_of("conv_mode", args.conv_mode, {"conv", "cross"}) == "conv",
       .filter_dilation = args.dilation,
       .num_groups = args.num_groups});
}

/// A call of cuDNN; every function below ends in one.
struct DnnCall {
  int axes;
  const DnnArgs& args;
  const Policy& policy;
  const Backend& backend;

  ConvParams params() const { return params_of(args, axes); }

  Array operator()(const ConvSpec& spec, Pass pass, const Array& first, const Array& second) const {
    if (policy.dnn_enabled == Policy::Enabled::no)
      throw EnvironmentError("dnn.enabled=False, so cuDNN cannot be called");
    const Precision stored = upcast(first.precision(), second.precision());
    const Precision precision = arithmetic(args, policy, stored, pass != Pass::forward);
    const Kernel kernel = backend.dnn_kernel(algorithm(args, policy, pass, axes), precision);
    require_present(kernel);
    return compute_on(kernel, spec, pass, first, second, policy,
                      {.precision = precision, .device = &backend.device_of(kernel)});
  }
};

bool all_ones(const Dims& values) {
  return std::ranges::all_of(values, [](index_t value) { return value == 1; });
}

bool is_mode(const BorderModeArg& border_mode, std::string_view name) {
  const auto* const mode = std::get_if<std::string>(&border_mode.value);
  return mode != nullptr && *mode == name;
}

/// The array with batch and channels, or filters and channels, exchanged.
Array swapped(const Array& array) {
  std::vector<std::size_t> order = {1, 0};
  for (std::size_t axis = 2; axis < array.rank(); ++axis) order.push_back(axis);
  return transposed(array, order);
}

/// y = conv(img, kerns) as the gradient of the weights of a correlation of img with axes 0 and 1
/// swapped, whose output's gradient is kerns with axes 0 and 1 swapped.
Array by_weights(const DnnCall& call, const Array& img, const Array& kerns) {
  const ConvParams plain = checked_params({.convdim = call.axes, .filter_flip = false});
  const auto axes = static_cast<std::size_t>(call.axes);
  const bool flip = call.params().filter_flip;
  const Array image = swapped(img);
  const Array top = swapped(flip ? reversed(kerns, axes) : kerns);
  Dims shape = {top.extent(1), image.extent(1)};
  for (std::size_t a = 2; a < axes + 2; ++a) shape.push_back(img.extent(a) - kerns.extent(a) + 1);
  const ConvSpec spec = spec_of(plain, Pass::grad_weights, image.shape(), shape);
  require_top(spec, top.shape());
  return swapped(call(spec, Pass::grad_weights, image, top));
}

/// y = conv(img, kerns), 'full', as the gradient of the inputs of a 'valid' one with filters of the
/// other orientation.
Array by_inputs(const DnnCall& call, const Array& img, const Array& kerns) {
  ConvParams params = call.params();
  params.border = {};
  params.filter_flip = !params.filter_flip;
  const Array filters = swapped(kerns);
  Dims shape = {img.extent(0), filters.extent(1)};
  for (std::size_t a = 0; a < params.axes(); ++a)
    shape.push_back(img.extent(a + 2) +
                    dilated_extent(kerns.extent(a + 2), params.filter_dilation[a]) - 1);
  const ConvSpec spec = spec_of(params, Pass::grad_input, shape, filters.shape());
  require_top(spec, img.shape());
  return call(spec, Pass::grad_input, filters, img);
}

Array forward(const DnnCall& call, const Array& img, const Array& kerns,
              const std::string& direction) {
  const ConvParams params = call.params();
  require_rank("img", img.shape(), params.image_rank());
  require_rank("kerns", kerns.shape(), params.kern_rank());
  const bool plain = all_ones(params.subsample) && params.num_groups == 1;
  if (plain && is_mode(call.args.border_mode, "valid") && all_ones(params.filter_dilation) &&
      direction == "bprop weights")
    return by_weights(call, img, kerns);
  if (plain && is_mode(call.args.border_mode, "full") && direction != "forward!")
    return by_inputs(call, img, kerns);
  return call(spec_of(params, Pass::forward, img.shape(), kerns.shape()), Pass::forward, img,
              kerns);
}

Array grad_weights(const DnnCall& call, const Array& img, const Array& topgrad,
                   const Dims& kerns_shp) {
  const ConvParams params = call.params();
  require_rank("img", img.shape(), params.image_rank());
  require_rank("topgrad", topgrad.shape(), params.image_rank());
  require_rank("kerns_shp", kerns_shp, params.kern_rank());
  const ConvSpec spec = spec_of(params, Pass::grad_weights, img.shape(), kerns_shp);
  require_top(spec, topgrad.shape());
  return call(spec, Pass::grad_weights, img, topgrad);
}

Array grad_inputs(const DnnCall& call, const Array& kerns, const Array& topgrad,
                  const Dims& img_shp) {
  const ConvParams params = call.params();
  require_rank("kerns", kerns.shape(), params.kern_rank());
  require_rank("topgrad", topgrad.shape(), params.image_rank());
  require_rank("img_shp", img_shp, params.image_rank());
  const ConvSpec spec = spec_of(params, Pass::grad_input, img_shp, kerns.shape());
  require_top(spec, topgrad.shape());
  return call(spec, Pass::grad_input, kerns, topgrad);
}

}  // namespace

Array dnn_conv(const Array& img, const Array& kerns, const DnnConvArgs& args, const Policy& policy,
               const Backend& backend) {
  DnnConvArgs own = args;
  if (args.workmem) {
    if (args.algo)
      throw ValueError(fmt::format("algo is '{}' and workmem is '{}'; give algo only", *args.algo,
                                   *args.workmem));
    own.algo = args.workmem;
  }
  return forward({2, own, policy, backend}, img, kerns, args.direction_hint.value_or(""));
}

Array dnn_conv3d(const Array& img, const Array& kerns, const DnnConvArgs& args,
                 const Policy& policy, const Backend& backend) {
  if (args.workmem)
    throw ValueError(fmt::format("workmem is '{}'; dnn_conv3d takes algo only", *args.workmem));
  return forward({3, args, policy, backend}, img, kerns, args.direction_hint.value_or(""));
}

Array dnn_gradweight(const Array& img, const Array& topgrad, const Dims& kerns_shp,
                     const DnnArgs& args, const Policy& policy, const Backend& backend) {
  return grad_weights({2, args, policy, backend}, img, topgrad, kerns_shp);
}

Array dnn_gradweight3d(const Array& img, const Array& topgrad, const Dims& kerns_shp,
                       const DnnArgs& args, const Policy& policy, const Backend& backend) {
  return grad_weights({3, args, policy, backend}, img, topgrad, kerns_shp);
}

Array dnn_gradinput(const Array& kerns, const Array& topgrad, const Dims& img_shp,
                    const DnnArgs& args, const Policy& policy, const Backend& backend) {
  return grad_inputs({2, args, policy, backend}, kerns, topgrad, img_shp);
}

Array dnn_gradinput3d(const Array& kerns, const Array& topgrad, const Dims& img_shp,
                      const DnnArgs& args, const Policy& policy, const Backend& backend) {
  return grad_inputs({3, args, policy, backend}, kerns, topgrad, img_shp);
}

}  // namespace convict::ops
