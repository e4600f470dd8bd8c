// SPDX-License-Identifier: Apache-2.0
// bench_projection [batch] [threads] [runs]: time of the exact projection divided by that of the
// fast kernel, for f32 and the layers of ResNet-50; both times are the least of `runs` alternating
// runs. Batch 0: divided by the time of the reference, for small problems (use OMP_NUM_THREADS=1).
// Not a test: run it by hand.
#include "oracle/projection/projection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "core/spec_text.hpp"
#include "datasets/fills.hpp"
#include "datasets/shape_sets.hpp"
#include "optimized/kernels.hpp"
#include "reference/truth.hpp"

namespace {

using namespace convict;

template <class Work>
double ms(Work&& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

/// The data of one trial, and memory for the result.
struct Prepared {
  explicit Prepared(const Trial& t)
      : trial(t),
        operands(datasets::fill(t)),
        input(floats(operands.input, input_elements(t.spec))),
        filters(floats(operands.filters, filter_elements(t.spec))),
        output(floats(operands.output, output_elements(t.spec))),
        limits(datasets::exact_limits(t.spec, t.pass, t.precision, 1, 0).value()) {}

  static std::vector<float> floats(const std::vector<double>& values, index_t count) {
    std::vector<float> narrow(values.begin(), values.end());
    narrow.resize(static_cast<std::size_t>(count));
    return narrow;
  }
  std::vector<float>& result() {
    if (trial.pass == Pass::forward) return output;
    return trial.pass == Pass::grad_input ? input : filters;
  }
  index_t failed(int threads) {
    const oracle::ExactQuestion<float> question{.spec = trial.spec,
                                                .pass = trial.pass,
                                                .input = input,
                                                .filters = filters,
                                                .output = output};
    return oracle::project<float>(question, result(), limits, 1, threads).failed_count;
  }

  Trial trial;
  datasets::Operands operands;
  std::vector<float> input, filters, output;
  datasets::ExactLimits limits;
};

struct Times {
  double kernel_ms = std::numeric_limits<double>::infinity();
  double projection_ms = std::numeric_limits<double>::infinity();
  index_t failed = 0;
};

/// Measures both in turns, so that other work on the machine slows both.
Times measure(const Trial& trial, int threads, int runs) {
  const Problem problem{.spec = trial.spec,
                        .pass = trial.pass,
                        .precision = trial.precision,
                        .threads = threads,
                        .shapes = shapes_of(trial.spec)};
  const Kernel& kernel = optimized::kernels().front();
  Prepared data(trial);
  std::vector<char> workspace(workspace_bytes(kernel, problem) + 64);
  const Buffers buffers{.input = data.input.data(),
                        .filters = data.filters.data(),
                        .output = data.output.data(),
                        .workspace = workspace.data(),
                        .workspace_bytes = workspace.size()};
  Times times;
  for (int run = 0; run < runs; ++run) {
    times.kernel_ms = std::min(times.kernel_ms, ms([&] { kernel.run(problem, buffers); }));
    for (int again = 0; again < 3; ++again)
      times.projection_ms =
          std::min(times.projection_ms, ms([&] { times.failed = data.failed(threads); }));
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

void compare_with_kernel(index_t batch, int threads, int runs) {
  fmt::print("{:<32} {:<13} {:>10} {:>14} {:>7} {:>6}\n", "spec", "pass", "kernel_ms",
             "projection_ms", "ratio", "failed");
  for (const Pass pass : all_passes) {
    Mean pointwise;
    Mean larger;
    for (ConvSpec spec : datasets::shape_set("resnet50").specs) {
      spec.batch = batch;
      const Trial trial{.spec = spec, .pass = pass, .precision = Precision::f32, .recipe = {}};
      const Times times = measure(trial, threads, runs);
      const double ratio = times.projection_ms / times.kernel_ms;
      (spec.filter[0] * spec.filter[1] == 1 ? pointwise : larger).add(ratio);
      fmt::print("{:<32} {:<13} {:>10.3f} {:>14.3f} {:>7.3f} {:>6}\n", to_string(spec),
                 name_of(pass), times.kernel_ms, times.projection_ms, ratio, times.failed);
    }
    fmt::print("{:<32} {:<13} geomean ratio: 1x1 {:.3f}, larger {:.3f}\n", "", name_of(pass),
               pointwise.value(), larger.value());
  }
}

/// Prints the costs that worth_projecting compares, for problems near its threshold; one thread.
void compare_with_truth() {
  constexpr std::array specs = {"n1_c1_i9x9_k1_f3x3",
                                "n2_c4_i6x6_k6_f3x3_p1",
                                "n2_c3_i9_k4_f3",
                                "n3_c6_i12x9_k9_f5x6_s2x1_g3",
                                "n1_c16_i14x14_k16_f1x1",
                                "n2_c16_i14x14_k16_f3x3_p1",
                                "n1_c32_i14x14_k32_f3x3_p1_g32",
                                "n8_c32_i14x14_k32_f3x3_p1_g32",
                                "n1_c8_i7x7_k2_f3x3_p1",
                                "n2_c2_i8x8x8_k4_f3x3x3_p1",
                                "n2_c6_i10x10_k6_f3x3_unshared",
                                "n4_c6_i9x9_k8_f3x3_s3_d2_p2",
                                "n4_c256_i1x1_k64_f1x1"};
  fmt::print("{:<32} {:<13} {:>10} {:>10} {:>14} {:>11} {:>7} {:>7} {}\n", "spec", "pass",
             "operations", "truth_us", "projection_us", "ns_per_op", "ns_mac", "gain", "worth");
  for (const char* text : specs)
    for (const Pass pass : all_passes) {
      const ConvSpec spec = parse_valid_spec(text);
      Prepared data({.spec = spec, .pass = pass, .precision = Precision::f32, .recipe = {}});
      const reference::Question question{.spec = data.trial.spec,
                                         .pass = pass,
                                         .input = data.operands.input,
                                         .filters = data.operands.filters,
                                         .output = data.operands.output,
                                         .alpha = 1,
                                         .beta = 0,
                                         .old_result = {}};
      double truth_us = std::numeric_limits<double>::infinity();
      double projection_us = truth_us;
      for (int run = 0; run < 30; ++run) {
        truth_us = std::min(truth_us,
                            1000 * ms([&] { reference::truth(question, reference::Width::f64); }));
        projection_us = std::min(projection_us, 1000 * ms([&] { data.failed(1); }));
      }
      const auto operations = static_cast<double>(oracle::projection_operations(spec, pass));
      fmt::print("{:<32} {:<13} {:>10} {:>10.1f} {:>14.1f} {:>11.2f} {:>7.2f} {:>7.2f} {}\n", text,
                 name_of(pass), operations, truth_us, projection_us,
                 1000 * projection_us / operations,
                 1000 * truth_us / static_cast<double>(flops(spec) / 2), truth_us / projection_us,
                 oracle::worth_projecting(spec, pass));
    }
}

}  // namespace

int main(int argc, char** argv) {
  const index_t batch = argc > 1 ? std::atoll(argv[1]) : 8;
  const int threads = argc > 2 ? std::atoi(argv[2]) : 1;
  const int runs = argc > 3 ? std::atoi(argv[3]) : 4;
  if (batch > 0)
    compare_with_kernel(batch, threads, runs);
  else
    compare_with_truth();
}
