#include "oracle/case.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <utility>

#include "core/errors.hpp"
#include "core/verdict.hpp"
#include "oracle/compare.hpp"
#include "oracle/element_index.hpp"

namespace convict::oracle {
namespace {

/// Claims enter a case only through the formats exact operands must fit.
std::string key_of(const Trial& trial, const Claims& claims) {
  const auto format = [](const std::optional<Precision>& precision) {
    return precision ? name_of(*precision) : std::string_view("-");
  };
  return fmt::format("{} {} {}", to_string(trial), format(claims.accumulator),
                     format(claims.input_rounding));
}

/// The data of `made` are in place: what is true of them?
void add_truth(Case& made) {
  const Recipe& recipe = made.trial.recipe;
  // Sums of exact operands have at most 53 bits; only real-valued f64 data need more.
  const bool needs_more = made.trial.precision == Precision::f64 && !made.fill->exact;
  made.truth = reference::truth({.spec = made.trial.spec,
                                 .pass = made.trial.pass,
                                 .input = made.operands.input,
                                 .filters = made.operands.filters,
                                 .output = made.operands.output,
                                 .alpha = recipe.alpha,
                                 .beta = recipe.beta,
                                 .old_result = made.operands.old_result},
                                needs_more ? reference::Width::twice_f64 : reference::Width::f64);
}

Case empty_case(const Trial& trial, const Claims& claims) {
  const Recipe& recipe = trial.recipe;
  return {.trial = trial,
          .fill = &datasets::fill_named(recipe.fill),
          .limits = datasets::exact_limits(trial.spec, trial.pass, trial.precision, recipe.alpha,
                                           recipe.beta, claims),
          .operands = {},
          .truth = {}};
}

bool agree(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::nextafter(a, b) == b;
}

}  // namespace

Case make_case(const Trial& trial, const Claims& claims) {
  Case made = empty_case(trial, claims);
  if (made.fill->exact && !made.limits) return made;
  made.operands = datasets::fill(trial, claims);
  add_truth(made);
  return made;
}

Case case_of(const datasets::GoldenCase& golden) {
  Case made = empty_case(golden.trial, {});
  made.operands = golden.operands;
  add_truth(made);
  for (std::size_t at = 0; at < golden.truth.size(); ++at)
    if (!agree(golden.truth[at], made.truth.value[at]))
      throw FileError(fmt::format(
          "golden case {}: the file says {} at {}, the reference {}", to_string(golden.trial),
          golden.truth[at], fmt::join(element_index(golden.trial, static_cast<index_t>(at)), ","),
          made.truth.value[at]));
  made.truth.value = golden.truth;
  return made;
}

Bound bound_for(const Case& known, const Claims& claims) {
  return {known.trial.precision,
          claims,
          {.elements = static_cast<index_t>(known.truth.value.size()),
           .alpha = known.trial.recipe.alpha,
           .zero_mean = known.fill->zero_mean}};
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
                                    .value = nullptr};
  Case made{
      .trial = trial, .fill = &given, .limits = {}, .operands = std::move(operands), .truth = {}};
  add_truth(made);
  return made;
}

const Case& Cases::of(const Trial& trial, const Claims& claims) {
  std::string key = key_of(trial, claims);
  if (key == key_) return latest_;
  const auto golden =
      golden_ != nullptr ? golden_->find(to_string(trial)) : GoldenCases::const_iterator();
  latest_ = golden_ != nullptr && golden != golden_->end() ? case_of(golden->second)
                                                           : make_case(trial, claims);
  key_ = std::move(key);
  return latest_;
}

}  // namespace convict::oracle
