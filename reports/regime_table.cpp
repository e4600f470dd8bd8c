#include "reports/regime_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/words.hpp"

namespace convict::reports {

std::string coverage_text(const RegimeCount& regime, Pass pass) {
  const auto number = static_cast<std::size_t>(pass);
  if (regime.ran[number] > 0) return grouped(regime.ran[number]);
  return regime.tried[number] > 0 ? "refused" : "not reached";
}

std::string regime_table(std::span<const RegimeCount> regimes) {
  std::size_t width = 6;
  for (const RegimeCount& regime : regimes) width = std::max(width, regime.name.size());
  std::string text = fmt::format("{:<{}}", "regime", width);
  for (const Pass pass : all_passes) text += fmt::format("  {:>12}", name_of(pass));
  text += "  findings\n";
  for (const RegimeCount& regime : regimes) {
    text += fmt::format("{:<{}}", regime.name, width);
    for (const Pass pass : all_passes) text += fmt::format("  {:>12}", coverage_text(regime, pass));
    text += fmt::format("  {:>8}\n", regime.findings == 0 ? "-" : grouped(regime.findings));
  }
  return text;
}

}  // namespace convict::reports
