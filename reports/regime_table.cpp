#include "reports/regime_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/words.hpp"

namespace convict::reports {
namespace {

std::string cell(const RegimeCount& regime, std::size_t pass) {
  if (regime.ran[pass] > 0) return grouped(regime.ran[pass]);
  return regime.tried[pass] > 0 ? "refused" : "not reached";
}

}  // namespace

std::string regime_table(std::span<const RegimeCount> regimes) {
  std::size_t width = 6;
  for (const RegimeCount& regime : regimes) width = std::max(width, regime.name.size());
  std::string text = fmt::format("{:<{}}", "regime", width);
  for (const Pass pass : all_passes) text += fmt::format("  {:>12}", name_of(pass));
  text += "  findings\n";
  for (const RegimeCount& regime : regimes) {
    text += fmt::format("{:<{}}", regime.name, width);
    for (std::size_t pass = 0; pass < all_passes.size(); ++pass)
      text += fmt::format("  {:>12}", cell(regime, pass));
    text += fmt::format("  {:>8}\n", regime.findings == 0 ? "-" : grouped(regime.findings));
  }
  return text;
}

}  // namespace convict::reports
