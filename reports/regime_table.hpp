#pragma once

#include <span>
#include <string>

#include "core/observer.hpp"

namespace convict::reports {

/// regime | forward | grad_input | grad_weights | findings, one line a regime: how many of its
/// trials some kernel took; "refused" where all were refused, "not reached" where there was none.
std::string regime_table(std::span<const RegimeCount> regimes);

}  // namespace convict::reports
