// bench_projection [batch] [threads]: the exact projection's time over the fast kernel's, f32,
// ResNet-50, the least of four runs of both in turns. Not a test: run it by hand.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "core/text.hpp"
#include "datasets/fills.hpp"
#include "datasets/shape_sets.hpp"
#include "optimized/kernels.hpp"
#include "oracle/projection.hpp"

namespace {

using namespace convict;

template <class Work>
double ms(Work&& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

struct Times {
  double kernel_ms;
  double projection_ms;
  index_t failed;
};

Times measure(const Trial& trial, int threads) {
  const Problem problem{.spec = trial.spec,
                        .pass = trial.pass,
                        .precision = trial.precision,
                        .threads = threads,
                        .shapes = shapes_of(trial.spec)};
  const Kernel& kernel = optimized::kernels().front();
  const datasets::Operands operands = datasets::fill(trial);
  const auto floats = [](const std::vector<double>& values, index_t count) {
    std::vector<float> result(values.begin(), values.end());
    result.resize(static_cast<std::size_t>(count));
    return result;
  };
  std::vector<float> input = floats(operands.input, input_elements(trial.spec));
  std::vector<float> filters = floats(operands.filters, filter_elements(trial.spec));
  std::vector<float> output = floats(operands.output, output_elements(trial.spec));
  std::vector<char> workspace(workspace_bytes(kernel, problem) + 64);
  const Buffers buffers{.input = input.data(),
                        .filters = filters.data(),
                        .output = output.data(),
                        .workspace = workspace.data(),
                        .workspace_bytes = workspace.size()};
  const oracle::ExactQuestion<float> question{.spec = trial.spec,
                                              .pass = trial.pass,
                                              .input = input,
                                              .filters = filters,
                                              .output = output,
                                              .alpha = 1,
                                              .beta = 0,
                                              .old_result = {}};
  const auto limits = datasets::exact_limits(trial.spec, trial.pass, trial.precision, 1, 0);
  const std::vector<float>& result = trial.pass == Pass::forward      ? output
                                     : trial.pass == Pass::grad_input ? input
                                                                      : filters;
  constexpr double never = std::numeric_limits<double>::infinity();
  Times times{.kernel_ms = never, .projection_ms = never, .failed = 0};
  for (int run = 0; run < 4; ++run) {  // in turns: other work on the machine meets both
    times.kernel_ms = std::min(times.kernel_ms, ms([&] { kernel.run(problem, buffers); }));
    times.projection_ms = std::min(
        times.projection_ms, ms([&] {
          times.failed = oracle::project<float>(question, result, *limits, 1, threads).failed_count;
        }));
  }
  return times;
}

struct Mean {
  double logs = 0;
  int count = 0;
  void add(double ratio) {
    logs += std::log(ratio);
    ++count;
  }
  double value() const { return std::exp(logs / std::max(count, 1)); }
};

}  // namespace

int main(int argc, char** argv) {
  const index_t batch = argc > 1 ? std::atoll(argv[1]) : 8;
  const int threads = argc > 2 ? std::atoi(argv[2]) : 1;
  fmt::print("{:<32} {:<13} {:>10} {:>14} {:>7} {:>6}\n", "spec", "pass", "kernel_ms",
             "projection_ms", "ratio", "failed");
  for (const Pass pass : all_passes) {
    Mean pointwise;
    Mean larger;
    for (ConvSpec spec : datasets::shape_set("resnet50").specs) {
      spec.batch = batch;
      const Trial trial{.spec = spec, .pass = pass, .precision = Precision::f32, .recipe = {}};
      const Times times = measure(trial, threads);
      const double ratio = times.projection_ms / times.kernel_ms;
      (spec.filter[0] * spec.filter[1] == 1 ? pointwise : larger).add(ratio);
      fmt::print("{:<32} {:<13} {:>10.3f} {:>14.3f} {:>7.3f} {:>6}\n", to_string(spec),
                 name_of(pass), times.kernel_ms, times.projection_ms, ratio, times.failed);
    }
    fmt::print("{:<32} {:<13} geomean ratio: 1x1 {:.3f}, larger {:.3f}\n", "", name_of(pass),
               pointwise.value(), larger.value());
  }
}
