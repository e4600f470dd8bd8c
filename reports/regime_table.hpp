#pragma once

#include <span>
#include <string>

#include "core/observer.hpp"

namespace convict::reports {

/// regime | forward | grad_input | grad_weights | findings, one line a regime: how many of its
/// trials some kernel took; "refused" where all were refused, "not reached" where there was none.
std::string regime_table(std::span<const RegimeCount> regimes);

/// A cell of it: "1,234", "refused" or "not reached".
std::string coverage_text(const RegimeCount& regime, Pass pass);

}  // namespace convict::reports
