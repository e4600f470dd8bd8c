// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/trial.hpp"

namespace convict::oracle {

/// Index of the `at`-th result element (row-major) in the spec's own rank: (n, k, o...),
/// (n, c, i...), (k, c, f...) or, if unshared, (k, o..., c, f...).
std::vector<index_t> element_index(const Trial& trial, index_t at);

}  // namespace convict::oracle
