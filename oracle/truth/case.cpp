// SPDX-License-Identifier: Apache-2.0
#include "oracle/truth/case.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/errors.hpp"
#include "core/verdict.hpp"
#include "datasets/repetition.hpp"
#include "oracle/bounds/transform_errors.hpp"
#include "oracle/truth/compare.hpp"
#include "oracle/truth/element_index.hpp"

namespace convict::oracle {
namespace {

/// Of the claims, a case depends only on the formats that exact operands must fit.
std::string key_of(const Trial& trial, const Claims& claims) {
  const auto format = [](const std::optional<Precision>& precision) {
    return precision ? name_of(*precision) : std::string_view("-");
  };
  return fmt::format("{} {} {} {}", to_string(trial), format(claims.accumulator),
                     format(claims.input_rounding), datasets::can_be_exact(claims));
}

/// Sums of exact operands have at most 53 bits; only real-valued f64 data need more.
reference::Width width_for(const Case& known) {
  const bool needs_more = known.trial.precision == Precision::f64 && !known.fill->exact;
  return needs_more ? reference::Width::twice_f64 : reference::Width::f64;
}

/// Adds the truth to a case that has its data.
void add_truth(Case& made, const Claims& claims, const TruthKernels& kernels) {
  const TruthQuestion question{made.trial, *made.fill, made.limits, claims};
  made.threads = kernels.threads();
  made.truth_by = choose_truth(question, kernels);
  if (made.truth_by == TruthBy::gemm) {
    const bool needs_magnitude = !made.fill->exact || !datasets::can_be_exact(claims);
    auto truth = kernels.truth(question_of(made), *grid_of(question), needs_magnitude);
    if (truth) {
      made.truth = std::move(*truth);
      return;
    }
    made.truth_by = choose_truth(question, TruthKernels({}, kernels.threads()));
  }
  if (made.truth_by == TruthBy::definition) made.truth = truth_of(made);
  if (made.truth_by == TruthBy::sample) {
    made.sample = sampled_elements(made.trial);
    made.truth = reference::truth_at(question_of(made), width_for(made), made.sample);
  }
}

Case empty_case(const Trial& trial, const Claims& claims) {
  const Recipe& recipe = trial.recipe;
  return {.trial = trial,
          .fill = &datasets::fill_named(recipe.fill),
          .limits = datasets::limits_of(trial, claims),
          .operands = {},
          .truth = {},
          .sample = {}};
}

Case filled_case(const Trial& trial, const Claims& claims) {
  Case made = empty_case(trial, claims);
  if (!made.fill->exact || made.limits) made.operands = datasets::fill(trial, claims);
  return made;
}

double largest_operand(const reference::Question& question) {
  double largest = 0;
  for (const auto tensor : {question.input, question.filters, question.output})
    for (const double value : tensor)
      if (std::isfinite(value)) largest = std::max(largest, std::fabs(value));
  return largest;
}

bool agree(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::nextafter(a, b) == b;
}

}  // namespace

namespace {

/// Kernels in f32 and below take alpha as a float.
bool alpha_rounds_to_zero(const Trial& trial) {
  return trial.precision != Precision::f64 && static_cast<float>(trial.recipe.alpha) == 0;
}

}  // namespace

reference::Question question_of(const Case& known) {
  return {.spec = known.trial.spec,
          .pass = known.trial.pass,
          .input = known.operands.input,
          .filters = known.operands.filters,
          .output = known.operands.output,
          .alpha = known.trial.recipe.alpha,
          .beta = known.trial.recipe.beta,
          .old_result = known.operands.old_result,
          .alpha_rounds_to_zero = alpha_rounds_to_zero(known.trial)};
}

Case make_case(const Trial& trial, const Claims& claims, const TruthKernels& kernels) {
  Case made = filled_case(trial, claims);
  if (!made.fill->exact || made.limits) add_truth(made, claims, kernels);
  return made;
}

Case make_case(const Trial& trial, const Claims& claims) {
  Case made = filled_case(trial, claims);
  if (!made.fill->exact || made.limits) made.truth = truth_of(made);
  return made;
}

reference::Truth truth_of(const Case& known) {
  return reference::truth(question_of(known), width_for(known));
}

Case case_of(const datasets::GoldenCase& golden, const Claims& claims) {
  const Pass pass = golden.trial.pass;
  const datasets::Operands& given = golden.operands;
  const std::array operands = {pass == Pass::grad_input ? &given.output : &given.input,
                               pass == Pass::grad_weights ? &given.output : &given.filters};
  for (const std::size_t operand : {0U, 1U})
    if (!datasets::Repetition(golden.trial, operand).holds(*operands[operand]))
      throw FileError(fmt::format(
          "golden case {}: the file has different values for elements that steps={} puts into the "
          "same memory",
          to_string(golden.trial), to_string(golden.trial.recipe.steps)));
  Case made = empty_case(golden.trial, claims);
  made.operands = golden.operands;
  made.truth = truth_of(made);
  for (std::size_t at = 0; at < golden.truth.size(); ++at)
    if (!agree(golden.truth[at], made.truth.value[at]))
      throw FileError(fmt::format(
          "golden case {}: the file says {} at {}, the reference {}", to_string(golden.trial),
          golden.truth[at], fmt::join(element_index(golden.trial, static_cast<index_t>(at)), ","),
          made.truth.value[at]));
  made.truth.value = golden.truth;
  return made;
}

namespace {

enum class Kind { finite, infinite, minus_infinite, nan };
Kind kind_of(double value) {
  if (std::isfinite(value)) return Kind::finite;
  if (std::isnan(value)) return Kind::nan;
  return value > 0 ? Kind::infinite : Kind::minus_infinite;
}

bool all_finite(const reference::Question& question) {
  for (const auto tensor : {question.input, question.filters, question.output})
    for (const double value : tensor)
      if (!std::isfinite(value)) return false;
  return true;
}

/// Loses every element that reads an operand outside the range of the format that the kernel rounds
/// operands to: beyond it, it is infinity, and NaN where it meets a zero; below it, it is zero, and
/// NaN where it meets an infinity. `errors` may be empty.
void add_range_errors(const reference::Question& question, Precision precision,
                      const Claims& claims, TransformErrors& errors) {
  const Rounding rounding = rounding_of(precision, claims);
  const bool too_large =
      rounding.limit_in < rounding.limit_out && largest_operand(question) >= rounding.limit_in;
  const bool too_small = rounding.eta_in > 0 && (too_large || !all_finite(question));
  if (!too_large && !too_small) return;
  const auto read = [&](std::span<const double> values) {
    std::vector<double> seen(values.begin(), values.end());
    for (double& value : seen) {
      if (too_large && std::fabs(value) >= rounding.limit_in)
        value = std::copysign(infinity, value);
      if (too_small && std::fabs(value) <= rounding.eta_in) value = 0;
    }
    return seen;
  };
  const auto input = read(question.input);
  const auto filters = read(question.filters);
  const auto output = read(question.output);
  const reference::Question narrow{.spec = question.spec,
                                   .pass = question.pass,
                                   .input = input,
                                   .filters = filters,
                                   .output = output,
                                   .alpha = question.alpha,
                                   .beta = question.beta,
                                   .old_result = question.old_result,
                                   .alpha_rounds_to_zero = question.alpha_rounds_to_zero};
  const reference::Truth seen = reference::truth(narrow, reference::Width::f64);
  const reference::Truth wide = reference::truth(question, reference::Width::f64);
  errors.error.resize(seen.value.size());
  errors.size.resize(seen.value.size());
  errors.lost.resize(seen.value.size());
  for (std::size_t at = 0; at < errors.error.size(); ++at) {
    if (kind_of(seen.value[at]) == kind_of(wide.value[at]) &&
        seen.ambiguous[at] == wide.ambiguous[at])
      continue;
    errors.error[at] = errors.size[at] = infinity;
    errors.lost[at] = 1;
  }
}

}  // namespace

Bound bound_for(const reference::Question& question, Precision precision, const Claims& claims,
                const BoundedElements& which) {
  TransformErrors errors = transform_errors(question, precision, claims);
  add_range_errors(question, precision, claims, errors);
  if (!errors.empty() && !which.sample.empty()) {
    TransformErrors chosen;
    for (const index_t element : which.sample) {
      const auto at = static_cast<std::size_t>(element);
      chosen.error.push_back(errors.error[at]);
      chosen.size.push_back(errors.size[at]);
      chosen.lost.push_back(errors.lost[at]);
    }
    errors = std::move(chosen);
  }
  return {precision,
          claims,
          {.elements = result_elements(question.spec, question.pass),
           .alpha = question.alpha,
           .beta = question.beta,
           .zero_mean = which.zero_mean,
           .largest_operand = largest_operand(question),
           .largest_product = which.largest_product,
           .transform = std::move(errors)}};
}

Bound bound_for(const Case& known, const Claims& claims) {
  const Steps& steps = known.trial.recipe.steps;
  const bool zero_mean = known.fill->zero_mean && steps == without_repeats(steps);
  return bound_for(question_of(known), known.trial.precision, claims,
                   {.zero_mean = zero_mean,
                    .largest_product = zero_mean ? known.fill->largest * known.fill->largest : 0,
                    .sample = known.sample});
}

datasets::GoldenCase golden_of(const Case& known) {
  const std::size_t elements = known.truth.value.size();
  datasets::GoldenCase golden{.trial = known.trial,
                              .operands = known.operands,
                              .truth = known.truth.value,
                              .bound = std::vector<double>(elements)};
  if (known.fill->exact) return golden;
  const Bound bound = bound_for(known, {});
  for (std::size_t at = 0; at < elements; ++at) golden.bound[at] = bound_at(known.truth, bound, at);
  return golden;
}

Case case_of(const Trial& trial, datasets::Operands operands) {
  static const datasets::Fill given{.name = "given",
                                    .description = "operands from a file",
                                    .exact = false,
                                    .zero_mean = false,
                                    .smallest_product = 0,
                                    .largest = 0,
                                    .most_products = 0,
                                    .values = nullptr};
  Case made{.trial = trial,
            .fill = &given,
            .limits = {},
            .operands = std::move(operands),
            .truth = {},
            .sample = {}};
  add_truth(made, {}, {});
  return made;
}

namespace {

/// Whether `fill` makes the operands of the file for a kernel with these claims. Exact operands
/// depend on what is exact in the claimed arithmetic.
bool suits(const datasets::GoldenCase& golden, const Claims& claims) {
  const Trial& trial = golden.trial;
  if (!datasets::fill_named(trial.recipe.fill).exact) return true;
  const auto stored = datasets::limits_of(trial);
  const auto needed = datasets::limits_of(trial, claims);
  return stored && needed && stored->operand_limit == needed->operand_limit &&
         stored->wide_limit == needed->wide_limit && stored->old_limit == needed->old_limit;
}

}  // namespace

const Case& Cases::of(const Trial& trial, const Claims& claims) {
  std::string key = key_of(trial, claims);
  if (key == key_) return latest_;
  const auto golden =
      golden_ != nullptr ? golden_->find(to_string(trial)) : GoldenCases::const_iterator();
  const bool stored = golden_ != nullptr && golden != golden_->end() &&
                      (stored_for_ == StoredFor::subject || suits(golden->second, claims));
  latest_ = {};  // before the next one needs memory
  key_.clear();
  latest_ = stored ? case_of(golden->second, claims) : make_case(trial, claims, kernels_);
  key_ = std::move(key);
  return latest_;
}

}  // namespace convict::oracle
