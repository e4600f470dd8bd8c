// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "oracle/checks/calls.hpp"
#include "oracle/truth/case.hpp"

namespace convict::oracle {

/// A problem that is called several times: its data, its truth, and the subject's first result.
struct RepeatedProblem {
  Case known;
  std::vector<std::byte> first{};  ///< as stored; empty before the first call
  int first_threads = 1;           ///< of the call that gave it
  std::size_t workspace_bytes = 0;
};

/// What the results of later calls must be.
enum class Expect {
  /// The first result's bits where the subject claims determinism (for other thread counts, too, if
  /// `how` has another one than the first call), else right.
  same_bits,
  right,  ///< right; sums may be added up in another order
};

/// Calls a subject with the same problems several times and judges every result.
class RepeatedCalls {
 public:
  RepeatedCalls(const sandbox::Subject& subject, sandbox::Sandbox& sandbox)
      : claims_(subject.kernel.claims), calls_(subject, sandbox) {}

  /// The trial's data and truth; nothing when an exact fill cannot be exact for this problem.
  std::optional<RepeatedProblem> prepare(const Trial& trial) const;

  /// One call with the threads, alignment, layout and pitch of `how`. A verdict when the result is
  /// not what `expect` asks for; its reason begins with `says`. The first result is stored in
  /// `repeated`.
  std::optional<Verdict> call(RepeatedProblem& repeated, const Trial& how, const std::string& says,
                              Expect expect, sandbox::Poison poison = sandbox::Poison::nan);

  /// The verdict when no call failed: the one on the first call of the first problem.
  Verdict verdict() const;

 private:
  std::optional<Verdict> differs(const RepeatedProblem& repeated, const Called& called,
                                 const std::string& says) const;
  std::optional<Verdict> judge(const RepeatedProblem& repeated, const Called& called,
                               const std::string& says);

  Claims claims_;
  Calls calls_;
  std::optional<Verdict> first_verdict_;
};

}  // namespace convict::oracle
