#include "oracle/checks/gradients.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/half.hpp"
#include "oracle/checks/calls.hpp"
#include "oracle/checks/demand.hpp"
#include "oracle/checks/numbers.hpp"

namespace convict::oracle {
namespace {

constexpr std::string_view layer = "gradient";
constexpr index_t most_coordinates = 256;
constexpr index_t most_flops = 8'000'000;  ///< of the calls for all coordinates together
constexpr std::uint64_t directions = 6;

/// A sum of products that knows what it may be off. Integers are added up in 128 bits.
struct Product {
  __extension__ using wide = __int128;
  wide exact = 0;
  double real = 0;
  double bound = 0;
  bool impossible = false;  ///< exact: a factor was no integer of 63 bits

  double value(bool integers) const {
    if (impossible) return std::numeric_limits<double>::quiet_NaN();
    return integers ? static_cast<double>(exact) : real;
  }
};

bool is_integer(double value) {
  return std::fabs(value) < 0x1p62 && value == std::nearbyint(value);
}

/// <values, weights>. Results on the grid of alpha = 1 are integers.
Product product_of(const std::vector<double>& values, const std::vector<double>& weights,
                   const std::vector<double>& bounds) {
  Product product;
  for (std::size_t at = 0; at < values.size(); ++at) {
    if (is_integer(values[at]) && is_integer(weights[at]))
      product.exact +=
          static_cast<Product::wide>(values[at]) * static_cast<Product::wide>(weights[at]);
    else
      product.impossible = true;
    product.real += values[at] * weights[at];
    if (!bounds.empty()) product.bound += std::fabs(weights[at]) * bounds[at];
  }
  return product;
}

/// Sums of n real products in double err by n u of their absolute values at most (Higham, section
/// 3.1); u is taken twice.
double summation_error(const std::vector<double>& values, const std::vector<double>& weights) {
  double magnitude = 0;
  for (std::size_t at = 0; at < values.size(); ++at)
    magnitude += std::fabs(values[at] * weights[at]);
  return static_cast<double>(values.size()) * 0x1p-52 * magnitude;
}

/// One tensor of each kind for a trial, and the subject's passes on them.
class Form {
 public:
  Form(const Trial& trial, const Subject& subject, Custody& custody, const Numbers& numbers)
      : trial_(trial), claims_(subject.row.claims), calls_(subject, custody), numbers_(numbers) {
    for (const Pass writes : all_passes)
      tensors[writes] =
          numbers(elements_of(trial.spec, writes), static_cast<std::uint64_t>(writes));
  }

  Tensors tensors;

  bool exact() const { return numbers_.exact; }
  std::optional<Verdict> refused(Pass pass) {
    return calls_.refused(posed(trial_, trial_.spec, pass));
  }
  Called call(Pass pass, const Tensors& operands) {
    return calls_(posed(trial_, trial_.spec, pass), operands_for(pass, operands),
                  trial_.recipe.align);
  }
  std::vector<double> bounds(Pass pass, const Tensors& operands) const {
    if (exact()) return {};
    return bounds_of(posed(trial_, trial_.spec, pass), operands_for(pass, operands), claims_);
  }
  /// <pass(operands), weights> with what it may be off; nothing when the call ended the check.
  std::optional<Product> weighed(Pass pass, const Tensors& operands,
                                 const std::vector<double>& weights, Verdict& ended) {
    const Called called = call(pass, operands);
    if (called.verdict) {
      ended = *called.verdict;
      return std::nullopt;
    }
    Product product = product_of(called.values, weights, bounds(pass, operands));
    if (exact()) {
      if (product.impossible) ended = no_integer(pass, called.values);
      if (product.impossible) return std::nullopt;
    } else {
      product.impossible = false;
      product.bound += summation_error(called.values, weights);
    }
    return product;
  }
  const Trial& trial() const { return trial_; }
  const Numbers& numbers() const { return numbers_; }

 private:
  Verdict no_integer(Pass pass, const std::vector<double>& values) const {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    std::vector<double> nearest = values;
    for (double& value : nearest)
      if (!is_integer(value)) value = std::fabs(value) < 0x1p52 ? std::nearbyint(value) : none;
    Trial other = trial_;
    other.pass = pass;
    return verdict_on({.trial = other,
                       .layer = layer,
                       .says = fmt::format("integers make integers in {}", name_of(pass)),
                       .subject = values,
                       .demanded = nearest});
  }

  const Trial& trial_;
  const Claims& claims_;
  Calls calls_;
  const Numbers& numbers_;
};

/// A pass, and the one that gives the derivative of <pass(...), v> with respect to an operand: the
/// one that writes this operand's tensor, with v where the first pass's result was.
struct Derivative {
  Pass of;
  Pass by;
};

std::string words(const Derivative& d) {
  return fmt::format("{} is the derivative of {} with respect to the {}", name_of(d.by),
                     name_of(d.of), tensor_name(d.by));
}

/// <of(... + step) - of(...), v> for one step.
class Differences {
 public:
  Differences(Form& form, const Derivative& d)
      : form_(form), d_(d), v_(form.tensors[d.of]), here_(form.tensors), exact_(form.exact()) {}

  /// Exact data: step 1 from here. Real data: central, half a step either way.
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
  Form& form_;
  Derivative d_;
  std::vector<double> v_;
  Tensors here_;
  bool exact_;
  std::optional<Product> start_;
};

/// Every coordinate of a small gradient.
Verdict by_coordinates(Form& form, const Derivative& d, const std::vector<double>& gradient) {
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
                     .layer = layer,
                     .says = words(d),
                     .subject = gradient,
                     .demanded = derivative});
}

/// Random directions: one number each.
Verdict by_directions(Form& form, const Derivative& d, const std::vector<double>& gradient) {
  Differences differences(form, d);
  const std::vector<double> bounds = form.bounds(d.by, form.tensors);
  Verdict verdict;
  verdict.layer = layer;
  for (std::uint64_t i = 0; i < directions; ++i) {
    const auto direction = form.numbers().signs(static_cast<index_t>(gradient.size()), 100 + i);
    Verdict ended;
    const auto slope = differences.along(direction, ended);
    if (!slope) return ended;
    Product claimed = product_of(gradient, direction, bounds);
    if (!form.exact()) claimed.impossible = false;
    const double bound =
        form.exact() ? 0 : claimed.bound + slope->bound + summation_error(gradient, direction);
    const Element element{.index = {static_cast<index_t>(i)},
                          .subject = claimed.value(form.exact()),
                          .truth = slope->value(form.exact()),
                          .bound = bound};
    ++verdict.elements;
    const double error = std::fabs(element.subject - element.truth);
    if (bound > 0) verdict.worst_ratio = std::max(verdict.worst_ratio, error / bound);
    if (error <= bound) continue;
    verdict.outcome = Outcome::fail;
    if (++verdict.wrong == 1) verdict.first = element;
    verdict.worst = element;
  }
  if (verdict.wrong > 0)
    verdict.reason = fmt::format("{}: {} of {} random directions differ", words(d), verdict.wrong,
                                 verdict.elements);
  return verdict;
}

Verdict judge_derivative(Form& form, const Derivative& d) {
  for (const Pass pass : {d.of, d.by})
    if (auto verdict = form.refused(pass)) return *verdict;
  const Called gradient = form.call(d.by, form.tensors);
  if (gradient.verdict) return *gradient.verdict;
  const auto coordinates = static_cast<index_t>(gradient.values.size());
  const bool few =
      coordinates <= most_coordinates && coordinates * flops(form.trial().spec) <= most_flops;
  return few && form.exact() ? by_coordinates(form, d, gradient.values)
                             : by_directions(form, d, gradient.values);
}

std::optional<Numbers> numbers_of(const Trial& trial, const Subject& subject,
                                  std::string& why_not) {
  return numbers_for(trial, subject.row.claims, all_passes, spare_bits_for_sums, why_not);
}

/// All derivatives of a list in which the trial's pass takes part.
Verdict judge_derivatives(const Trial& trial, const Subject& subject, Custody& custody,
                          std::span<const Derivative> list) {
  std::string why_not;
  const auto numbers = numbers_of(trial, subject, why_not);
  if (!numbers) return unsupported(layer, why_not);
  Form form(trial, subject, custody, *numbers);
  std::optional<Verdict> verdict;
  for (const Derivative& d : list) {
    if (d.of != trial.pass && d.by != trial.pass) continue;
    Verdict next = judge_derivative(form, d);
    verdict = verdict ? worse_of(std::move(*verdict), std::move(next)) : std::move(next);
    if (is_finding(verdict->outcome)) break;
  }
  return verdict ? *verdict : unsupported(layer, "no derivative has this pass in it");
}

}  // namespace

Verdict finite_differences(const Trial& trial, const Subject& subject, Custody& custody, Cases&) {
  constexpr std::array list = {Derivative{Pass::forward, Pass::grad_input},
                               Derivative{Pass::forward, Pass::grad_weights}};
  return judge_derivatives(trial, subject, custody, list);
}

Verdict second_order(const Trial& trial, const Subject& subject, Custody& custody, Cases&) {
  constexpr std::array list = {Derivative{Pass::grad_input, Pass::forward},
                               Derivative{Pass::grad_input, Pass::grad_weights},
                               Derivative{Pass::grad_weights, Pass::forward},
                               Derivative{Pass::grad_weights, Pass::grad_input}};
  return judge_derivatives(trial, subject, custody, list);
}

Verdict adjoint(const Trial& trial, const Subject& subject, Custody& custody, Cases&) {
  std::string why_not;
  const auto numbers = numbers_of(trial, subject, why_not);
  if (!numbers) return unsupported(layer, why_not);
  Form form(trial, subject, custody, *numbers);
  std::vector<std::pair<Pass, Product>> products;
  std::optional<Verdict> refused;
  for (const Pass pass : all_passes) {
    if (auto verdict = form.refused(pass)) {
      if (is_finding(verdict->outcome)) return *verdict;
      refused = std::move(verdict);
      continue;
    }
    Verdict ended;
    const auto product = form.weighed(pass, form.tensors, form.tensors[pass], ended);
    if (!product) return ended;
    products.emplace_back(pass, *product);
  }
  if (products.size() < 2)
    return unsupported(layer, fmt::format("offers no two passes of this problem: {}",
                                          refused ? refused->reason : ""));
  Verdict verdict;
  verdict.layer = layer;
  const auto& [first_pass, first] = products.front();
  for (const auto& [pass, product] : std::span(products).subspan(1)) {
    const double bound = form.exact() ? 0 : first.bound + product.bound;
    const Element element{.index = {},
                          .subject = product.value(form.exact()),
                          .truth = first.value(form.exact()),
                          .bound = bound};
    const double error = std::fabs(element.subject - element.truth);
    ++verdict.elements;
    if (bound > 0) verdict.worst_ratio = std::max(verdict.worst_ratio, error / bound);
    const bool agree = form.exact() ? product.exact == first.exact : error <= bound;
    if (agree) continue;
    verdict.outcome = Outcome::fail;
    verdict.worst = element;
    if (++verdict.wrong == 1) verdict.first = element;
    verdict.reason =
        fmt::format("adjoint identity: with the {} {} gives {:.17g}, with the {} {} gives {:.17g}",
                    tensor_name(first_pass), name_of(first_pass), element.truth, tensor_name(pass),
                    name_of(pass), element.subject);
  }
  return verdict;
}

}  // namespace convict::oracle
