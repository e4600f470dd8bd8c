// SPDX-License-Identifier: Apache-2.0
// Claims that do not hold: another axis transformed, another fallback, narrow sums in some shapes.
#include "core/half.hpp"
#include "mutants/right/kernels.hpp"
#include "mutants/tables.hpp"
#include "oracle/bounds/transform_errors.hpp"

namespace convict::mutants {
namespace {

bool is_profile(const Trial& trial) { return trial.recipe.check == "profile"; }

constexpr Hooks narrow_sums{.round_sum = [](Precision, double value) {
  return round_to(format_of(Precision::f16), value);
}};

bool is_depthwise(const ConvSpec& spec) {
  return spec.groups > 1 && spec.in_channels == spec.groups && spec.out_channels == spec.groups;
}
bool has_taps(const ConvSpec& spec) {
  const Axes& filter = spec.filter;
  index_t taps = 1;
  for (std::size_t a = 0; a < static_cast<std::size_t>(spec.rank); ++a) taps *= filter[a];
  return taps > 1;
}

/// Sums in f16 for specs with a property.
template <bool (*holds)(const ConvSpec&)>
void sums_in_f16_where(const Problem& problem, const Buffers& buffers) {
  convolve(problem, buffers, holds(problem.spec) ? narrow_sums : Hooks{});
}
template <bool (*holds)(const ConvSpec&)>
bool narrows(const Trial& trial) {
  return is_profile(trial) ||
         (is_valid(trial) && holds(trial.spec) && changes_bits<narrow_sums>(trial));
}

bool transforms_rows(const Trial& trial) {
  return is_profile(trial) ||
         (is_valid(trial) && oracle::transformed_axes(trial.spec, along_rows) != 0);
}

/// Columns are transformed, though rows cannot be.
bool transforms_columns_only(const Trial& trial) {
  if (!is_valid(trial)) return false;
  const unsigned axes = oracle::transformed_axes(trial.spec, axis_by_axis);
  return axes != 0 && oracle::transformed_axes(trial.spec, winograd(2, 3)) == 0;
}

bool has_small_operands(const Trial& trial) {
  return is_profile(trial) || trial.recipe.fill == "subnormal" || trial.recipe.fill == "wide";
}

/// A mutant that is a right kernel, for the problems and precisions that this takes, with claims
/// that do not hold.
Mutant misclaimed(Mutant mutant, std::vector<Precision> precisions, const Claims& claims) {
  mutant.kernel.precisions = std::move(precisions);
  mutant.kernel.claims = claims;
  return mutant;
}
Mutant dense(Mutant mutant) {
  mutant.kernel.any_strides = false;
  mutant.kernel.refuses = needs_shared_filters;
  return mutant;
}

constexpr auto depthwise_profile = "c1_i1x1_k1_f1x1/forward/f16/check=profile";

}  // namespace

std::vector<Mutant> claim_mutants() {
  using enum Precision;
  return {
      misclaimed(dense(mutant({"transforms_rows", "transforms rows but claims to transform columns",
                               "PREC", "profile", "c1_i1x1_k1_f1x1/forward/f32/check=profile"},
                              winograd_rows, transforms_rows)),
                 {f32, f64}, {.arithmetic = along_columns}),
      misclaimed(
          dense(mutant({"transforms_what_it_can",
                        "transforms columns where rows have strides, but claims direct sums there",
                        "PREC", "bound", "c2_i12x12_k2_f3x3_s2x1_p1/forward/f32/fill=wide"},
                       winograd_by_axis, transforms_columns_only)),
          {f32, f64}, {.arithmetic = winograd(2, 3)}),
      misclaimed(mutant({"depthwise_sums_in_f16", "accumulates depthwise problems in f16", "PREC",
                         "profile", depthwise_profile},
                        sums_in_f16_where<is_depthwise>, narrows<is_depthwise>),
                 {f16}, {}),
      misclaimed(mutant({"taps_sums_in_f16", "accumulates in f16 where filters have several taps",
                         "PREC", "profile", depthwise_profile},
                        sums_in_f16_where<has_taps>, narrows<has_taps>),
                 {f16}, {}),
      misclaimed(
          mutant({"claims_to_flush_only",
                  "reads subnormal operands and sums as zero, but claims only to flush results",
                  "PREC", "profile", "c1_i1x1_k1_f1x1/forward/f32/check=profile"},
                 summed_with_subnormals_as_zero, has_small_operands),
          {f32}, {.flush_to_zero = true}),
  };
}

}  // namespace convict::mutants
