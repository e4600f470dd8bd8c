// SPDX-License-Identifier: Apache-2.0
// bench_sandbox PLUGIN_DIR [seconds] [jobs]: trials per second on small problems, with the kernel
// in this process and in a worker. Not a test: run it by hand.
#include "sandbox/sandbox.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "core/errors.hpp"
#include "core/spec_text.hpp"
#include "reference/kernels.hpp"
#include "run/run_suite.hpp"
#include "sandbox/child/loaded_plugin.hpp"
#include "sandbox/host/plugin_kernel.hpp"
#include "sandbox/wire/plugin_problem.hpp"

namespace {

using namespace convict;
using sandbox::Subject;
using Clock = std::chrono::steady_clock;

/// Forward in f32, which every kernel here takes: n <= 2, c and k <= 8, up to 12x12.
std::vector<Trial> small_trials(std::size_t count) {
  std::mt19937_64 random(7);
  const auto draw = [&](index_t least, index_t most) {
    return least + static_cast<index_t>(random() % static_cast<std::uint64_t>(most - least + 1));
  };
  std::vector<Trial> trials;
  while (trials.size() < count) {
    Trial trial;
    ConvSpec& spec = trial.spec;
    spec.batch = draw(1, 2);
    spec.in_channels = draw(1, 8);
    spec.out_channels = draw(1, 8);
    for (std::size_t a = 0; a < 2; ++a) {
      spec.input[a] = draw(3, 12);
      spec.filter[a] = draw(1, 3);
      spec.stride[a] = draw(1, 2);
      spec.padding[a] = {draw(0, 1), draw(0, 1)};
    }
    trial.recipe.seed = random() % 1000;
    trial.recipe.guard = all_guards[trials.size() % all_guards.size()];
    if (!why_invalid(spec)) trials.push_back(trial);
  }
  return trials;
}

/// The first kernel of a plug-in, called in this process.
Subject plugin_in_process(const std::string& path) {
  static sandbox::LoadedPlugin plugin(path);
  Kernel kernel = sandbox::kernel_of(plugin.describe(0), "direct");
  kernel.refuses = [](const Problem& problem) -> std::optional<std::string> {
    const convict_problem seen = sandbox::plugin_problem(problem);
    const char* const why = plugin.kernel(0).refuses(&seen);
    return why == nullptr ? std::nullopt : std::optional<std::string>(why);
  };
  kernel.run = [](const Problem& problem, const Buffers& buffers) {
    const convict_problem seen = sandbox::plugin_problem(problem);
    convict_buffers at{};
    at.size = sizeof at;
    at.input = buffers.input;
    at.filters = buffers.filters;
    at.output = buffers.output;
    if (plugin.kernel(0).run(&seen, &at) != 0) throw KernelError("a status");
  };
  return sandbox::in_process(kernel);
}

double trials_per_second(const Subject& subject, std::span<const Trial> trials, double seconds,
                         int jobs) {
  const std::vector<Subject> subjects = {subject};
  run::Observer ignored;
  std::size_t passed = 0;
  const auto begin = Clock::now();
  double time_s = 0;
  while (time_s < seconds) {
    const run::RunEnd end = run::run_suite(trials, subjects, ignored, {.jobs = jobs});
    if (end.tally[Outcome::pass] + end.tally[Outcome::mistrusted] != trials.size())
      throw std::runtime_error(subject.kernel.name + " does not pass");
    passed += trials.size();
    time_s = std::chrono::duration<double>(Clock::now() - begin).count();
  }
  return static_cast<double>(passed) / time_s;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && argv[1] == sandbox::worker_argument)
    return sandbox::worker_main(argc, argv, {.kernels = reference::kernels()});
  if (argc < 2) {
    fmt::print(stderr, "usage: bench_sandbox PLUGIN_DIR [seconds] [jobs]\n");
    return 2;
  }
  const std::string plugin = std::string(argv[1]) + "/direct.so";
  const double seconds = argc > 2 ? std::atof(argv[2]) : 3;
  const int jobs = argc > 3 ? std::atoi(argv[3]) : 2;
  const std::vector<Trial> trials = small_trials(6000);
  struct Pair {
    const char* name;
    Subject in_process;
    Subject in_worker;
  };
  const Pair pairs[] = {
      {"plug-in direct.c", plugin_in_process(plugin), sandbox::load_plugin(plugin).front()},
      {"reference.direct", sandbox::in_process(reference::kernels().front()),
       sandbox::in_worker(reference::kernels().front())},
  };
  fmt::print("{:<20} {:>14} {:>14} {:>7}\n", "trials/s", "in process", "in a worker", "ratio");
  for (const Pair& pair : pairs) {
    const double in_process = trials_per_second(pair.in_process, trials, seconds, jobs);
    const double in_worker = trials_per_second(pair.in_worker, trials, seconds, jobs);
    fmt::print("{:<20} {:>14.0f} {:>14.0f} {:>7.2f}\n", pair.name, in_process, in_worker,
               in_process / in_worker);
  }
}
