// SPDX-License-Identifier: Apache-2.0
#include "oracle/judge/judge_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/half.hpp"
#include "datasets/random.hpp"
#include "oracle/judge/layers.hpp"
#include "oracle/localise/known_answers.hpp"
#include "oracle/localise/localise.hpp"
#include "oracle/projection/projection.hpp"
#include "oracle/truth/compare.hpp"
#include "oracle/truth/element_index.hpp"
#include "reference/product_counts.hpp"

namespace convict::oracle {
namespace {

/// Stored bytes as elements of T.
template <class T>
std::span<const T> elements(std::span<const std::byte> stored) {
  return {reinterpret_cast<const T*>(stored.data()), stored.size() / sizeof(T)};
}

/// The result as doubles; if the truth is a sample, only the sampled elements.
std::vector<double> decoded(const Case& known, std::span<const std::byte> result) {
  return with_storage_type(known.trial.precision, [&](auto type) {
    const auto stored = elements<decltype(type)>(result);
    const bool sampled = known.truth_by == TruthBy::sample;
    std::vector<double> values(sampled ? known.sample.size() : stored.size());
    for (std::size_t at = 0; at < values.size(); ++at)
      values[at] =
          static_cast<double>(stored[sampled ? static_cast<std::size_t>(known.sample[at]) : at]);
    return values;
  });
}

/// Compares results with a truth that is stored as arrays, and makes the verdicts.
class TruthComparison {
 public:
  TruthComparison(const Case& known, const Claims& claims, const reference::Truth& truth)
      : known_(known),
        truth_(truth),
        claims_(claims),
        exact_(known.fill->exact && datasets::can_be_exact(claims)),
        bound_(exact_ ? std::nullopt : std::optional(bound_for(known, claims))) {}

  ValueVerdict of(std::span<const double> subject) const {
    const FloatFormat format = format_of(storage_of(known_.trial.precision));
    const Comparison found = exact_ ? compare_exactly(subject, truth_, format, known_.limits->grid)
                                    : compare_within(subject, truth_, *bound_);
    ValueVerdict judged;
    Verdict& verdict = judged.verdict;
    verdict.layer = exact_ ? exact_layer : bound_layer;
    verdict.elements = static_cast<index_t>(subject.size());
    verdict.wrong = found.wrong;
    verdict.worst_ratio = found.worst_ratio;
    verdict.zeros_pass = found.zeros_share();
    verdict.fingerprint.error = found.worst_relative / unit_roundoff(known_.trial.precision);
    if (found.wrong > 0) {
      set_failure(judged, subject, found);
    } else if (auto why = too_little_evidence(found)) {
      verdict.outcome = Outcome::mistrusted;
      verdict.reason = std::move(*why);
    } else {
      verdict.note = statistical_note(found);
    }
    return judged;
  }

 private:
  void set_failure(ValueVerdict& judged, std::span<const double> subject,
                   const Comparison& found) const {
    Verdict& verdict = judged.verdict;
    verdict.outcome = Outcome::fail;
    verdict.reason = fmt::format("{} of {} elements wrong", found.wrong, subject.size());
    if (found.non_integers > 0)
      verdict.reason += fmt::format(", {} of them no multiple of {} (every exact result is one)",
                                    found.non_integers, known_.limits->grid);
    for (const index_t at : found.first) judged.wrong.push_back(element(subject, at));
    verdict.first = judged.wrong.front();
    verdict.worst = element(subject, found.worst);
    for (const Comparison::Outlier& outlier : found.furthest)
      judged.worst.push_back(element(subject, outlier.at));
    name_elements(judged, found);
    if (known_.truth_by != TruthBy::sample) name_answer(judged.verdict, subject, found);
  }

  /// Adds the known mistake that gives this result, if there is one, to the pattern.
  void name_answer(Verdict& verdict, std::span<const double> subject,
                   const Comparison& found) const {
    double tolerance = 0;
    for (std::size_t at = 0; !exact_ && at < subject.size(); ++at)
      if (const double bound = bound_at(truth_, *bound_, at); std::isfinite(bound))
        tolerance = std::max(tolerance, bound);
    const std::string answer = known_answer({.known = known_,
                                             .truth = truth_,
                                             .subject = subject,
                                             .wrong = found.first,
                                             .tolerance = tolerance});
    if (answer.empty()) return;
    verdict.pattern += (verdict.pattern.empty() ? "" : "; ") + answer;
  }

  /// Lists the wrong elements and describes their pattern. A sample has no pattern: the elements
  /// between the sampled ones are unknown.
  void name_elements(ValueVerdict& judged, const Comparison& found) const {
    const bool sampled = known_.truth_by == TruthBy::sample;
    judged.wrong_elements = found.wrong_elements;
    judged.complete = !sampled && found.wrong == std::ssize(found.wrong_elements);
    if (sampled) {
      for (index_t& at : judged.wrong_elements) at = known_.sample[static_cast<std::size_t>(at)];
    } else {
      judged.verdict.pattern = found.wrong == judged.verdict.elements
                                   ? "every element"
                                   : localise(known_.trial, judged.wrong_elements, judged.complete);
    }
  }

  Element element(std::span<const double> subject, index_t at) const {
    const auto i = static_cast<std::size_t>(at);
    const index_t number = known_.truth_by == TruthBy::sample ? known_.sample[i] : at;
    return {.index = element_index(known_.trial, number),
            .subject = subject[i],
            .truth = truth_.value[i],
            .bound = exact_ ? 0 : bound_at(truth_, *bound_, i)};
  }

  /// Why a pass on this case is not to be trusted, or nothing.
  std::optional<std::string> too_little_evidence(const Comparison& found) const {
    const double alpha = known_.trial.recipe.alpha;
    const bool products = std::ranges::any_of(truth_.products, [](index_t n) { return n > 0; });
    const bool zero = std::ranges::all_of(truth_.value, [](double v) { return v == 0; });
    if (products && zero && alpha != 0 && !truth_.value.empty())
      return "the right result is zero everywhere";
    if (exact_) return std::nullopt;
    if (std::isinf(found.widest))
      return has_bound(claims_)
                 ? fmt::format("its claims ({}) bound no error here: any finite result would pass",
                               widening_claims(claims_))
                 : fmt::format(
                       "no bound is known for the arithmetic it claims ({}): any finite "
                       "result would pass",
                       widening_claims(claims_));
    if (bound_->factors_overflow())
      return "alpha, beta or a product with alpha is infinite in the accumulator: NaN would be "
             "right";
    if (found.lost > 0 && found.lost == static_cast<index_t>(truth_.value.size()))
      return "non-finite or huge operands reach every element through the transform";
    if (2 * found.zeros_pass > found.telling)
      return "an answer of zeros would be within the bound of most elements";
    if (found.telling > 0 && found.doubled_pass == found.telling)
      return "twice the right answer would be right everywhere";
    if (2 * found.moved_pass > found.differing)
      return "an answer moved by one element would be within the bound of most elements";
    const double product = smallest_product();
    if (product > 0 && found.widest >= product)
      return fmt::format(
                 "the bound ({:.3g}) is wider than one product ({:.3g}): a missing product "
                 "could pass",
                 found.widest, product) +
             growth(found);
    return std::nullopt;
  }

  double smallest_product() const {
    return known_.fill->smallest_product * std::fabs(known_.trial.recipe.alpha);
  }

  /// A remark on a pass that only the statistical bound allows: the worst case is wider than one
  /// product. Else empty.
  std::string statistical_note(const Comparison& found) const {
    if (exact_ || found.widest_at < 0 || smallest_product() == 0) return "";
    const double worst = bound_->worst_case(
        element_size(truth_, *bound_, static_cast<std::size_t>(found.widest_at)));
    if (worst < smallest_product()) return "";
    return fmt::format(
               "statistical bound of {:.2g}, where one product is {:.2g} and the worst case "
               "{:.2g}: a "
               "right kernel exceeds it with a probability of {:.0g} at most",
               found.widest, smallest_product(), worst, Bound::false_alarm) +
           growth(found);
  }

  /// How far the errors of long sums have grown, in words that begin with "; ", or nothing.
  std::string growth(const Comparison& found) const {
    constexpr index_t long_sum = 4096;
    constexpr double loses_digits = 50;
    if (exact_ || found.widest_at < 0) return "";
    const Rounding& rounding = bound_->rounding();
    // Rounding operands or results to a narrower format would hide them.
    if (rounding.u_out > 0 || rounding.input_growth > 1) return "";
    const auto at = static_cast<std::size_t>(found.widest_at);
    const index_t products = truth_.products[at % truth_.products.size()];
    const double error = std::sqrt(
        found.squares / static_cast<double>(std::max<std::size_t>(truth_.value.size(), 1)));
    const double size = rms(truth_.value);
    const double units = error / size / rounding.u_acc;
    if (products < long_sum || !(units > loses_digits)) return "";
    return fmt::format(
        "; the errors of these sums of {} products are {:.2g} of the result ({:.0f} units of "
        "roundoff), as of one long chain of additions",
        products, error / size, units);
  }

  static double rms(const std::vector<double>& values) {
    double squares = 0;
    for (const double value : values)
      if (std::isfinite(value)) squares += value * value;
    return std::sqrt(squares / static_cast<double>(std::max<std::size_t>(values.size(), 1)));
  }

  const Case& known_;
  const reference::Truth& truth_;
  const Claims& claims_;
  bool exact_;
  std::optional<Bound> bound_;  ///< unless exact
};

/// The pattern of the positions at which a projection failed, described like the elements of one
/// image and channel. Empty for grouped filters, whose positions are in no tensor's order.
std::string pattern_of(const Trial& trial, const Projection& found) {
  const bool grouped_filters = trial.pass == Pass::grad_weights && trial.spec.groups > 1;
  if (grouped_filters || found.failed_count < 2) return "";
  if (found.failed_count == found.positions) return "every position";
  Trial plane = trial;
  plane.spec.batch = plane.spec.in_channels = plane.spec.out_channels = plane.spec.groups = 1;
  const bool complete = found.failed_count == std::ssize(found.failed);
  return "in " + localise(plane, found.failed, complete);
}

/// The verdict on a result that failed its projection. All wrong elements are found by comparison
/// with the truth if that takes less than 2 s, else those at the first 16 failed positions.
template <class T>
ValueVerdict name_wrong_elements(const Case& known, const Claims& claims,
                                 const ExactQuestion<T>& question, std::span<const T> result,
                                 const Projection& found) {
  constexpr double affordable_s = 2;
  if (definition_time_s(known.trial, *known.fill) < affordable_s) {
    const reference::Truth truth = truth_of(known);
    const std::vector<double> subject(result.begin(), result.end());
    return TruthComparison(known, claims, truth).of(subject);
  }
  constexpr std::size_t positions_kept = 16;
  ValueVerdict judged;
  Verdict& verdict = judged.verdict;
  verdict.outcome = Outcome::fail;
  verdict.layer = exact_layer;
  verdict.elements = static_cast<index_t>(result.size());
  for (std::size_t i = 0; i < std::min(found.failed.size(), positions_kept); ++i)
    for (const WrongElement& wrong : locate(question, result, *known.limits, found.failed[i]))
      judged.wrong.push_back({.index = element_index(known.trial, wrong.at),
                              .subject = wrong.subject,
                              .truth = wrong.truth,
                              .bound = 0});
  verdict.wrong = static_cast<index_t>(judged.wrong.size());
  verdict.reason = fmt::format("{} of {} positions wrong, at least {} elements", found.failed_count,
                               found.positions, verdict.wrong);
  verdict.pattern = pattern_of(known.trial, found);
  if (judged.wrong.empty()) return judged;
  verdict.first = judged.wrong.front();
  verdict.worst = *std::ranges::max_element(judged.wrong, {}, [](const Element& element) {
    const double error = std::fabs(element.subject - element.truth);
    return std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
  });
  judged.wrong.resize(std::min(judged.wrong.size(), Comparison::first_kept));
  return judged;
}

bool any_product(const Trial& trial) {
  return std::ranges::any_of(reference::product_counts(trial.spec, trial.pass),
                             [](index_t count) { return count > 0; });
}

template <class T>
ValueVerdict projected(const Case& known, const Claims& claims, const StoredTensors& tensors) {
  const Trial& trial = known.trial;
  const ExactQuestion<T> question{.spec = trial.spec,
                                  .pass = trial.pass,
                                  .input = elements<T>(tensors.input),
                                  .filters = elements<T>(tensors.filters),
                                  .output = elements<T>(tensors.output),
                                  .alpha = trial.recipe.alpha,
                                  .beta = trial.recipe.beta,
                                  .old_result = elements<T>(tensors.old_result)};
  const auto result = elements<T>(tensors.result);
  constexpr std::uint64_t weights = 0x9e0;  // makes the seed differ from the operands'
  const Projection found = project(question, result, *known.limits,
                                   datasets::scramble(trial.recipe.seed + weights), known.threads);
  if (found.failed_count > 0) return name_wrong_elements(known, claims, question, result, found);
  ValueVerdict judged;
  judged.verdict.layer = exact_layer;
  judged.verdict.elements = static_cast<index_t>(result.size());
  judged.verdict.note = fmt::format(
      "verified by projection at {} positions, which misses a fault with probability "
      "{:.1g} at most",
      found.positions, found.miss_probability);
  const bool zero = std::ranges::all_of(result, [](T value) { return value == 0; });
  if (zero && trial.recipe.alpha != 0 && any_product(trial)) {
    judged.verdict.outcome = Outcome::mistrusted;
    judged.verdict.reason = "the right result is zero everywhere";
  }
  return judged;
}

/// Puts a remark before the others on a verdict.
void add_note(Verdict& verdict, const std::string& note) {
  verdict.note = verdict.note.empty() ? note : note + "; " + verdict.note;
}

std::string sample_note(const Case& known, std::size_t elements) {
  const auto sampled = static_cast<double>(known.sample.size());
  // (1 - f)^sampled = 5 %
  const double tensors = 1 - std::pow(0.05, 1 / std::max(sampled, 1.0));
  return fmt::format(
      "{} of {} elements compared: a fault in fewer than {:.2g} % of them, away from "
      "corners, edges and tile ends, may be missed",
      known.sample.size(), elements, 100 * tensors);
}

}  // namespace

ValueVerdict judge_values(const Case& known, const Claims& claims, const StoredTensors& tensors) {
  if (known.truth_by == TruthBy::projection)
    return storage_of(known.trial.precision) == Precision::f64
               ? projected<double>(known, claims, tensors)
               : projected<float>(known, claims, tensors);
  ValueVerdict judged =
      TruthComparison(known, claims, known.truth).of(decoded(known, tensors.result));
  if (known.truth_by == TruthBy::gemm)
    add_note(judged.verdict, "truth by an f64 GEMM, verified by projection");
  if (known.truth_by == TruthBy::sample)
    add_note(judged.verdict,
             sample_note(known, tensors.result.size() /
                                    static_cast<std::size_t>(bytes_of(known.trial.precision))));
  return judged;
}

ValueVerdict judge_values(const Case& known, const Claims& claims,
                          std::span<const std::byte> result) {
  if (known.truth_by != TruthBy::projection)
    return judge_values(known, claims, StoredTensors{.result = result});
  const auto operand = [&](const std::vector<double>& values) {
    return as_stored(values, known.trial.precision);
  };
  const auto input = operand(known.operands.input);
  const auto filters = operand(known.operands.filters);
  const auto output = operand(known.operands.output);
  const auto old_result = operand(known.operands.old_result);
  return judge_values(known, claims,
                      StoredTensors{.result = result,
                                    .input = input,
                                    .filters = filters,
                                    .output = output,
                                    .old_result = old_result});
}

std::vector<std::byte> as_stored(std::span<const double> values, Precision precision) {
  return with_storage_type(precision, [&](auto type) {
    using T = decltype(type);
    std::vector<std::byte> stored(values.size() * sizeof(T));
    for (std::size_t i = 0; i < values.size(); ++i)
      reinterpret_cast<T*>(stored.data())[i] = static_cast<T>(values[i]);
    return stored;
  });
}

}  // namespace convict::oracle
