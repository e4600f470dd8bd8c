#pragma once

#include <optional>
#include <string>
#include <vector>

#include "oracle/checks/calls.hpp"
#include "oracle/truth/case.hpp"

namespace convict::oracle {

/// A problem with its data and truth, and what the subject first said of it.
struct AskedProblem {
  Case known;
  std::vector<std::byte> first{};
  std::size_t workspace_bytes = 0;
};

/// What a later answer must be.
enum class Expect {
  same_bits,  ///< where determinism is claimed, else right
  right,      ///< numbers may be added in another order
};

/// Asks a subject the same over and over.
class RepeatedCalls {
 public:
  RepeatedCalls(const sandbox::Subject& subject, sandbox::Sandbox& sandbox)
      : claims_(subject.kernel.claims), calls_(subject, sandbox) {}

  /// Data and truth; nothing when an exact fill cannot be exact here.
  std::optional<AskedProblem> pose(const Trial& trial) const;

  /// One call, its threads, alignment, layout and pitch as in `how`. A verdict when it did not
  /// answer as it must: `says` begins the reason. The first answer of all is kept.
  std::optional<Verdict> ask(AskedProblem& posed, const Trial& how, const std::string& says,
                             Expect expect, sandbox::Poison poison = sandbox::Poison::nan);

  /// The verdict when nothing was wrong: on the first answer to the first problem asked.
  Verdict conclusion() const;

 private:
  std::optional<Verdict> differs(const AskedProblem& posed, const Called& called,
                                 const std::string& says) const;
  std::optional<Verdict> judge(const AskedProblem& posed, const Called& called,
                               const std::string& says);

  Claims claims_;
  Calls calls_;
  std::optional<Verdict> conclusion_;
};

}  // namespace convict::oracle
