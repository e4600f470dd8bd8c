// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace convict::datasets {

/// Rows of level numbers, one per factor, so that every pair of levels of every two factors occurs
/// in some row. Greedy, one row at a time, each factor takes the level that covers most pairs not
/// covered yet; ties are drawn from `seed` (Cohen, Dalal, Fredman, Patton, The AETG System, IEEE
/// Trans. Software Eng. 23, 1997).
std::vector<std::vector<int>> pairwise_rows(const std::vector<int>& level_counts,
                                            std::uint64_t seed);

}  // namespace convict::datasets
