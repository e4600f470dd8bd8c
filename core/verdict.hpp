// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/index.hpp"
#include "core/trial.hpp"

namespace convict {

enum class Outcome { pass, fail, mistrusted, unsupported, crashed, hung, not_tried };

inline constexpr std::array all_outcomes = {
    Outcome::pass,    Outcome::fail, Outcome::mistrusted, Outcome::unsupported,
    Outcome::crashed, Outcome::hung, Outcome::not_tried};

constexpr std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass: return "pass";
    case Outcome::fail: return "fail";
    case Outcome::mistrusted: return "mistrusted";
    case Outcome::unsupported: return "unsupported";
    case Outcome::crashed: return "crashed";
    case Outcome::hung: return "hung";
    case Outcome::not_tried: return "not_tried";
  }
  return "?";
}

constexpr bool is_finding(Outcome outcome) {
  return outcome == Outcome::fail || outcome == Outcome::crashed || outcome == Outcome::hung;
}

/// True when the trial says nothing about the kernel's results: it does not take the problem, or
/// was not asked because it hung before.
constexpr bool is_left_out(Outcome outcome) {
  return outcome == Outcome::unsupported || outcome == Outcome::not_tried;
}

/// One output element that was judged. `index` is (n, c, i...), (k, [o...,] c, f...) or (n, k,
/// o...) as the pass has it, without the axes that lifting to rank 3 added.
struct Element {
  std::vector<index_t> index{};
  double subject = 0;
  double truth = 0;
  double bound = 0;  ///< 0 where the result must be exact
};

/// Hashes of the operands and the result of a trial, to compare the results of kernels on the same
/// operands.
struct Fingerprint {
  std::uint64_t operands = 0;  ///< hash of the operands; 0: there is no result
  std::uint64_t result = 0;    ///< hash of the values; signs of zeros and bits of NaNs are ignored
  /// Largest |subject - truth| / (u S): u the precision's unit roundoff, S the sum of absolute
  /// products; 0 where the result must be exact.
  double error = 0;

  bool operator==(const Fingerprint&) const = default;
};

/// The outcome of one trial.
struct Verdict {
  Outcome outcome = Outcome::pass;
  std::string layer{};     ///< what decided, e.g. refusal, sandbox, memory safety, exact, bound
  std::string reason{};    ///< one line; empty when passed
  index_t elements = 0;    ///< how many elements were judged
  index_t wrong = 0;       ///< how many of them are wrong
  double worst_ratio = 0;  ///< largest |subject - truth| / bound of the elements that have a bound
  std::optional<Element> first{};  ///< first wrong element in index order
  std::optional<Element> worst{};  ///< the wrong element with the largest deviation
  std::string pattern{};           ///< which elements are wrong, in one sentence; may be empty
  std::string note{};              ///< a remark on a pass or a finding; one line
  Fingerprint fingerprint{};       ///< of the result that was judged
  /// Share of the elements with a bound at which an answer of zero lies within it, 0 where the
  /// result must be exact. Above one half the trial decides nothing (see zeros_would_pass).
  double zeros_pass = 0;
};

/// Whether an answer of zeros (or twice the right one) would be within the bound of more than half
/// of the elements.
constexpr bool zeros_would_pass(const Verdict& verdict) { return verdict.zeros_pass > 0.5; }

/// The source of trials that were findings of earlier runs.
inline constexpr std::string_view regression_source = "regression";

/// One line of a journal.
struct TrialResult {
  std::string kernel{};
  Trial trial{};
  Verdict verdict{};
  double time_ms = 0;
  std::optional<Trial> shrunk{};  ///< a smaller trial that fails in the same way
  std::string cluster{};          ///< findings of one kernel with equal clusters look alike
  std::string evidence{};         ///< the file that holds its data; empty: none
  bool repeated = false;          ///< an earlier finding has the same cluster
  std::string source{};           ///< regression_source; empty: the suite or the search
  /// Calls of the kernel's `run` that returned a result, a failure, or not at all; those in which
  /// it refused the problem do not count. Nothing: not known, as in journals of earlier versions.
  std::optional<std::size_t> calls{};
  std::string cause{};  ///< where the kernel fails, found out by experiment; one sentence
  int replays = 0;    ///< times that a finding that does not always come back was replayed; else 0
  int came_back = 0;  ///< in how many of these it was found again
};

/// True when the kernel was called and what it did was judged. Where the number of calls is not
/// known, it is taken from outcome and check: `must_refuse` and `power` make none.
bool was_run(const TrialResult& result);

/// `convict replay --kernel K 'TRIAL'`, ready for a shell whatever the kernel's path.
std::string replay_command(std::string_view kernel, const Trial& trial);

}  // namespace convict
