// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "run/observer.hpp"

namespace convict::reports {

/// feature | forward | grad_input | grad_weights | findings, one line a feature: how many of its
/// trials some kernel carried out; "refused" where every kernel refused all of them, "not reached"
/// where there was none.
std::string feature_table(std::span<const run::FeatureCount> features);

}  // namespace convict::reports
