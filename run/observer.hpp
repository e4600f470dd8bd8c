// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/verdict.hpp"

namespace convict::run {

/// Describes a run before it begins.
struct RunInfo {
  std::string command{};    ///< conform, fuzz, ...
  std::string arguments{};  ///< the command line as typed
  std::string suite{};
  std::uint64_t seed = 0;
  std::vector<std::string> kernels{};
  /// Kernels that were asked for and cannot run on this machine, with the reason.
  std::vector<std::pair<std::string, std::string>> absent{};
  /// Kernels whose claims allow larger errors than plain summation has, with these claims.
  std::vector<std::pair<std::string, std::string>> claims{};
  std::size_t trials = 0;  ///< kernels x trials; 0 when open-ended
  std::vector<std::pair<std::string, std::string>> environment{};  ///< version, compiler, cpu, ...
  std::vector<std::pair<std::string, std::string>> files{};  ///< plug-ins and their contents' hash
};

/// Number of trials by outcome. Trials that passed without a call of the kernel (it refused what it
/// must refuse; the judge tested itself) are in a place of their own: they are no passes of it.
struct Tally {
  std::array<std::size_t, all_outcomes.size()> counts{};
  std::size_t uncalled = 0;  ///< passed without a call of the kernel
  std::size_t ran = 0;       ///< trials with was_run
  std::size_t calls = 0;  ///< TrialResult::calls of all trials; 1 for each that ran, if not known

  void add(const TrialResult& result) {
    const bool run = was_run(result);
    if (result.verdict.outcome == Outcome::pass && !run)
      ++uncalled;
    else
      ++(*this)[result.verdict.outcome];
    ran += run ? 1 : 0;
    calls += result.calls.value_or(run ? 1 : 0);
  }
  Tally& operator+=(const Tally& other) {
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
    uncalled += other.uncalled;
    ran += other.ran;
    calls += other.calls;
    return *this;
  }
  /// Trials in which the kernel could take the problem or refuse it.
  std::size_t asked() const { return ran + (*this)[Outcome::unsupported]; }
  std::size_t& operator[](Outcome outcome) { return counts[static_cast<std::size_t>(outcome)]; }
  std::size_t operator[](Outcome outcome) const {
    return counts[static_cast<std::size_t>(outcome)];
  }
  std::size_t findings() const {
    return (*this)[Outcome::fail] + (*this)[Outcome::crashed] + (*this)[Outcome::hung];
  }
  std::size_t total() const {
    std::size_t sum = uncalled;
    for (const std::size_t count : counts) sum += count;
    return sum;
  }
};

/// The counts of a tally that are no outcomes, by the names that they have in files.
inline constexpr std::array<std::pair<std::string_view, std::size_t Tally::*>, 3> call_counts = {
    {{"uncalled", &Tally::uncalled}, {"ran", &Tally::ran}, {"calls", &Tally::calls}}};

/// Results of one kernel that are reported as counts instead of one by one.
struct CountedResults {
  std::string kernel{};
  Tally tally{};
  std::map<std::string, std::size_t> unsupported{};  ///< reason -> trials
  std::map<std::string, std::size_t> not_tried{};    ///< reason -> trials
  std::map<std::string, Tally> features{};           ///< by name, as reports count them
  double worst_ratio = 0;
  std::optional<Trial> worst_trial{};
  double time_ms = 0;
  std::vector<Trial> passed{};  ///< some of those that passed, to compare with those that failed
};

/// How the results of two kernels compare on the trials that both carried out on the same operands.
/// A result is right when it passed or is mistrusted, wrong when it failed.
struct PairAgreement {
  std::string first{};  ///< a kernel, or the truth
  std::string second{};
  std::size_t shared = 0;               ///< trials for which both have a result
  std::size_t same = 0;                 ///< of these, all values are the same
  std::size_t same_wrong = 0;           ///< of these, both are wrong
  std::size_t both_right = 0;           ///< the values differ, both are right
  std::size_t one_wrong = 0;            ///< the values differ, one is wrong
  std::size_t uneven = 0;               ///< of both_right: one error is far larger than the other
  double steepest = 0;                  ///< of these, the largest ratio of the two errors
  bool first_errs_more = false;         ///< in that trial
  std::optional<Trial> uneven_trial{};  ///< the trial with the ratio `steepest`
  std::optional<Trial> same_wrong_trial{};  ///< the first
  std::optional<Trial> one_wrong_trial{};   ///< the first

  std::size_t both_wrong() const { return shared - same - both_right - one_wrong; }
};

/// How often a search tried a feature: a property of trials that is known to break kernels.
struct FeatureCount {
  std::string name{};
  double weight = 0;  ///< percent of the trials that should have it, at present
  std::array<std::size_t, all_passes.size()> tried{};  ///< trials that have it, by pass
  /// Of these, those in which a kernel was called or refused an invalid problem, as it must.
  std::array<std::size_t, all_passes.size()> ran{};
  std::size_t findings = 0;
};

/// The state of a search, from which it can be resumed.
struct Checkpoint {
  std::size_t trials = 0;                 ///< carried out by every kernel
  std::vector<CountedResults> counted{};  ///< since the last checkpoint; written to journals only
  std::vector<PairAgreement> pairs{};     ///< likewise; without trials whose two results it has
  std::vector<FeatureCount> features{};   ///< since the beginning
};

struct RunEnd {
  Tally tally{};
  bool interrupted = false;
  double time_s = 0;
  /// Why it ended before its time ("given up: each of its first 5 calls hung"); else empty.
  std::string reason{};
  bool failed = false;  ///< an error ended it, which is told by itself, too; `reason` has its words
  /// Sentences on what was tried beyond or instead of what was asked for, and why.
  std::vector<std::string> notes{};

  /// A part of the same run that came later.
  RunEnd& operator+=(const RunEnd& later) {
    tally += later.tally;
    time_s += later.time_s;
    interrupted = interrupted || later.interrupted;
    failed = failed || later.failed;
    if (!later.reason.empty()) reason = later.reason;
    notes.insert(notes.end(), later.notes.begin(), later.notes.end());
    return *this;
  }
};

/// Receives the results of a run. Calls come from one thread at a time, in trial order.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void begin(const RunInfo&) {}
  virtual void trial(const TrialResult&) {}
  virtual void checkpoint(const Checkpoint&) {}
  virtual void end(const RunEnd&) {}
};

/// Passes every event on to each of its observers.
class Observers final : public Observer {
 public:
  void add(std::unique_ptr<Observer> observer) { observers_.push_back(std::move(observer)); }
  void begin(const RunInfo& info) override {
    for (auto& observer : observers_) observer->begin(info);
  }
  void trial(const TrialResult& result) override {
    for (auto& observer : observers_) observer->trial(result);
  }
  void checkpoint(const Checkpoint& checkpoint) override {
    for (auto& observer : observers_) observer->checkpoint(checkpoint);
  }
  /// Each of them ends even where another one fails; throws the first failure.
  void end(const RunEnd& end) override {
    std::exception_ptr failure;
    for (auto& observer : observers_) {
      try {
        observer->end(end);
      } catch (...) {
        if (!failure) failure = std::current_exception();
      }
    }
    if (failure) std::rethrow_exception(failure);
  }

 private:
  std::vector<std::unique_ptr<Observer>> observers_;
};

}  // namespace convict::run
