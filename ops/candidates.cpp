// SPDX-License-Identifier: Apache-2.0
#include "ops/candidates.hpp"

#include <algorithm>
#include <set>

namespace convict::ops {
namespace {

using Reason = std::optional<std::string>;

constexpr const char* cpu_2d = "optimized.corr_mm";
constexpr const char* cpu_3d = "optimized.corr3d_mm";
constexpr const char* definition = "reference.direct";

bool any_axis(const ConvSpec& spec, const Axes& values, auto&& is) {
  return std::any_of(values.begin(), values.begin() + spec.rank, is);
}

Reason timing_declines(const Problem&, const Policy& policy) {
  if (std::ranges::find(policy.optimizer_including, "conv_meta") ==
      policy.optimizer_including.end())
    return "off unless optimizer_including=conv_meta";
  return "choice by timing is not implemented yet";
}

/// Why cuDNN is not used: dnn.enabled, and what cuDNN cannot do (theano/gpuarray/dnn.py). Unlike
/// Theano and Aesara, which called an older interface of cuDNN, this takes axes whose sides are
/// padded differently.
Reason cudnn_declines(const Problem& problem, const Policy& policy) {
  if (policy.dnn_enabled == Policy::Enabled::no) return "dnn.enabled=False";
  if (problem.spec.unshared) return "cuDNN knows no unshared filters";
  return std::nullopt;
}

Reason takes_all(const Problem&, const Policy&) { return std::nullopt; }

/// What the legacy ConvOp and its gradients could not do. They ignored dilation and returned a
/// wrong result; here a dilated problem is declined.
Reason legacy_declines(const Problem& problem, const Policy&) {
  const ConvSpec& spec = problem.spec;
  const ConvSpec plain = spec.border == BorderMode::none && spec.padding == ConvSpec{}.padding
                             ? ConvSpec{.border = BorderMode::valid}
                             : spec;
  const auto is_not_one = [](index_t value) { return value != 1; };
  if (plain.border != BorderMode::valid && plain.border != BorderMode::full)
    return "the legacy op pads 'valid' or 'full' only";
  if (problem.precision != Precision::f32 && problem.precision != Precision::f64)
    return "the legacy op takes f32 and f64";
  if (!spec.flip) return "the legacy op flips the filters";
  if (spec.groups != 1) return "the legacy op knows no groups";
  if (spec.unshared) return "the legacy op knows no unshared filters";
  if (any_axis(spec, spec.dilation, is_not_one)) return "the legacy op knows no dilation";
  if (problem.pass == Pass::forward) return std::nullopt;
  if (plain.border == BorderMode::valid && any_axis(spec, spec.stride, is_not_one))
    return "the legacy gradients of 'valid' take stride 1 only";
  if (any_axis(spec, spec.stride, [](index_t stride) { return stride > 2; }))
    return "the legacy gradients take strides 1 and 2 only";
  return std::nullopt;
}

Reason definition_declines(const Problem&, const Policy& policy) {
  if (policy.optimizer == Policy::Optimizer::none) return std::nullopt;
  return "the definition serves only when asked for with optimizer=None";
}

}  // namespace

std::span<const Candidate> candidates() {
  constexpr Pass forward = Pass::forward;
  constexpr Pass weights = Pass::grad_weights;
  constexpr Pass inputs = Pass::grad_input;
  using Tags = std::vector<std::string>;
  static const Tags none, meta = {"conv_meta"}, dnn = {"conv_dnn", "cudnn"}, gemm = {"conv_gemm"};
  static const std::vector<Candidate> table = {
      {"conv_metaopt", 0, meta, {}, 1, 3, "timed.", timing_declines},
      {"local_abstractconv_cudnn", 20, dnn, forward, 1, 3, "gpu.cudnn", cudnn_declines},
      {"local_abstractconv_gw_cudnn", 20, dnn, weights, 1, 3, "gpu.cudnn", cudnn_declines},
      {"local_abstractconv_gi_cudnn", 20, dnn, inputs, 1, 3, "gpu.cudnn", cudnn_declines},
      {"local_abstractconv_gpu_gemm", 30, gemm, {}, 1, 2, "gpu.corr_mm", takes_all},
      {"local_abstractconv3d_gpu_gemm", 30, gemm, {}, 3, 3, "gpu.corr3d_mm", takes_all},
      {"local_abstractconv_gemm", 30, gemm, forward, 1, 2, cpu_2d, takes_all},
      {"local_abstractconv_gradweight_gemm", 30, gemm, weights, 1, 2, cpu_2d, takes_all},
      {"local_abstractconv_gradinputs_gemm", 30, gemm, inputs, 1, 2, cpu_2d, takes_all},
      {"local_abstractconv3d_gemm", 30, gemm, forward, 3, 3, cpu_3d, takes_all},
      {"local_abstractconv3d_gradweight_gemm", 30, gemm, weights, 3, 3, cpu_3d, takes_all},
      {"local_abstractconv3d_gradinputs_gemm", 30, gemm, inputs, 3, 3, cpu_3d, takes_all},
      {"local_conv2d_cpu", 40, none, forward, 2, 2, definition, legacy_declines},
      {"local_conv2d_gradweight_cpu", 40, none, weights, 2, 2, definition, legacy_declines},
      {"local_conv2d_gradinputs_cpu", 40, none, inputs, 2, 2, definition, legacy_declines},
      {"perform", 100, none, {}, 1, 3, definition, definition_declines},
  };
  return table;
}

std::vector<std::string> candidate_names_and_tags() {
  std::set<std::string> names;
  for (const Candidate& candidate : candidates()) {
    names.insert(candidate.name);
    names.insert(candidate.tags.begin(), candidate.tags.end());
  }
  return {names.begin(), names.end()};
}

}  // namespace convict::ops
