// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "core/trial.hpp"
#include "core/verdict.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::fuzz {

/// A simpler trial, and what it cost.
struct Shrunk {
  Trial trial{};
  std::size_t attempts = 0;
  bool minimal = false;        ///< no candidate still fails; false: time was up
  std::vector<Trial> steps{};  ///< what it was reduced from, the original first
};

/// Reduces `trial` greedily while `still_fails`, for `time_s` seconds at most (an attempt that has
/// begun is finished).
Shrunk shrink(const Trial& trial, double time_s,
              const std::function<bool(const Trial&)>& still_fails);

/// The simplest trial found that ends for `subject` with the outcome and layer of `verdict` (exact
/// and bound count as one layer: both compare values). If values were wrong, and the trial does not
/// fail on zeros, each operand is also reduced to one element that is not zero. A trial that hung
/// is returned as it is, since every attempt could take the whole time limit.
Shrunk shrink_finding(const Trial& trial, const Verdict& verdict, const sandbox::Subject& subject,
                      sandbox::Sandbox& sandbox, double time_s);

}  // namespace convict::fuzz
