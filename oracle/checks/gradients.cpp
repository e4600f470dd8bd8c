// SPDX-License-Identifier: Apache-2.0
#include "oracle/checks/gradients.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "oracle/checks/expectation.hpp"
#include "oracle/checks/trilinear_form.hpp"
#include "oracle/judge/layers.hpp"

namespace convict::oracle {
namespace {

constexpr index_t most_coordinates = 256;
constexpr index_t most_coordinate_flops = 2'000'000;  ///< of the calls for all coordinates together
constexpr std::uint64_t directions = 6;

/// `by` computes the derivative of <of(...), v> with respect to the operand whose tensor `by`
/// writes; v takes the place of the result of `of`.
struct Derivative {
  Pass of;
  Pass by;
};

std::string words(const Derivative& d) {
  return fmt::format("{} is the derivative of {} with respect to the {}", name_of(d.by),
                     name_of(d.of), tensor_name(d.by));
}

/// Computes the difference of <of(...), v> along a direction of the operand that `by` writes.
class Differences {
 public:
  Differences(TrilinearForm& form, const Derivative& d)
      : form_(form), d_(d), v_(form.tensors[d.of]), here_(form.tensors), exact_(form.exact()) {}

  /// Exact data: forward difference with step 1. Real data: central difference with steps of
  /// `reach`. Nothing, and `ended`, when a call ended the check.
  std::optional<Product> along(const std::vector<double>& direction, Verdict& ended) {
    Tensors ahead = here_;
    Tensors behind = here_;
    for (std::size_t at = 0; at < direction.size(); ++at) {
      ahead[d_.by][at] += direction[at] * (exact_ ? 1 : reach);
      if (!exact_) behind[d_.by][at] -= direction[at] * reach;
    }
    auto forwards = form_.weighed(d_.of, ahead, v_, ended);
    if (!forwards) return std::nullopt;
    if (!exact_ || !start_) start_ = form_.weighed(d_.of, behind, v_, ended);
    if (!start_) return std::nullopt;
    forwards->exact -= start_->exact;
    forwards->real = (forwards->real - start_->real) / (2 * reach);
    forwards->bound = (forwards->bound + start_->bound) / (2 * reach);
    return forwards;
  }

 private:
  static constexpr double reach = 0.25;
  TrilinearForm& form_;
  Derivative d_;
  std::vector<double> v_;
  Tensors here_;
  bool exact_;
  std::optional<Product> start_;
};

/// Adds one comparison to a verdict. Exact values are compared as integers, not as doubles.
void compare(Verdict& verdict, std::vector<index_t> index, const Product& subject,
             const Product& expected, bool exact) {
  const Element element{.index = std::move(index),
                        .subject = subject.value(exact),
                        .truth = expected.value(exact),
                        .bound = exact ? 0 : subject.bound + expected.bound};
  ++verdict.elements;
  const double error = std::fabs(element.subject - element.truth);
  if (element.bound > 0) verdict.worst_ratio = std::max(verdict.worst_ratio, error / element.bound);
  const bool numbers = !subject.impossible && !expected.impossible;
  if (exact ? numbers && subject.exact == expected.exact : error <= element.bound) return;
  verdict.outcome = Outcome::fail;
  if (++verdict.wrong == 1) verdict.first = element;
  verdict.worst = element;
}

/// Compares every coordinate of a small gradient with a difference.
Verdict by_coordinates(TrilinearForm& form, const Derivative& d,
                       const std::vector<double>& gradient) {
  Differences differences(form, d);
  std::vector<double> derivative(gradient.size());
  std::vector<double> unit(gradient.size(), 0.0);
  Verdict ended;
  for (std::size_t at = 0; at < gradient.size(); ++at) {
    unit[at] = 1;
    const auto slope = differences.along(unit, ended);
    if (!slope) return ended;
    derivative[at] = slope->value(true);
    unit[at] = 0;
  }
  Trial other = form.trial();
  other.pass = d.by;
  return verdict_on({.trial = other,
                     .layer = gradient_layer,
                     .says = words(d),
                     .subject = gradient,
                     .expected = derivative});
}

/// Compares the gradient with differences along random directions, one number each.
Verdict by_directions(TrilinearForm& form, const Derivative& d,
                      const std::vector<double>& gradient) {
  Differences differences(form, d);
  const std::vector<double> bounds = form.bounds(d.by, form.tensors);
  Verdict verdict;
  verdict.layer = gradient_layer;
  for (std::uint64_t i = 0; i < directions; ++i) {
    const auto direction = form.numbers().signs(static_cast<index_t>(gradient.size()), 100 + i);
    Verdict ended;
    const auto slope = differences.along(direction, ended);
    if (!slope) return ended;
    const Product claimed = product_of(gradient, direction, bounds);
    compare(verdict, {static_cast<index_t>(i)}, claimed, *slope, form.exact());
  }
  if (verdict.wrong > 0)
    verdict.reason = fmt::format("{}: {} of {} random directions differ", words(d), verdict.wrong,
                                 verdict.elements);
  return verdict;
}

Verdict judge_derivative(TrilinearForm& form, const Derivative& d) {
  for (const Pass pass : {d.of, d.by})
    if (auto verdict = form.refused(pass)) return *verdict;
  const Called gradient = form.call(d.by, form.tensors);
  if (gradient.verdict) return *gradient.verdict;
  const auto coordinates = static_cast<index_t>(gradient.values.size());
  const bool few = coordinates <= most_coordinates &&
                   coordinates * flops(form.trial().spec) <= most_coordinate_flops;
  return few && form.exact() ? by_coordinates(form, d, gradient.values)
                             : by_directions(form, d, gradient.values);
}

std::optional<Numbers> numbers_of(const Trial& trial, const sandbox::Subject& subject,
                                  std::string& why_not) {
  return numbers_for(trial, subject.kernel.claims, all_passes, spare_bits_for_sums, why_not);
}

/// Checks those derivatives of a list that involve the trial's pass.
Verdict judge_derivatives(const Trial& trial, const sandbox::Subject& subject,
                          sandbox::Sandbox& sandbox, std::span<const Derivative> list) {
  std::string why_not;
  const auto numbers = numbers_of(trial, subject, why_not);
  if (!numbers) return unsupported(gradient_layer, why_not);
  TrilinearForm form(trial, subject, sandbox, *numbers);
  std::optional<Verdict> verdict;
  for (const Derivative& d : list) {
    if (d.of != trial.pass && d.by != trial.pass) continue;
    Verdict next = judge_derivative(form, d);
    verdict = verdict ? worse_of(std::move(*verdict), std::move(next)) : std::move(next);
    if (is_finding(verdict->outcome)) break;
  }
  return verdict ? *verdict : unsupported(gradient_layer, "no derivative involves this pass");
}

/// The value of the trilinear form computed through one pass.
struct Value {
  Pass pass;
  Product product;
};

Verdict all_equal(const std::vector<Value>& values, bool exact) {
  Verdict verdict;
  verdict.layer = gradient_layer;
  const auto& [first_pass, first] = values.front();
  for (const auto& [pass, product] : std::span(values).subspan(1)) {
    const index_t wrong = verdict.wrong;
    compare(verdict, {}, product, first, exact);
    if (verdict.wrong == wrong) continue;
    verdict.reason =
        fmt::format("adjoint identity: {} gives {:.17g}, {} gives {:.17g}", name_of(first_pass),
                    first.value(exact), name_of(pass), product.value(exact));
  }
  return verdict;
}

}  // namespace

Verdict finite_differences(const Trial& trial, const sandbox::Subject& subject,
                           sandbox::Sandbox& sandbox, Cases&) {
  constexpr std::array list = {Derivative{Pass::forward, Pass::grad_input},
                               Derivative{Pass::forward, Pass::grad_weights}};
  return judge_derivatives(trial, subject, sandbox, list);
}

Verdict second_order(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                     Cases&) {
  constexpr std::array list = {Derivative{Pass::grad_input, Pass::forward},
                               Derivative{Pass::grad_input, Pass::grad_weights},
                               Derivative{Pass::grad_weights, Pass::forward},
                               Derivative{Pass::grad_weights, Pass::grad_input}};
  return judge_derivatives(trial, subject, sandbox, list);
}

Verdict adjoint(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                Cases&) {
  std::string why_not;
  const auto numbers = numbers_of(trial, subject, why_not);
  if (!numbers) return unsupported(gradient_layer, why_not);
  TrilinearForm form(trial, subject, sandbox, *numbers);
  std::vector<Value> values;
  std::string refusal;
  for (const Pass pass : all_passes) {
    if (auto verdict = form.refused(pass)) {
      if (is_finding(verdict->outcome)) return *verdict;
      refusal = verdict->reason;
      continue;
    }
    Verdict ended;
    const auto product = form.weighed(pass, form.tensors, form.tensors[pass], ended);
    if (!product) return ended;
    values.push_back({pass, *product});
  }
  if (values.size() < 2)
    return unsupported(gradient_layer, "takes this problem in fewer than two passes: " + refusal);
  return all_equal(values, form.exact());
}

}  // namespace convict::oracle
