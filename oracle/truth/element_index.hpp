#pragma once

#include <vector>

#include "core/trial.hpp"

namespace convict::oracle {

/// Index of the `at`-th result element (row-major) as the user counts: (n, k, o...), (n, c, i...),
/// (k, c, f...) or, unshared, (k, o..., c, f...), with the spec's own rank.
std::vector<index_t> element_index(const Trial& trial, index_t at);

}  // namespace convict::oracle
