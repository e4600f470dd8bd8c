// SPDX-License-Identifier: Apache-2.0
#include "run/run_suite.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "core/errors.hpp"
#include "oracle/checks/checks.hpp"

namespace convict::run {
namespace {

using Clock = std::chrono::steady_clock;

/// The trial that each job is carrying out, readable from a signal handler.
struct InFlight {
  static constexpr std::size_t most_jobs = 64;
  static constexpr std::size_t longest = 1024;
  std::array<std::array<char, longest>, most_jobs> lines{};

  void set(std::size_t job, const std::string& line) {
    if (job >= most_jobs) return;
    char* const text = lines[job].data();
    text[0] = '\0';
    const std::size_t length = std::min(line.size(), longest - 1);
    std::memcpy(text + 1, line.data() + (length > 0 ? 1 : 0), length > 0 ? length - 1 : 0);
    text[length] = '\0';
    if (length > 0) text[0] = line[0];
  }
};
InFlight in_flight;

/// Distributes trial numbers to the jobs and passes finished trials to the observer in their order.
class Run {
 public:
  Run(TrialSource& source, std::span<const sandbox::Subject> subjects, Observer& observer,
      RunOptions options)
      : source_(source),
        subjects_(subjects),
        observer_(observer),
        options_(std::move(options)),
        hangs_(subjects.size()) {}

  /// Runs one job until there are no more trials.
  void work(std::size_t job) {
    try {
      std::vector<std::unique_ptr<sandbox::Sandbox>> sandboxes;
      for (const sandbox::Subject& subject : subjects_) sandboxes.push_back(subject.open());
      oracle::Cases cases(options_.golden, options_.truth_kernels);
      while (const auto number = next()) {
        const auto trial = source_.trial(*number);
        if (!trial) {
          nothing_from(*number);
          break;
        }
        deliver(*number, try_all(job, *trial, sandboxes, cases));
      }
    } catch (...) {
      fail(std::current_exception());
    }
    in_flight.set(job, "");
  }

  /// Ends all jobs; finish() throws the first failure.
  void fail(std::exception_ptr failure) {
    const std::scoped_lock lock(mutex_);
    if (!failure_) failure_ = std::move(failure);
    delivery_.notify_all();
  }

  Tally finish() {
    if (failure_) std::rethrow_exception(failure_);
    return tally_;
  }

 private:
  bool stopped() const { return options_.stop != nullptr && options_.stop->load(); }

  /// Waits until the next trial may be requested and returns its number; nothing at the end.
  std::optional<std::size_t> next() {
    // A stop may be requested by a signal handler, which cannot notify.
    constexpr std::chrono::milliseconds stop_interval(50);
    std::unique_lock lock(mutex_);
    if (failure_ || stopped()) return std::nullopt;
    const std::size_t number = next_++;
    while (delivered_ < source_.awaited(number)) {
      delivery_.wait_for(lock, stop_interval);
      if (failure_ || stopped() || number > last_) return std::nullopt;
    }
    return number;
  }

  /// The source has no trial `number`: ends the jobs that wait for later ones.
  void nothing_from(std::size_t number) {
    const std::scoped_lock lock(mutex_);
    last_ = std::min(last_, number);
    delivery_.notify_all();
  }

  std::vector<TrialResult> try_all(std::size_t job, const Trial& trial,
                                   std::vector<std::unique_ptr<sandbox::Sandbox>>& sandboxes,
                                   oracle::Cases& cases) {
    std::vector<TrialResult> results;
    for (std::size_t s = 0; s < subjects_.size(); ++s) {
      const sandbox::Subject& subject = subjects_[s];
      in_flight.set(job, replay_command(subject.kernel.name, trial));
      const auto begin = Clock::now();
      Verdict verdict = hangs_[s] < most_hangs
                            ? oracle::carry_out(trial, subject, *sandboxes[s], cases)
                            : given_up();
      if (verdict.outcome == Outcome::hung) ++hangs_[s];
      const std::chrono::duration<double, std::milli> time = Clock::now() - begin;
      results.push_back({subject.kernel.name, trial, std::move(verdict), time.count()});
    }
    return results;
  }

  static Verdict given_up() {
    Verdict verdict;
    verdict.outcome = Outcome::unsupported;
    verdict.layer = "sandbox";
    verdict.reason = fmt::format("not tried: it hung {} times before", most_hangs);
    return verdict;
  }

  void deliver(std::size_t number, std::vector<TrialResult> results) {
    const std::scoped_lock lock(mutex_);
    waiting_.emplace(number, std::move(results));
    for (auto ready = waiting_.find(delivered_); ready != waiting_.end();
         ready = waiting_.find(++delivered_)) {
      for (const TrialResult& result : ready->second) {
        ++tally_[result.verdict.outcome];
        observer_.trial(result);
      }
      waiting_.erase(ready);
    }
    delivery_.notify_all();
  }

  TrialSource& source_;
  std::span<const sandbox::Subject> subjects_;
  Observer& observer_;
  RunOptions options_;
  std::vector<std::atomic<int>> hangs_;
  std::mutex mutex_;
  std::condition_variable delivery_;
  std::size_t next_ = 0;
  std::size_t delivered_ = 0;
  std::size_t last_ =
      std::numeric_limits<std::size_t>::max();  ///< the source has nothing from here on
  std::map<std::size_t, std::vector<TrialResult>> waiting_;
  Tally tally_;
  std::exception_ptr failure_;
};

/// The trials of a list.
class Listed final : public TrialSource {
 public:
  explicit Listed(std::span<const Trial> trials) : trials_(trials) {}
  std::optional<Trial> trial(std::size_t number) override {
    return number < trials_.size() ? std::optional(trials_[number]) : std::nullopt;
  }

 private:
  std::span<const Trial> trials_;
};

}  // namespace

RunEnd run_trials(TrialSource& source, std::span<const sandbox::Subject> subjects,
                  Observer& observer, const RunOptions& options) {
  const auto begin = Clock::now();
  Run run(source, subjects, observer, options);
  std::vector<std::thread> jobs;
  try {
    for (int job = 1; job < options.jobs; ++job)
      jobs.emplace_back([&run, job] { run.work(static_cast<std::size_t>(job)); });
  } catch (const std::system_error& error) {
    run.fail(std::make_exception_ptr(cannot_start_job(jobs.size() + 2, options.jobs, error)));
  }
  run.work(0);
  for (std::thread& job : jobs) job.join();
  const std::chrono::duration<double> time = Clock::now() - begin;
  return {.tally = run.finish(),
          .interrupted = options.stop != nullptr && options.stop->load(),
          .time_s = time.count()};
}

RunEnd run_suite(std::span<const Trial> trials, std::span<const sandbox::Subject> subjects,
                 Observer& observer, const RunOptions& options) {
  Listed source(trials);
  return run_trials(source, subjects, observer, options);
}

void for_each_trial_in_flight(void (*say)(const char* repro_line)) {
  for (const auto& line : in_flight.lines)
    if (line[0] != '\0') say(line.data());
}

}  // namespace convict::run
