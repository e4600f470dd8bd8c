// SPDX-License-Identifier: Apache-2.0
#include "oracle/truth/truth_kernels.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/errors.hpp"
#include "datasets/exact_limits.hpp"
#include "oracle/projection/projection.hpp"
#include "reference/product_counts.hpp"

namespace convict::oracle {
namespace {

using Values = std::vector<double>;

/// Seeds of the projections. They may be fixed, because no kernel under test sees these operands.
/// Values and magnitudes have different weights, so that a fault would have to be missed by both.
constexpr std::uint64_t value_seed = 0xacc1;
constexpr std::uint64_t magnitude_seed = 0xacc2;

Problem problem_for(const ConvSpec& spec, Pass pass, int threads) {
  return {.spec = spec,
          .pass = pass,
          .precision = Precision::f64,
          .threads = threads,
          .shapes = shapes_of(spec)};
}

/// The operands of a question as integers.
struct Integers {
  Values input, filters, output;

  template <class Map>
  Integers(const reference::Question& question, Map map)
      : input(mapped(question.input, map)),
        filters(mapped(question.filters, map)),
        output(mapped(question.output, map)) {}

 private:
  template <class Map>
  static Values mapped(std::span<const double> values, Map map) {
    Values result(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) result[i] = map(values[i]);
    return result;
  }
};

Values call(const Kernel& kernel, const Problem& problem, Integers& operands) {
  Values result(static_cast<std::size_t>(result_elements(problem.spec, problem.pass)));
  Values workspace((workspace_bytes(kernel, problem) + sizeof(double) - 1) / sizeof(double));
  const auto memory = [&](Values& operand, Pass written_by) {
    return problem.pass == written_by ? result.data() : operand.data();
  };
  kernel.run(problem, {.input = memory(operands.input, Pass::grad_input),
                       .filters = memory(operands.filters, Pass::grad_weights),
                       .output = memory(operands.output, Pass::forward),
                       .workspace = workspace.data(),
                       .workspace_bytes = workspace.size() * sizeof(double)});
  return result;
}

bool is_verified(const Problem& problem, const Integers& operands, const Values& result,
                 const datasets::ExactLimits& limits, std::uint64_t seed) {
  const ExactQuestion<double> question{.spec = problem.spec,
                                       .pass = problem.pass,
                                       .input = operands.input,
                                       .filters = operands.filters,
                                       .output = operands.output,
                                       .old_result = {}};
  return project<double>(question, result, limits, seed, problem.threads).failed_count == 0;
}

}  // namespace

TruthKernels::TruthKernels(std::vector<Kernel> kernels, int threads)
    : kernels_(std::move(kernels)), threads_(threads) {}

const Kernel* TruthKernels::kernel_for(const ConvSpec& spec, Pass pass) const {
  const Problem problem = problem_for(spec, pass, threads_);
  const auto found = std::ranges::find_if(
      kernels_, [&](const Kernel& kernel) { return !refusal(kernel, problem); });
  return found != kernels_.end() ? &*found : nullptr;
}

std::optional<reference::Truth> TruthKernels::truth(const reference::Question& question,
                                                    const Grid& grid, bool with_magnitude) const {
  const Kernel* const kernel = kernel_for(question.spec, question.pass);
  if (kernel == nullptr) return std::nullopt;
  const Problem problem = problem_for(question.spec, question.pass, threads_);
  const double steps = std::ldexp(1.0, grid.digits);
  datasets::ExactLimits limits;
  limits.products = datasets::most_products(question.spec, question.pass);
  limits.product_limit = static_cast<index_t>(grid.largest_product * steps * steps);

  const auto exact_sums = [&](std::uint64_t seed, auto map) -> std::optional<Values> {
    Integers operands(question, map);
    Values sums = call(*kernel, problem, operands);
    if (!is_verified(problem, operands, sums, limits, seed)) return std::nullopt;
    return sums;
  };
  auto sums = exact_sums(value_seed, [&](double value) { return value * steps; });
  if (!sums) return std::nullopt;
  std::optional<Values> magnitudes;
  if (with_magnitude) {
    magnitudes = exact_sums(magnitude_seed, [&](double value) { return std::fabs(value) * steps; });
    if (!magnitudes) return std::nullopt;
  }
  const double scale = question.alpha / steps / steps;
  const auto scaled = [&](Values& values, double alpha, auto old) {
    for (std::size_t at = 0; at < values.size(); ++at) {
      values[at] *= alpha;
      if (question.beta != 0) values[at] += old(question.beta * question.old_result[at]);
    }
  };
  scaled(*sums, scale, [](double old) { return old; });
  const bool is_scaled = question.alpha != 1 || question.beta != 0;
  Values sum_sizes = magnitudes && is_scaled ? *magnitudes : Values();
  for (double& size : sum_sizes) size /= steps * steps;
  if (magnitudes) scaled(*magnitudes, std::fabs(scale), [](double old) { return std::fabs(old); });
  return reference::Truth{.value = std::move(*sums),
                          .correction = {},
                          .magnitude = magnitudes ? std::move(*magnitudes) : Values(),
                          .sum_size = std::move(sum_sizes),
                          .products = reference::product_counts(question.spec, question.pass),
                          .ambiguous = {}};
}

}  // namespace convict::oracle
