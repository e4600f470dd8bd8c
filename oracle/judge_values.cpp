#include "oracle/judge_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "oracle/compare.hpp"
#include "oracle/element_index.hpp"

namespace convict::oracle {
namespace {

Verdict mistrusted(std::string why) {
  Verdict verdict;
  verdict.outcome = Outcome::mistrusted;
  verdict.layer = "bound";
  verdict.reason = std::move(why);
  return verdict;
}

/// Why a pass on this case would say little, or nothing.
std::optional<std::string> too_little_evidence(const Case& known, const Bound* bound) {
  const reference::Truth& truth = known.truth;
  const bool products = std::ranges::any_of(truth.products, [](index_t n) { return n > 0; });
  const bool zero = std::ranges::all_of(truth.value, [](double v) { return v == 0; });
  if (products && zero && known.trial.recipe.alpha != 0) return "the truth is zero everywhere";
  if (bound == nullptr) return std::nullopt;
  double widest = 0;
  for (std::size_t at = 0; at < truth.value.size(); ++at)
    if (truth.products[at] > 0 && std::isfinite(truth.value[at]))
      widest = std::max(widest, bound_at(truth, *bound, at));
  const double product = known.fill->smallest_product * std::fabs(known.trial.recipe.alpha);
  if (std::isinf(widest) || (product > 0 && widest >= product))
    return fmt::format("the bound ({:.3g}) is wider than one product ({:.3g})", widest, product);
  return std::nullopt;
}

Element element_at(const Case& known, std::span<const double> subject, const Bound* bound,
                   index_t at) {
  const auto i = static_cast<std::size_t>(at);
  return {.index = element_index(known.trial, at),
          .subject = subject[i],
          .truth = known.truth.value[i],
          .bound = bound != nullptr ? bound_at(known.truth, *bound, i) : 0};
}

}  // namespace

ValueVerdict judge_values(const Case& known, const Claims& claims,
                          std::span<const double> subject) {
  const auto elements = static_cast<index_t>(subject.size());
  const bool exact = known.fill->exact && datasets::can_be_exact(claims);
  if (!exact && !has_bound(claims))
    return {mistrusted("no bound is known for the arithmetic it claims"), {}};
  const Precision precision = known.trial.precision;
  const Bound bound = bound_for(known, claims);
  const Bound* const used = exact ? nullptr : &bound;
  const FloatFormat format = format_of(storage_of(precision));
  const Comparison comparison =
      exact ? compare_exactly(subject, known.truth, format, known.limits->grid)
            : compare_within(subject, known.truth, bound);
  ValueVerdict judged;
  Verdict& verdict = judged.verdict;
  verdict.layer = exact ? "exact" : "bound";
  verdict.elements = elements;
  verdict.wrong = comparison.wrong;
  verdict.worst_ratio = comparison.worst_ratio;
  if (comparison.wrong > 0) {
    verdict.outcome = Outcome::fail;
    verdict.reason = fmt::format("{} of {} elements wrong", comparison.wrong, elements);
    if (comparison.non_integers > 0)
      verdict.reason += fmt::format(", {} of them no multiple of {}", comparison.non_integers,
                                    known.limits->grid);
    for (const index_t at : comparison.first)
      judged.wrong.push_back(element_at(known, subject, used, at));
    verdict.first = judged.wrong.front();
    verdict.worst = element_at(known, subject, used, comparison.worst);
  } else if (auto why = too_little_evidence(known, used)) {
    verdict.outcome = Outcome::mistrusted;
    verdict.reason = std::move(*why);
  }
  return judged;
}

}  // namespace convict::oracle
