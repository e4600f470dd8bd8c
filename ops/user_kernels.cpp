// SPDX-License-Identifier: Apache-2.0
#include "ops/user_kernels.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/errors.hpp"
#include "ops/conv.hpp"
#include "ops/execute.hpp"
#include "ops/hints.hpp"
#include "ops/params.hpp"
#include "ops/selection.hpp"

namespace convict::ops {
namespace {

Policy policy_of(const Problem& problem) {
  return {.openmp = problem.threads > 1, .threads = problem.threads};
}

Dims axis_values(const Axes& values, const ConvSpec& spec) {
  return {values.begin(), values.begin() + spec.rank};
}

BorderModeArg border_of(const ConvSpec& spec) {
  switch (spec.border) {
    case BorderMode::valid: return "valid";
    case BorderMode::half: return "half";
    case BorderMode::full: return "full";
    case BorderMode::none: break;
  }
  std::vector<AxisPadding> axes;
  for (std::size_t a = 0; a < static_cast<std::size_t>(spec.rank); ++a) {
    const SidePadding pad = spec.padding[a];
    if (pad.before == pad.after)
      axes.emplace_back(pad.before);
    else
      axes.emplace_back(Dims{pad.before, pad.after});
  }
  return axes;
}

/// Options of any of the user functions, which all use the same names for these.
template <class Options>
Options options_of(const ConvSpec& spec) {
  Options options;
  options.border_mode = border_of(spec);
  options.filter_flip = spec.flip;
  options.filter_dilation = axis_values(spec.dilation, spec);
  options.num_groups = spec.groups;
  options.unshared = spec.unshared;
  if constexpr (requires { options.subsample; })
    options.subsample = axis_values(spec.stride, spec);
  else
    options.input_dilation = axis_values(spec.stride, spec);
  return options;
}

/// Shapes of the operands of a spec that may be invalid. The output extents of an unshared bank are
/// those of the output, or 0 when the spec is invalid.
Dims raw_image(const ConvSpec& spec) {
  Dims dims = {spec.batch, spec.in_channels};
  const Dims extents = axis_values(spec.input, spec);
  dims.insert(dims.end(), extents.begin(), extents.end());
  return dims;
}
Dims raw_kern(const ConvSpec& spec) {
  Dims dims = {spec.out_channels};
  if (spec.unshared) {
    const bool valid = !why_invalid(spec);
    const Dims bank = valid ? axis_values(output_extents(spec), spec)
                            : Dims(static_cast<std::size_t>(spec.rank), 0);
    dims.insert(dims.end(), bank.begin(), bank.end());
  }
  dims.push_back(spec.groups > 0 ? spec.in_channels / spec.groups : spec.in_channels);
  const Dims extents = axis_values(spec.filter, spec);
  dims.insert(dims.end(), extents.begin(), extents.end());
  return dims;
}

/// The error that the function itself would throw for these shapes, then that of selection, or
/// nothing.
std::optional<std::string> checks(const Problem& problem) {
  const auto options = options_of<ConvOptions>(problem.spec);
  try {
    const ConvParams params = checked_params({.convdim = problem.spec.rank,
                                              .border_mode = options.border_mode,
                                              .subsample = options.subsample,
                                              .filter_flip = options.filter_flip,
                                              .filter_dilation = options.filter_dilation,
                                              .num_groups = options.num_groups,
                                              .unshared = options.unshared});
    const ConvSpec spec =
        spec_of(params, problem.pass, raw_image(problem.spec), raw_kern(problem.spec));
    select(problem_of(spec, problem.pass, problem.precision, policy_of(problem)),
           policy_of(problem));
  } catch (const InputError& error) {
    return error.what();
  }
  return std::nullopt;
}

template <int rank>
std::optional<std::string> refuses(const Problem& problem) {
  if (problem.spec.rank < 1 || problem.spec.rank > max_rank) return refuse_invalid(problem);
  if (problem.spec.rank != rank)
    return fmt::format("takes {} spatial axes, not {}", rank, problem.spec.rank);
  return checks(problem);
}

Array copied(Dims shape, Precision precision, const void* values) {
  Array array(std::move(shape), precision);
  std::copy_n(static_cast<const std::byte*>(values),
              array.elements() * static_cast<std::size_t>(bytes_of(precision)),
              static_cast<std::byte*>(array.data()));
  return array;
}

template <class T>
void store(const Problem& problem, const Array& result, void* target) {
  const auto alpha = static_cast<T>(problem.alpha);
  const auto beta = static_cast<T>(problem.beta);
  const T* from = static_cast<const T*>(result.data());
  T* to = static_cast<T*>(target);
  for (std::size_t at = 0; at < result.elements(); ++at)
    to[at] = beta == 0 ? alpha * from[at] : alpha * from[at] + beta * to[at];
}

/// target = alpha * result + beta * target; beta = 0 does not read it.
void store(const Problem& problem, const Array& result, void* target) {
  if (problem.precision == Precision::f64) return store<double>(problem, result, target);
  store<float>(problem, result, target);
}

struct UserCall {
  const Problem& problem;
  const Buffers& buffers;

  Array input() const { return copied(input_dims(problem.spec), problem.precision, buffers.input); }
  Array filters() const {
    return copied(filter_dims(problem.spec), problem.precision, buffers.filters);
  }
  Array output() const {
    return copied(output_dims(problem.spec), problem.precision, buffers.output);
  }
  Hint input_shape() const { return known(input_dims(problem.spec)); }
  Hint filter_shape() const { return known(filter_dims(problem.spec)); }
};

template <decltype(&conv2d) function>
void run_forward(const Problem& problem, const Buffers& buffers) {
  const UserCall call{problem, buffers};
  const Array result = function(call.input(), call.filters(), options_of<ConvOptions>(problem.spec),
                                policy_of(problem));
  store(problem, result, buffers.output);
}

/// conv*_grad_wrt_inputs and conv*_transpose differ in their options only.
template <auto function, class Options>
void run_grad_inputs(const Problem& problem, const Buffers& buffers) {
  const UserCall call{problem, buffers};
  const Array result = function(call.output(), call.filters(), call.input_shape(),
                                options_of<Options>(problem.spec), policy_of(problem));
  store(problem, result, buffers.input);
}

template <decltype(&conv2d_grad_wrt_weights) function>
void run_grad_weights(const Problem& problem, const Buffers& buffers) {
  const UserCall call{problem, buffers};
  const Array result = function(call.input(), call.output(), call.filter_shape(),
                                options_of<GradWeightsOptions>(problem.spec), policy_of(problem));
  store(problem, result, buffers.filters);
}

template <int rank>
Kernel entry(std::string name, Pass pass, void (*run)(const Problem&, const Buffers&)) {
  return {.name = "ops." + std::move(name),
          .passes = {pass},
          .precisions = {Precision::f32, Precision::f64},
          .refuses = refuses<rank>,
          .run = run};
}

}  // namespace

std::vector<Kernel> user_kernels() {
  constexpr Pass inputs = Pass::grad_input;
  constexpr Pass weights = Pass::grad_weights;
  using Grad = GradInputsOptions;
  using Transpose = TransposeOptions;
  return {
      entry<1>("conv1d", Pass::forward, run_forward<conv1d>),
      entry<1>("conv1d_grad_wrt_inputs", inputs, run_grad_inputs<conv1d_grad_wrt_inputs, Grad>),
      entry<1>("conv1d_grad_wrt_weights", weights, run_grad_weights<conv1d_grad_wrt_weights>),
      entry<1>("conv1d_transpose", inputs, run_grad_inputs<conv1d_transpose, Transpose>),
      entry<2>("conv2d", Pass::forward, run_forward<conv2d>),
      entry<2>("conv2d_grad_wrt_inputs", inputs, run_grad_inputs<conv2d_grad_wrt_inputs, Grad>),
      entry<2>("conv2d_grad_wrt_weights", weights, run_grad_weights<conv2d_grad_wrt_weights>),
      entry<2>("conv2d_transpose", inputs, run_grad_inputs<conv2d_transpose, Transpose>),
      entry<3>("conv3d", Pass::forward, run_forward<conv3d>),
      entry<3>("conv3d_grad_wrt_inputs", inputs, run_grad_inputs<conv3d_grad_wrt_inputs, Grad>),
      entry<3>("conv3d_grad_wrt_weights", weights, run_grad_weights<conv3d_grad_wrt_weights>),
      entry<3>("conv3d_transpose", inputs, run_grad_inputs<conv3d_transpose, Transpose>),
  };
}

}  // namespace convict::ops
