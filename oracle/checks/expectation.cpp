// SPDX-License-Identifier: Apache-2.0
#include "oracle/checks/expectation.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>

#include "oracle/truth/element_index.hpp"

namespace convict::oracle {
namespace {

/// 0 for a right element, else its error in units of the bound; infinite for NaN.
double excess(double subject, double expected, double bound) {
  const double error = std::fabs(subject - expected);
  if (!std::isfinite(error)) return std::numeric_limits<double>::infinity();
  if (error <= bound) return 0;
  return error / std::max(bound, std::numeric_limits<double>::min());
}

Element element_of(const Expectation& expectation, std::size_t at, double bound) {
  return {.index = element_index(expectation.trial, static_cast<index_t>(at)),
          .subject = expectation.subject[at],
          .truth = expectation.expected[at],
          .bound = bound};
}

void add_worst_ratio(Verdict& verdict, double error, double bound) {
  if (bound > 0 && error / bound > verdict.worst_ratio) verdict.worst_ratio = error / bound;
}

int severity(Outcome outcome) {
  constexpr std::array from_least = {Outcome::unsupported, Outcome::not_tried, Outcome::pass,
                                     Outcome::mistrusted,  Outcome::fail,      Outcome::hung,
                                     Outcome::crashed};
  for (std::size_t at = 0; at < from_least.size(); ++at)
    if (from_least[at] == outcome) return static_cast<int>(at);
  return 0;
}

}  // namespace

Verdict verdict_on(const Expectation& expectation) {
  Verdict verdict;
  verdict.layer = expectation.layer;
  double furthest = 0;
  bool all_zero = true;
  for (std::size_t at = 0; at < expectation.subject.size(); ++at) {
    if (!expectation.compared.empty() && expectation.compared[at] == 0) continue;
    ++verdict.elements;
    const double bound = expectation.bound.empty() ? 0 : expectation.bound[at];
    const double outside = excess(expectation.subject[at], expectation.expected[at], bound);
    add_worst_ratio(verdict, std::fabs(expectation.subject[at] - expectation.expected[at]), bound);
    all_zero = all_zero && expectation.expected[at] == 0;
    if (outside == 0) continue;
    if (++verdict.wrong == 1) verdict.first = element_of(expectation, at, bound);
    if (outside <= furthest) continue;
    furthest = outside;
    verdict.worst = element_of(expectation, at, bound);
  }
  if (verdict.wrong > 0) {
    verdict.outcome = Outcome::fail;
    verdict.reason = fmt::format("{}: {} of {} elements differ", expectation.says, verdict.wrong,
                                 verdict.elements);
  } else if (all_zero) {
    verdict.outcome = Outcome::mistrusted;
    verdict.reason = expectation.says + ": the compared elements are all zero, or there are none";
  }
  return verdict;
}

Verdict worse_of(Verdict a, Verdict b) {
  Verdict worse = severity(b.outcome) > severity(a.outcome) ? std::move(b) : std::move(a);
  return worse;
}

}  // namespace convict::oracle
