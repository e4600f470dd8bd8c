// SPDX-License-Identifier: Apache-2.0
#include "oracle/probes/contradictions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "oracle/probes/profile_text.hpp"

namespace convict::oracle::probes {
namespace {

/// Transforms round, too: inferred digits may be this many fewer than the claimed ones.
constexpr int transform_slack = 8;

using Sentences = std::vector<std::string>;

/// " along taps and both" for the lanes with fewer digits, unless these are all lanes.
std::string where_fewer(const Profile& profile, int LaneProfile::*digits, int least) {
  std::vector<Named> places;
  for (const LaneProfile& lane : profile.lanes)
    if (!lane.wrong && lane.*digits < least) places.push_back({lane.preposition, lane.noun});
  const bool everywhere = places.empty() || places.size() == profile.lanes.size();
  return everywhere ? "" : " " + joined_places(places);
}

void contradict_lanes(const Profile& found, Sentences& say) {
  std::vector<Named> places;
  for (const LaneProfile& lane : found.lanes)
    if (lane.wrong) places.push_back({lane.preposition, lane.noun});
  if (!places.empty())
    say.push_back(fmt::format("1 times 1 among zeros is not 1 {}", joined_places(places)));
}

void contradict_digits(const Profile& found, const Claims& claims, Sentences& say) {
  const Precision precision = found.precision;
  const int stored = format_of(storage_of(precision)).digits;
  const int reads = std::min(stored, format_of(claims.input_rounding.value_or(precision)).digits);
  const int keeps = format_of(claims.accumulator.value_or(accumulator_of(precision))).digits;
  const bool transforms = claims.arithmetic.kind != Arithmetic::Class::direct;
  const int slack = transforms ? transform_slack : 0;
  if (found.input_digits == 0) return;
  if (found.input_digits < reads - slack)
    say.push_back(fmt::format("it reads inputs with {} significant bits and claims {}{}",
                              found.input_digits, reads,
                              where_fewer(found, &LaneProfile::input_digits, reads - slack)));
  else if (found.inputs_truncated && !claims.truncating_adds && !transforms)
    say.push_back(
        fmt::format("it truncates inputs to {} bits instead of rounding them", found.input_digits));
  if (found.accumulator_digits < keeps - slack)
    say.push_back(fmt::format(
        "it keeps sums with {} significant bits{} and claims {}", found.accumulator_digits,
        where_fewer(found, &LaneProfile::accumulator_digits, keeps - slack), keeps));
  if (found.sums_truncated && !claims.truncating_adds && !transforms)
    say.push_back("its additions round toward zero, which it does not claim");
  if (found.results_truncated) say.push_back("it stores results rounded toward zero");
}

void contradict_subnormals(const Profile& found, const Claims& claims, Sentences& say) {
  if (!claims.denormals_are_zero && (!found.subnormal_first_kept || !found.subnormal_second_kept)) {
    const bool both = !found.subnormal_first_kept && !found.subnormal_second_kept;
    const std::string which = both ? "inputs"
                              : !found.subnormal_first_kept
                                  ? std::string(first_operand(found.pass))
                                  : std::string(second_operand(found.pass));
    say.push_back(fmt::format("it reads subnormal {} as zero, which it does not claim", which));
  }
  if (!found.subnormal_results_kept && !claims.flush_to_zero)
    say.push_back("it flushes subnormal results to zero, which it does not claim");
  else if (!found.subnormal_sums_kept && !claims.flush_to_zero && !claims.denormals_are_zero)
    say.push_back("it reads subnormal running sums as zero, which it does not claim");
}

void contradict_non_finite(const Profile& found, const Claims& claims, Sentences& say) {
  if (found.infinity_cut)
    say.push_back(fmt::format("it cuts infinity to {:.3g}", *found.infinity_cut));
  // Sums that are rounded toward zero stop at the largest number.
  if (found.overflow_cut && !claims.truncating_adds)
    say.push_back(
        fmt::format("it cuts results that should be infinite to {:.3g}", *found.overflow_cut));
  if (found.nan_dropped) say.push_back("it drops NaN");
}

using Offends = std::function<bool(const ShapeProfile&)>;

/// " (3x3; 3x3 with 32 channels)" for the shapes that offend, unless these are all; "-" for none.
std::string where_offending(const Profile& found, const Offends& offends, bool& any) {
  std::vector<std::string> labels;
  for (const ShapeProfile& shape : found.shapes)
    if (offends(shape)) labels.push_back(shape.label);
  any = !labels.empty();
  const bool all = labels.size() == found.shapes.size();
  return all ? "" : fmt::format(" ({})", joined_labels(labels));
}

void contradict_transforms(const Profile& found, const Claims& claims, Sentences& say) {
  const Arithmetic::Class claimed = claims.arithmetic.kind;
  bool any = false;
  std::string where = where_offending(
      found,
      [&](const ShapeProfile& s) {
        return s.arithmetic == "fft" && claimed != Arithmetic::Class::fft;
      },
      any);
  if (any)
    say.push_back(
        "a large input changes results all over the image that do not depend on it, as in an FFT, "
        "which it does not claim" +
        where);
  where = where_offending(
      found,
      [&](const ShapeProfile& s) {
        return s.arithmetic == "winograd" && claimed == Arithmetic::Class::direct;
      },
      any);
  if (any)
    say.push_back(
        "a large input changes nearby results that do not depend on it, as in a Winograd "
        "transform, which it does not claim" +
        where);
  if (claimed == Arithmetic::Class::direct) return;
  for (const ShapeProfile& shape : found.shapes) {
    const bool is_known = shape.arithmetic != "fft" || claimed == Arithmetic::Class::fft;
    if (!is_known || (shape.axes & ~shape.allowed_axes) == 0) continue;
    say.push_back(fmt::format(
        "it transforms {} in {}, and by its claims {}", axes_text(shape.axes), shape.label,
        shape.allowed_axes == 0 ? "sums directly there" : axes_text(shape.allowed_axes) + " only"));
    break;
  }
  where = where_offending(
      found,
      [&](const ShapeProfile& s) {
        return s.arithmetic == "winograd" && claimed == Arithmetic::Class::winograd &&
               s.tile > claims.arithmetic.tile;
      },
      any);
  if (any)
    say.push_back(fmt::format("it transforms tiles of {} and claims {}{}", found.tile,
                              claims.arithmetic.tile, where));
}

void contradict_determinism(const Profile& found, const Claims& claims, Sentences& say) {
  if (!claims.deterministic) return;
  if (found.bits_depend_on_run)
    say.push_back("equal calls give different bits, and it claims to be deterministic");
  if (found.bits_depend_on_threads && claims.same_for_threads)
    say.push_back("the bits depend on the number of threads, and it claims to be deterministic");
}

}  // namespace

std::vector<std::string> contradictions(const Profile& profile, const Claims& claims) {
  Sentences say;
  contradict_lanes(profile, say);
  contradict_transforms(profile, claims, say);
  contradict_digits(profile, claims, say);
  contradict_non_finite(profile, claims, say);
  contradict_subnormals(profile, claims, say);
  contradict_determinism(profile, claims, say);
  return say;
}

}  // namespace convict::oracle::probes
