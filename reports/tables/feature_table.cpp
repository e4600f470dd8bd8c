// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/feature_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/words.hpp"

namespace convict::reports {

std::string feature_table(std::span<const run::FeatureCount> features) {
  std::size_t width = std::string_view("feature").size();
  for (const run::FeatureCount& feature : features) width = std::max(width, feature.name.size());
  std::string text = fmt::format("{:<{}}", "feature", width);
  for (const Pass pass : all_passes) text += fmt::format("  {:>12}", name_of(pass));
  text += "  findings\n";
  for (const run::FeatureCount& feature : features) {
    text += fmt::format("{:<{}}", feature.name, width);
    for (const Pass pass : all_passes)
      text += fmt::format("  {:>12}", coverage_text(feature, pass));
    text += fmt::format("  {:>8}\n", feature.findings == 0 ? "-" : grouped(feature.findings));
  }
  return text;
}

}  // namespace convict::reports
