#pragma once

#include <cstddef>
#include <functional>

#include "core/trial.hpp"
#include "core/verdict.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::fuzz {

/// A simpler trial, and what was paid for it.
struct Shrunk {
  Trial trial{};
  std::size_t attempts = 0;
  bool minimal = false;  ///< no reduction fails in the same way; else time was up
};

/// Reduces `trial` greedily while `still_fails`, for `time_s` seconds at most (an attempt that has
/// begun is finished).
Shrunk shrink(const Trial& trial, double time_s,
              const std::function<bool(const Trial&)>& still_fails);

/// The simplest trial found that ends for `subject` with the outcome and layer of `verdict` (exact
/// and bound are one layer here: both are about values). Where it is about values, and those of the
/// operands matter, each operand is brought down to one element that is not zero.
/// Nothing is tried of one that hung: every attempt could cost its whole time limit.
Shrunk shrink_finding(const Trial& trial, const Verdict& verdict, const sandbox::Subject& subject,
                      sandbox::Sandbox& sandbox, double time_s);

}  // namespace convict::fuzz
