// SPDX-License-Identifier: Apache-2.0
#include "oracle/checks/trilinear_form.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "oracle/checks/expectation.hpp"
#include "oracle/judge/layers.hpp"

namespace convict::oracle {
namespace {

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

bool is_integer(double value) {
  return std::fabs(value) < 0x1p62 && value == std::nearbyint(value);
}

}  // namespace

double Product::value(bool integers) const {
  if (!integers) return real;
  return impossible ? nan_value : static_cast<double>(exact);
}

Product product_of(const std::vector<double>& values, const std::vector<double>& weights,
                   const std::vector<double>& bounds) {
  Product product;
  double magnitude = 0;
  for (std::size_t at = 0; at < values.size(); ++at) {
    if (is_integer(values[at]) && is_integer(weights[at]))
      product.exact +=
          static_cast<Product::wide>(values[at]) * static_cast<Product::wide>(weights[at]);
    else
      product.impossible = true;
    product.real += values[at] * weights[at];
    magnitude += std::fabs(values[at] * weights[at]);
    if (!bounds.empty()) product.bound += std::fabs(weights[at]) * bounds[at];
  }
  if (!bounds.empty()) product.bound += static_cast<double>(values.size()) * 0x1p-52 * magnitude;
  return product;
}

TrilinearForm::TrilinearForm(const Trial& trial, const sandbox::Subject& subject,
                             sandbox::Sandbox& sandbox, const Numbers& numbers)
    : trial_(trial), claims_(subject.kernel.claims), calls_(subject, sandbox), numbers_(numbers) {
  for (const Pass writes : all_passes)
    tensors[writes] = numbers(elements_of(trial.spec, writes), static_cast<std::uint64_t>(writes));
}

std::optional<Verdict> TrilinearForm::refused(Pass pass) { return calls_.refused(problem(pass)); }

Called TrilinearForm::call(Pass pass, const Tensors& operands) {
  return calls_(problem(pass), operands_for(pass, operands), trial_.recipe);
}

std::vector<double> TrilinearForm::bounds(Pass pass, const Tensors& operands) const {
  if (exact()) return {};
  return bounds_of(problem(pass), operands_for(pass, operands), claims_);
}

std::optional<Product> TrilinearForm::weighed(Pass pass, const Tensors& operands,
                                              const std::vector<double>& weights, Verdict& ended) {
  const Called called = call(pass, operands);
  if (called.verdict) {
    ended = *called.verdict;
    return std::nullopt;
  }
  const Product product = product_of(called.values, weights, bounds(pass, operands));
  if (!exact() || !product.impossible) return product;
  ended = no_integer(pass, called.values);
  return std::nullopt;
}

Verdict TrilinearForm::no_integer(Pass pass, const std::vector<double>& values) const {
  std::vector<double> nearest = values;
  for (double& value : nearest)
    if (!is_integer(value)) value = std::fabs(value) < 0x1p52 ? std::nearbyint(value) : nan_value;
  Trial other = trial_;
  other.pass = pass;
  return verdict_on(
      {.trial = other,
       .layer = gradient_layer,
       .says = fmt::format("integer operands give integer results in {}", name_of(pass)),
       .subject = values,
       .expected = nearest});
}

}  // namespace convict::oracle
