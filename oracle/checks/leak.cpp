// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "core/memory_budget.hpp"
#include "oracle/checks/alternation.hpp"
#include "oracle/checks/history.hpp"
#include "oracle/checks/repeated_calls.hpp"
#include "oracle/judge/layers.hpp"

namespace convict::oracle {
namespace {

using Clock = std::chrono::steady_clock;

/// Caches and pools fill in the first calls.
constexpr int first_calls = 16;
/// Then memory is measured after each of four equally long series of calls, and once more after as
/// many calls as make the others few: a cache may still have been growing. How many these are does
/// not depend on the speed of the machine, or a cache would be a leak where calls are slow; where
/// they would take too long, nothing is decided.
constexpr int most_in_series = 46;
constexpr int least_in_series = 4;
constexpr double series_take_s = 0.05;
constexpr int last_calls = 16 * most_in_series;
constexpr double last_calls_take_s = 20;

/// The allocator of the C library takes memory from the system in pieces of 128 KiB.
constexpr double noise_bytes = 512 * 1024;
#ifdef __SANITIZE_ADDRESS__
// AddressSanitizer keeps what was freed for a while.
constexpr double least_bytes_a_call = 32 * 1024;
#else
constexpr double least_bytes_a_call = 0;
#endif

double per_call(double bytes, int calls) { return bytes / calls; }

/// The same call again and again.
class EqualCalls {
 public:
  EqualCalls(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox)
      : trial_(trial),
        sandbox_(sandbox),
        calls_(subject, sandbox),
        problem_(calls_.prepare(trial)) {}

  bool possible() const { return problem_.has_value(); }

  /// False when there is a verdict.
  bool make(int count) {
    for (int i = 0; i < count && !verdict_; ++i, ++made_)
      verdict_ = calls_.call(*problem_, trial_, fmt::format("call {} of the same", made_ + 1),
                             Expect::same_bits);
    return !verdict_;
  }
  int made() const { return made_; }
  std::optional<double> memory() const {
    const auto bytes = sandbox_.memory();
    return bytes ? std::optional(static_cast<double>(*bytes)) : std::nullopt;
  }
  Verdict verdict() const { return verdict_ ? *verdict_ : calls_.verdict(); }

 private:
  const Trial& trial_;
  sandbox::Sandbox& sandbox_;
  RepeatedCalls calls_;
  std::optional<RepeatedProblem> problem_;
  std::optional<Verdict> verdict_;
  int made_ = 0;
};

/// Whether memory grew in each series, in none much less than in the others.
bool grows_steadily(std::span<const double> measured) {
  const double total = measured.back() - measured.front();
  const double share = total / static_cast<double>(measured.size() - 1);
  if (total < noise_bytes) return false;
  for (std::size_t i = 1; i < measured.size(); ++i)
    if (measured[i] - measured[i - 1] < share / 2) return false;
  return true;
}

}  // namespace

Verdict leak(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
             Cases&) {
  EqualCalls calls(trial, subject, sandbox);
  if (!calls.possible()) return too_many_products();
  const auto begin = Clock::now();
  if (!calls.make(first_calls)) return calls.verdict();
  const std::chrono::duration<double> time = Clock::now() - begin;
  const double call_s = time.count() / first_calls;
  const auto at_first = calls.memory();
  if (!at_first) return calls.verdict();
  const int in_series =
      std::clamp(static_cast<int>(series_take_s / call_s), least_in_series, most_in_series);
  std::array<double, 5> measured{*at_first};
  for (std::size_t i = 1; i < measured.size(); ++i) {
    if (!calls.make(in_series)) return calls.verdict();
    measured[i] = calls.memory().value_or(0);
  }
  if (!grows_steadily(measured) || call_s * last_calls > last_calls_take_s) return calls.verdict();
  if (!calls.make(last_calls)) return calls.verdict();
  const double last = calls.memory().value_or(0);
  const int counted = calls.made() - first_calls;
  const double rate = per_call(last - measured.front(), counted);
  const double before = per_call(measured.back() - measured.front(), 4 * in_series);
  const double after = per_call(last - measured.back(), last_calls);
  if (after < before / 2 || rate < least_bytes_a_call) return calls.verdict();
  return decided(
      Outcome::fail, memory_layer,
      fmt::format("its memory grew by {} a call over {} equal calls, from {} to {}",
                  memory_text(rate), counted, memory_text(measured.front()), memory_text(last)));
}

}  // namespace convict::oracle
