// SPDX-License-Identifier: Apache-2.0
#include "run/run_suite.hpp"

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
#include "run/watched_kernel.hpp"

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
        watched_(subjects.size()) {}

  /// Runs one job until there are no more trials.
  void work(std::size_t job) {
    try {
      std::vector<std::unique_ptr<WatchedSandbox>> sandboxes;
      for (std::size_t s = 0; s < subjects_.size(); ++s)
        sandboxes.push_back(std::make_unique<WatchedSandbox>(subjects_[s].open(), watched_[s]));
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

  RunEnd finish(double time_s) {
    if (!failure_)
      return {.tally = tally_,
              .time_s = time_s,
              .reason = source_.endless() ? all_given_up().value_or("") : ""};
    try {
      std::rethrow_exception(failure_);
    } catch (const std::exception& error) {
      throw RunFailure(error.what(),
                       {.tally = tally_, .time_s = time_s, .reason = error.what(), .failed = true},
                       failure_);
    }
  }

 private:
  bool stopped() const { return options_.stop != nullptr && options_.stop->load(); }

  /// Why no kernel is called any more; nothing while some are.
  std::optional<std::string> all_given_up() const {
    std::optional<std::string> why;
    for (std::size_t s = 0; s < subjects_.size(); ++s) {
      why = watched_[s].given_up();
      if (!why) return std::nullopt;
    }
    if (subjects_.size() > 1) return "every kernel is given up, because it hung too often";
    return why;
  }

  /// Waits until the next trial may be requested and returns its number; nothing at the end.
  std::optional<std::size_t> next() {
    // A stop may be requested by a signal handler, which cannot notify.
    constexpr std::chrono::milliseconds stop_interval(50);
    std::unique_lock lock(mutex_);
    if (failure_ || stopped()) return std::nullopt;
    if (source_.endless() && all_given_up()) return std::nullopt;
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
                                   std::vector<std::unique_ptr<WatchedSandbox>>& sandboxes,
                                   oracle::Cases& cases) {
    std::vector<TrialResult> results;
    for (std::size_t s = 0; s < subjects_.size(); ++s) {
      const sandbox::Subject& subject = subjects_[s];
      in_flight.set(job, replay_command(subject.kernel.name, trial));
      const auto begin = Clock::now();
      sandboxes[s]->begin(trial);
      TrialResult result{.kernel = subject.kernel.name,
                         .trial = trial,
                         .verdict = oracle::carry_out(trial, subject, *sandboxes[s], cases)};
      const std::chrono::duration<double, std::milli> time = Clock::now() - begin;
      result.time_ms = time.count();
      result.calls = sandboxes[s]->calls();
      results.push_back(std::move(result));
    }
    return results;
  }

  /// Passes on what is ready, in order. One job at a time does; meanwhile the others go on with
  /// their trials and leave their results, since an observer may take long over a finding.
  void deliver(std::size_t number, std::vector<TrialResult> results) {
    std::unique_lock lock(mutex_);
    waiting_.emplace(number, std::move(results));
    if (delivering_) return;
    delivering_ = true;
    for (auto ready = waiting_.find(delivered_); ready != waiting_.end();
         ready = waiting_.find(delivered_)) {
      const std::vector<TrialResult> next = std::move(ready->second);
      waiting_.erase(ready);
      lock.unlock();
      for (const TrialResult& result : next) {
        tally_.add(result);
        observer_.trial(result);
      }
      lock.lock();
      ++delivered_;
      delivery_.notify_all();
    }
    delivering_ = false;
  }

  TrialSource& source_;
  std::span<const sandbox::Subject> subjects_;
  Observer& observer_;
  RunOptions options_;
  std::vector<WatchedKernel> watched_;  ///< of each subject
  std::mutex mutex_;
  std::condition_variable delivery_;
  std::size_t next_ = 0;
  std::size_t delivered_ = 0;
  std::size_t last_ =
      std::numeric_limits<std::size_t>::max();  ///< the source has nothing from here on
  std::map<std::size_t, std::vector<TrialResult>> waiting_;
  bool delivering_ = false;
  Tally tally_;  ///< written by the job that delivers
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
  RunEnd end = run.finish(time.count());
  end.interrupted = options.stop != nullptr && options.stop->load();
  return end;
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
