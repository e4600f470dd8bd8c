// SPDX-License-Identifier: Apache-2.0
// bench_search [seconds] [seed] [sandbox]: how soon the search finds each mutant, with its default
// settings, one mutant after the other. By default the mutant runs in this process, with one job,
// and the seconds are processor time, so that other work on the machine does not count. With
// `sandbox` it runs in workers, as plug-ins do, with two jobs, and the seconds are wall time. Not a
// test: run it by hand.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <thread>
#include <vector>

#include "core/spec_text.hpp"
#include "fuzz/campaign.hpp"
#include "mutants/mutants.hpp"
#include "optimized/kernels.hpp"

namespace {

using namespace convict;

clockid_t the_clock = CLOCK_PROCESS_CPUTIME_ID;

double seconds_now() {
  timespec time{};
  clock_gettime(the_clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Stops the search at the first finding.
class FirstFinding final : public run::Observer {
 public:
  void trial(const TrialResult& result) override {
    ++trials;
    if (stop || !is_finding(result.verdict.outcome)) return;
    found_s = seconds_now() - begin_;
    trial_text = to_string(result.trial);
    stop = true;
  }

  std::atomic<bool> stop = false;
  std::size_t trials = 0;
  double found_s = -1;
  std::string trial_text;

 private:
  double begin_ = seconds_now();
};

}  // namespace

int main(int argc, char** argv) {
  std::vector<Kernel> kernels;
  for (const auto& mutant : mutants::all_mutants()) kernels.push_back(mutant.kernel);
  if (argc > 1 && argv[1] == sandbox::worker_argument)
    return sandbox::worker_main(argc, argv, {.kernels = kernels});
  const bool in_worker = argc > 3 && argv[3] == std::string_view("sandbox");
  const double limit_s = argc > 1 ? std::atof(argv[1]) : 60;
  fuzz::CampaignOptions options;
  options.space.seed = argc > 2 ? static_cast<std::uint64_t>(std::atoll(argv[2])) : 0;
  options.shrink_s = 0;
  if (in_worker) {
    the_clock = CLOCK_MONOTONIC;
    options.jobs = 2;
  }
  const auto fast = optimized::kernels();
  options.truth_kernels = oracle::TruthKernels({fast.begin(), fast.end()});
  std::vector<double> times;
  std::size_t missed = 0;
  for (const Kernel& kernel : kernels) {
    const std::vector<sandbox::Subject> subjects = {in_worker ? sandbox::in_worker(kernel)
                                                              : sandbox::in_process(kernel)};
    fuzz::CampaignOptions own = options;
    own.space = fuzz::within_reach(options.space, subjects);
    FirstFinding found;
    own.stop = &found.stop;
    std::jthread clock([&](const std::stop_token& done) {
      const double begin = seconds_now();
      while (!done.stop_requested() && seconds_now() - begin < limit_s)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      found.stop = true;
    });
    fuzz::run_campaign(subjects, found, own);
    clock.request_stop();
    if (found.found_s < 0)
      ++missed;
    else
      times.push_back(found.found_s);
    fmt::print("{:<40} {:>9} {:>8} trials  {}\n", kernel.name,
               found.found_s < 0 ? "not found" : fmt::format("{:.3f} s", found.found_s),
               found.trials, found.trial_text);
    std::fflush(stdout);
  }
  std::ranges::sort(times);
  if (!times.empty())
    fmt::print("{} of {} found within {} s, median {:.3f} s, slowest {:.1f} s\n", times.size(),
               times.size() + missed, limit_s, times[times.size() / 2], times.back());
}
