// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "reports/conditions/fisher.hpp"

namespace convict::reports {

/// A bit per trial.
using BitColumn = std::vector<std::uint64_t>;

struct Conjunction {
  std::vector<std::size_t> literals;
  FourCounts counts;
  double log_p = 0;  ///< ln(P n): Fisher's P, n conjunctions of any length
};

/// The conjunction of at most `most_literals` (1 to 3) columns that separates failed from passed
/// trials best, by Fisher's P times the number of conjunctions of its length; earlier columns are
/// preferred. Inside, trials fail at least 1.5 times as often as outside. Columns that every trial
/// has, no failed trial has, or that equal an earlier one are left out. Branch and bound: the best
/// that a conjunction with k failed trials can become is one with k failed and no passed trials.
std::optional<Conjunction> best_conjunction(const std::vector<BitColumn>& failed,
                                            std::size_t failed_trials,
                                            const std::vector<BitColumn>& passed,
                                            std::size_t passed_trials, std::size_t most_literals);

}  // namespace convict::reports
