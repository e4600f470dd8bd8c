// SPDX-License-Identifier: Apache-2.0
// Invalid problems that are accepted, and problems with empty tensors.
#include <algorithm>

#include "mutants/tables.hpp"

namespace convict::mutants {
namespace {

bool any_zero(const ConvSpec& spec, const Axes& axes) {
  return std::ranges::count(axes.begin(), axes.begin() + spec.rank, 0) > 0;
}

bool has_zero_stride(const Trial& trial) { return any_zero(trial.spec, trial.spec.stride); }
bool has_zero_dilation(const Trial& trial) { return any_zero(trial.spec, trial.spec.dilation); }
bool has_zero_filter(const Trial& trial) { return any_zero(trial.spec, trial.spec.filter); }
bool has_no_groups(const Trial& trial) { return trial.spec.groups == 0; }
bool has_uneven_groups(const Trial& trial) {
  const ConvSpec& spec = trial.spec;
  return spec.groups > 0 &&
         (spec.in_channels % spec.groups != 0 || spec.out_channels % spec.groups != 0);
}

/// The parameters are valid one by one, but the dilated filter is larger than the padded input.
bool has_oversized_filter(const Trial& trial) {
  constexpr index_t small = index_t{1} << 20;  // far from overflow
  const ConvSpec& spec = trial.spec;
  if (has_zero_stride(trial) || has_zero_dilation(trial) || has_zero_filter(trial)) return false;
  bool exceeds = false;
  for (int axis = 0; axis < spec.rank; ++axis) {
    const auto a = static_cast<std::size_t>(axis);
    const SidePadding& pad = spec.padding[a];
    if (std::max({spec.input[a], spec.filter[a], spec.dilation[a], pad.before, pad.after}) > small)
      return false;
    exceeds = exceeds || output_extent(spec, axis) < 1;
  }
  return exceeds;
}

/// The spec is invalid only because a size does not fit in 64 bits.
bool is_too_large(const Trial& trial) {
  return why_invalid(trial.spec) && !has_zero_stride(trial) && !has_zero_dilation(trial) &&
         !has_zero_filter(trial) && !has_no_groups(trial) && !has_uneven_groups(trial) &&
         !has_oversized_filter(trial);
}

/// Refuses invalid specs except those for which `accepts` is true.
template <bool (*accepts)(const Trial&)>
Mutant careless(const Words& words) {
  Mutant made = mutant(
      words, [](const Problem& problem, const Buffers& buffers) { convolve(problem, buffers); },
      accepts);
  made.kernel.refuses = [](const Problem& problem) -> std::optional<std::string> {
    const Trial trial{problem.spec, problem.pass, problem.precision, {}};
    return accepts(trial) ? std::nullopt : refuse_invalid(problem);
  };
  return made;
}

bool is_empty(const ConvSpec& spec) {
  return input_elements(spec) == 0 || filter_elements(spec) == 0 || output_elements(spec) == 0;
}

/// An empty sum is zero: the zero, or the scaled old result, must be written.
constexpr Hooks returns_early_when_empty{
    .leaves = [](const Call& call, const ResultElement&) { return is_empty(call.problem.spec); }};

}  // namespace

std::vector<Mutant> shape_mutants() {
  return {
      careless<has_zero_stride>({"accepts_zero_stride", "accepts stride 0", "SHAPE", "must_refuse",
                                 "c1_i4x4_k1_f3x3_s0x1/forward/f32/check=must_refuse"}),
      careless<has_zero_dilation>({"accepts_zero_dilation", "accepts dilation 0", "SHAPE",
                                   "must_refuse",
                                   "c1_i4x4_k1_f3x3_d0x2/forward/f32/check=must_refuse"}),
      careless<has_zero_filter>({"accepts_zero_filter", "accepts filters without taps", "SHAPE",
                                 "must_refuse",
                                 "c1_i4x4_k1_f0x3/grad_weights/f32/check=must_refuse"}),
      careless<has_no_groups>({"accepts_no_groups", "accepts zero groups", "SHAPE", "must_refuse",
                               "c1_i4x4_k1_f3x3_g0/forward/f32/check=must_refuse"}),
      careless<has_uneven_groups>(
          {"accepts_uneven_groups", "accepts groups that do not divide the channels", "SHAPE",
           "must_refuse", "c3_i4x4_k4_f3x3_g2/forward/f32/check=must_refuse"}),
      careless<has_oversized_filter>(
          {"accepts_oversized_filter", "accepts a dilated filter larger than the padded input",
           "SHAPE", "must_refuse", "c1_i4x4_k1_f3x3_d2/grad_input/f32/check=must_refuse"}),
      careless<is_too_large>(
          {"accepts_overflow", "accepts sizes that need more than 64 bits", "OVF", "must_refuse",
           "n9223372036854775807_c2_i4x4_k1_f3x3/forward/f32/check=must_refuse"}),
      mutant<returns_early_when_empty>(
          {"returns_early_when_empty", "writes nothing where any tensor is empty", "SHAPE",
           "memory safety", "n0_c3_i5x6_k4_f3x3/grad_weights/f32"},
          changes_bits<returns_early_when_empty>),
  };
}

}  // namespace convict::mutants
