// SPDX-License-Identifier: Apache-2.0
#include "reports/words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>

#include "core/printable.hpp"

namespace convict::reports {
namespace {

struct LayerPhrase {
  std::string_view layer;  ///< as journals have it (oracle/judge/layers.hpp)
  std::string_view phrase;
};
constexpr LayerPhrase layer_phrases[] = {
    {"sandbox", "sandbox (crash, hang or reported failure)"},
    {"exact", "exact comparison"},
    {"bound", "rounding bound"},
    {"gradient", "gradient check"},
    {"history", "call history"},
    {"profile", "accuracy profile"},
    {"power", "planted faults"},
};

}  // namespace

std::string grouped(std::size_t count) {
  std::string digits = fmt::format("{}", count);
  for (std::size_t end = digits.size(); end > 3; end -= 3) digits.insert(end - 3, ",");
  return digits;
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(count), noun, count == 1 ? "" : "s");
}

std::string duration_text(double seconds) {
  if (!(seconds >= 0) || seconds > 1e9) return "?";
  if (seconds < 0.0995) return fmt::format("{:.0f} ms", seconds * 1000);
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::lround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

std::string ratio_text(double ratio) {
  if (std::isnan(ratio)) return "nan";
  return fmt::format("{:.3g}", ratio);
}

bool is_worse(double ratio, double than) {
  if (std::isnan(than)) return false;
  return std::isnan(ratio) || ratio > than;
}

std::string position_text(const Element& element) {
  return fmt::format("({})", fmt::join(element.index, ", "));
}

std::string element_text(const Element& element) {
  const std::string bound = element.bound == 0 ? std::string(" (must be exact)")
                                               : fmt::format(", bound {:.3g}", element.bound);
  return fmt::format("at {}: {} instead of {}{}", position_text(element), element.subject,
                     element.truth, bound);
}

std::string layer_phrase(const std::string& layer) {
  const auto* const known = std::ranges::find(layer_phrases, layer, &LayerPhrase::layer);
  return known == std::end(layer_phrases) ? layer : std::string(known->phrase);
}

std::string_view words_of(Outcome outcome) {
  return outcome == Outcome::not_tried ? "not tried" : name_of(outcome);
}

std::string reason_text(const Verdict& verdict) {
  const std::string pattern = verdict.pattern.empty() ? "" : ": " + verdict.pattern;
  if (!verdict.reason.empty()) return printable(verdict.reason + pattern);
  return printable(verdict.layer.empty()
                       ? std::string("no reason given")
                       : fmt::format("{}, found by: {}", words_of(verdict.outcome),
                                     layer_phrase(verdict.layer)));
}

std::string coverage_text(const run::FeatureCount& feature, Pass pass) {
  const auto number = static_cast<std::size_t>(pass);
  if (feature.ran[number] > 0) return grouped(feature.ran[number]);
  return feature.tried[number] > 0 ? "refused" : "not reached";
}

std::vector<std::string> absence_lines(const run::RunInfo& info) {
  std::vector<std::pair<std::string, std::string>> kernels_of;  // reason -> names, in order
  for (const auto& [kernel, why] : info.absent) {
    const auto known =
        std::ranges::find(kernels_of, why, &std::pair<std::string, std::string>::first);
    if (known == kernels_of.end())
      kernels_of.emplace_back(why, kernel);
    else
      known->second += ", " + kernel;
  }
  std::vector<std::string> lines;
  lines.reserve(kernels_of.size());
  for (const auto& [why, kernels] : kernels_of)
    lines.push_back(fmt::format("{}: {}", printable(kernels), printable(why)));
  return lines;
}

std::string escaped_for_markdown(std::string_view text) {
  std::string result;
  for (const char letter : printable(text)) {
    if (std::string_view("\\`*_{}[]<>#|~").find(letter) != std::string_view::npos) result += '\\';
    result += letter;
  }
  return result;
}

}  // namespace convict::reports
