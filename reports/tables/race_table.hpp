// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "timing/race.hpp"

namespace convict::reports {

/// One race as lines of a table: kernel, median and quartiles, GFLOP/s, share of the most that the
/// device allows, speed relative to the baseline with its 95 % interval, or why it was not timed.
/// The baseline is the fastest of the kernels that the glob `against` names; of all, where it is
/// empty or none of those was timed.
std::string race_table(const timing::Race& race, const std::string& against = {});

/// The same as one line of JSON, with every time.
std::string race_json(const timing::Race& race, const std::string& against = {});

/// One kernel over many races, relative to the baseline of each.
struct Standing {
  std::string kernel;
  std::size_t timed = 0;  ///< races in which it and a baseline were timed
  double geomean = 0;     ///< of baseline time / its time
  double worst = 0;       ///< the least of these
  std::string worst_trial;
};
std::vector<Standing> standings(std::span<const timing::Race> races,
                                const std::string& against = {});

/// "optimized.corr_mm  20 problems  geomean 0.95 of reference.direct, worst 0.71 (TRIAL)", a line a
/// kernel.
std::string standings_table(std::span<const timing::Race> races, const std::string& against = {});

}  // namespace convict::reports
