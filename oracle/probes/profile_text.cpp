// SPDX-License-Identifier: Apache-2.0
#include "oracle/probes/profile_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <vector>

#include "core/index.hpp"
#include "oracle/probes/profile.hpp"

namespace convict::oracle {
namespace probes {
namespace {

/// "a", "a and b", "a, b and c"
std::string listed(std::span<const std::string> words) {
  if (words.empty()) return "";
  const std::string head = fmt::format("{}", fmt::join(words.first(words.size() - 1), ", "));
  return head.empty() ? words.back() : head + " and " + words.back();
}

}  // namespace

std::string joined_places(std::span<const Named> places) {
  std::vector<std::string> phrases;
  for (std::size_t begin = 0; begin < places.size();) {
    std::vector<std::string> nouns;
    std::size_t end = begin;
    while (end < places.size() && places[end].preposition == places[begin].preposition)
      nouns.emplace_back(places[end++].noun);
    phrases.push_back(fmt::format("{} {}", places[begin].preposition, listed(nouns)));
    begin = end;
  }
  return fmt::format("{}", fmt::join(phrases, " and "));
}

std::string axes_text(unsigned axes) {
  std::vector<std::string> numbers;
  for (int axis = 0; axis < max_rank; ++axis)
    if ((axes >> axis & 1) != 0) numbers.push_back(std::to_string(axis));
  return fmt::format("{} {}", numbers.size() == 1 ? "axis" : "axes", listed(numbers));
}

std::string joined_labels(std::span<const std::string> labels) {
  return fmt::format("{}", fmt::join(labels, "; "));
}

std::string digits_text(int digits, Precision precision) {
  const Precision storage = storage_of(precision);
  if (format_of(storage).digits == digits) return std::string(name_of(storage));
  for (const Precision format : {Precision::f64, Precision::f32, Precision::tf32, Precision::bf16})
    if (format_of(format).digits == digits) return std::string(name_of(format));
  return fmt::format("{} bits", digits);
}

std::string_view first_operand(Pass pass) {
  return pass == Pass::grad_input ? "output gradients" : "inputs";
}
std::string_view second_operand(Pass pass) {
  return pass == Pass::grad_weights ? "output gradients" : "filters";
}

}  // namespace probes

namespace {

/// "f32", or by lane with the fewest digits first: "f16 along taps and both, f32 in 1x1".
std::string by_lane(const Profile& profile, int LaneProfile::*digits, int all) {
  std::map<int, std::vector<probes::Named>> groups;
  for (const LaneProfile& lane : profile.lanes)
    if (!lane.wrong) groups[lane.*digits].push_back({lane.preposition, lane.noun});
  if (groups.empty()) return "nothing right";
  if (groups.size() == 1) return probes::digits_text(all, profile.precision);
  std::vector<std::string> texts;
  for (const auto& [found, places] : groups)
    texts.push_back(fmt::format("{} {}", probes::digits_text(found, profile.precision),
                                probes::joined_places(places)));
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string subnormals_text(const Profile& profile) {
  std::vector<std::string> reads;
  if (!profile.subnormal_first_kept) reads.emplace_back(probes::first_operand(profile.pass));
  if (!profile.subnormal_second_kept) reads.emplace_back(probes::second_operand(profile.pass));
  std::vector<std::string> texts;
  if (!reads.empty())
    texts.push_back(fmt::format("reads subnormal {} as zero", fmt::join(reads, " and ")));
  if (!profile.subnormal_results_kept)
    texts.emplace_back("flushes subnormal results");
  else if (!profile.subnormal_sums_kept)
    texts.emplace_back("reads subnormal running sums as zero");
  return texts.empty() ? "keeps subnormals" : fmt::format("{}", fmt::join(texts, " and "));
}

std::string kind_text(const ShapeProfile& shape) {
  if (shape.arithmetic == "direct") return "direct summation";
  if (shape.arithmetic == "fft") return "FFT";
  return shape.tile > 0 ? fmt::format("Winograd tiles of {}", shape.tile) : "Winograd tiles";
}

/// "direct summation", or "Winograd tiles of 2 (3x3; 5x5), else direct summation".
std::string arithmetic_text(const Profile& profile) {
  if (profile.shapes.empty()) return "summation unknown";
  std::map<std::string, std::vector<std::string>> groups;
  for (const ShapeProfile& shape : profile.shapes) groups[kind_text(shape)].push_back(shape.label);
  if (groups.size() == 1) return groups.begin()->first;
  std::vector<std::string> texts;
  for (const auto& [kind, labels] : groups)
    if (kind != "direct summation")
      texts.push_back(fmt::format("{} ({})", kind, probes::joined_labels(labels)));
  if (groups.contains("direct summation")) texts.emplace_back("else direct summation");
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string non_finite_text(const Profile& profile) {
  std::string text;
  if (profile.infinity_cut) text += fmt::format(", cuts infinity to {:.3g}", *profile.infinity_cut);
  if (profile.overflow_cut)
    text += fmt::format(", cuts larger results to {:.3g}", *profile.overflow_cut);
  if (profile.nan_dropped) text += ", drops NaN";
  return text;
}

}  // namespace

std::string to_string(const Profile& profile) {
  std::vector<std::string_view> causes;
  if (profile.bits_depend_on_run) causes.emplace_back("the run");
  if (profile.bits_depend_on_threads) causes.emplace_back("threads");
  if (profile.bits_depend_on_alignment) causes.emplace_back("alignment");
  if (profile.bits_depend_on_batch_position) causes.emplace_back("the place in the batch");
  if (causes.empty()) causes.emplace_back("nothing");
  return fmt::format("reads {}{}, accumulates {}, rounds {}, {}{}, {}, bits depend on {}",
                     by_lane(profile, &LaneProfile::input_digits, profile.input_digits),
                     profile.inputs_truncated ? " (truncated)" : "",
                     by_lane(profile, &LaneProfile::accumulator_digits, profile.accumulator_digits),
                     profile.sums_truncated ? "toward zero" : "to nearest",
                     subnormals_text(profile), non_finite_text(profile), arithmetic_text(profile),
                     fmt::join(causes, " and "));
}

}  // namespace convict::oracle
