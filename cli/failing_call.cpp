// SPDX-License-Identifier: Apache-2.0
#include "cli/failing_call.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/errors.hpp"
#include "core/half.hpp"
#include "oracle/checks/checks.hpp"
#include "oracle/checks/history.hpp"
#include "oracle/judge/judge_values.hpp"

namespace convict::cli {
namespace {

using sandbox::CallEnd;

/// The elements in row-major order, without gaps.
template <std::size_t Rank>
std::vector<double> gathered(const std::byte* memory, const Shape<Rank>& shape,
                             Precision precision) {
  std::vector<double> values;
  values.reserve(static_cast<std::size_t>(shape.elements()));
  with_storage_type(precision, [&](auto type) {
    const auto* const stored = reinterpret_cast<const decltype(type)*>(memory);
    for_each_run(shape, [&](const ElementRun& run) {
      for (index_t i = 0; i < run.count; ++i)
        values.push_back(static_cast<double>(stored[run.offset + i * run.stride]));
    });
  });
  return values;
}

/// Reads the tensors of one call from the arena.
struct Tensors {
  const std::byte* arena;
  const sandbox::Placement& placement;
  const Problem& problem;

  std::vector<double> of(Pass writes) const {
    const TensorShapes& shapes = problem.shapes;
    switch (writes) {
      case Pass::forward:
        return gathered(arena + placement.output, shapes.output, problem.precision);
      case Pass::grad_input:
        return gathered(arena + placement.input, shapes.input, problem.precision);
      case Pass::grad_weights:
        return gathered(arena + placement.filters, shapes.filters, problem.precision);
    }
    return {};
  }
  datasets::Operands operands() const {
    datasets::Operands read;
    if (problem.pass != Pass::forward) read.output = of(Pass::forward);
    if (problem.pass != Pass::grad_input) read.input = of(Pass::grad_input);
    if (problem.pass != Pass::grad_weights) read.filters = of(Pass::grad_weights);
    if (problem.beta != 0) read.old_result = of(problem.pass);
    return read;
  }
};

/// A trial with this problem; its data are not those of the call. Its tensors lie as the recipe
/// `like` says, or in one of its other_places.
Trial trial_of(const Problem& problem, const sandbox::Placement& placement, const Recipe& like) {
  constexpr std::size_t boundary = 64;
  Trial trial{.spec = problem.spec,
              .pass = problem.pass,
              .precision = problem.precision,
              .recipe = {.alpha = problem.alpha, .beta = problem.beta, .threads = problem.threads}};
  const auto bytes = static_cast<std::size_t>(bytes_of(problem.precision));
  const std::size_t input = placement.slots[0].buffer.begin;
  trial.recipe.align = static_cast<index_t>(input % boundary / bytes);
  std::vector<Recipe> candidates = oracle::other_places(like);
  candidates.insert(candidates.begin(), {like, like});
  candidates[1].steps = without_repeats(like.steps);
  for (const Recipe& candidate : candidates)
    if (shapes_of(problem.spec, candidate, problem.pass) == problem.shapes) {
      trial.recipe.layout = candidate.layout;
      trial.recipe.pitch = candidate.pitch;
      trial.recipe.steps = candidate.steps;
      return trial;
    }
  return trial;
}

double largest(const std::vector<double>& values) {
  double most = 0;
  for (const double value : values)
    most = std::max(most, value == std::trunc(value) ? std::fabs(value) : HUGE_VAL);
  return most;
}

/// True when all values are integers, and sums of their products, multiples of `grid`, are exact in
/// `accumulator` in any order of additions.
bool sums_are_exact(const Trial& trial, const datasets::Operands& operands, double grid,
                    Precision accumulator) {
  const double first = std::max(largest(operands.input), largest(operands.output));
  const double second =
      operands.filters.empty() ? largest(operands.output) : largest(operands.filters);
  const double sum = std::fabs(trial.recipe.alpha) * first * second *
                         static_cast<double>(datasets::most_products(trial.spec, trial.pass)) +
                     std::fabs(trial.recipe.beta) * largest(operands.old_result);
  return sum / grid <= std::ldexp(1.0, format_of(accumulator).digits);
}

/// Passes calls on to another sandbox and judges each by itself, up to the first that is wrong.
class JudgedCalls final : public sandbox::Sandbox {
 public:
  /// `checked` is the recipe of the trial that makes the calls.
  JudgedCalls(const sandbox::Subject& subject, const Recipe& checked)
      : claims_(subject.kernel.claims),
        checked_(checked),
        exact_(datasets::fill_named(checked.fill).exact),
        sandbox_(subject.open()) {}

  sandbox::Admission admit(const Problem& problem) override { return sandbox_->admit(problem); }
  std::span<std::byte> arena(std::size_t bytes) override {
    arena_ = sandbox_->arena(bytes);
    return arena_;
  }
  sandbox::CallEnd run(const Problem& problem, const sandbox::Placement& placement) override {
    if (failing) return sandbox_->run(problem, placement);
    const Tensors tensors{arena_.data(), placement, problem};
    oracle::Case known = case_for(trial_of(problem, placement, checked_), tensors.operands());
    CallEnd end = sandbox_->run(problem, placement);
    if (end.kind == CallEnd::Kind::refused) return end;
    if (end.kind != CallEnd::Kind::returned || is_wrong(known, tensors.of(problem.pass)))
      failing = std::move(known);
    return end;
  }

  std::optional<oracle::Case> failing;  ///< the first wrong call

 private:
  oracle::Case case_for(const Trial& trial, datasets::Operands operands) const {
    oracle::Case known = oracle::case_of(trial, std::move(operands));
    const auto limits = datasets::exact_limits(trial.spec, trial.pass, trial.precision,
                                               trial.recipe.alpha, trial.recipe.beta, claims_);
    if (!exact_ || !datasets::can_be_exact(claims_) || !limits ||
        !sums_are_exact(trial, known.operands, limits->grid,
                        claims_.accumulator.value_or(accumulator_of(trial.precision))))
      return known;
    known.limits = limits;
    known.fill = &datasets::fill_named("exact");
    return known;
  }
  bool is_wrong(const oracle::Case& known, const std::vector<double>& result) const {
    const auto stored = oracle::as_stored(result, known.trial.precision);
    return oracle::judge_values(known, claims_, stored).verdict.outcome == Outcome::fail;
  }

  Claims claims_;
  const Recipe& checked_;
  bool exact_;
  std::unique_ptr<sandbox::Sandbox> sandbox_;
  std::span<std::byte> arena_;
};

/// `known`, if it fails as the first call in a new sandbox, too; else throws UsageError.
oracle::Case shown_alone(oracle::Case known, const sandbox::Subject& subject,
                         const std::string& check) {
  const auto fresh = subject.open();
  if (is_finding(oracle::try_case(known, subject, *fresh).verdict.outcome)) return known;
  throw UsageError(
      fmt::format("check={} makes a wrong call ({}), but only after others: no program of one call "
                  "can show it",
                  check, to_string(known.trial)));
}

}  // namespace

oracle::Case failing_call(const Trial& trial, const sandbox::Subject& subject) {
  const std::string& check = trial.recipe.check;
  if (oracle::check_named(check).takes_invalid_specs)
    throw UsageError(fmt::format("check={} makes no call: there is nothing to export", check));
  JudgedCalls sandbox(subject, trial.recipe);
  oracle::Cases cases;
  const Verdict verdict = oracle::carry_out(trial, subject, sandbox, cases);
  if (sandbox.failing) return shown_alone(std::move(*sandbox.failing), subject, check);
  if (!is_finding(verdict.outcome))
    throw UsageError(fmt::format("check={} ends as {}{}: it makes no wrong call to export", check,
                                 name_of(verdict.outcome),
                                 verdict.reason.empty() ? "" : " (" + verdict.reason + ")"));
  throw UsageError(
      fmt::format("check={} fails ({}), but each of its calls is right on its own: no program of "
                  "one call can show it",
                  check, verdict.reason));
}

}  // namespace convict::cli
