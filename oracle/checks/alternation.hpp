// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "oracle/checks/repeated_calls.hpp"

namespace convict::oracle {

/// Calls a problem, another one, the first again and the other again, so that either follows the
/// other.
class Alternation {
 public:
  Alternation(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox)
      : trial_(trial), calls_(subject, sandbox), first_(calls_.prepare(trial)) {}

  /// The first call of the trial's own problem. A verdict when it is a finding or is refused, or
  /// when there are no exact operands.
  std::optional<Verdict> begin();

  /// `other`, which differs from the problem in `what`, and the problem in turns, the problem last:
  /// the next other one is called after it, too. Nothing is called when the subject refuses the
  /// other one, or when that is too large. A verdict for a finding.
  std::optional<Verdict> with(const Trial& other, const std::string& what);

  /// The verdict when no call failed; unsupported, with a reason, where no other problem was taken.
  Verdict verdict(const std::string& when_none) const;

 private:
  const Trial& trial_;
  RepeatedCalls calls_;
  std::optional<RepeatedProblem> first_;
  int taken_ = 0;  ///< other problems that the subject took
};

/// Makes the first call of a trial that another one is compared with. Nothing when the subject
/// refuses it, when it is too large or cannot be exact, or when the call was a finding, which is
/// then set.
std::optional<RepeatedProblem> first_call_of(RepeatedCalls& repeated_calls, const Trial& other,
                                             std::optional<Verdict>& finding);

/// The verdict where exact operands would be rounded in sums.
Verdict too_many_products();

}  // namespace convict::oracle
