// SPDX-License-Identifier: Apache-2.0
#include "oracle/bounds/bounds.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "oracle/bounds/cook_toom.hpp"

namespace convict::oracle {
namespace {

/// The probability that the probabilistic bound of some element of a right result is exceeded.
constexpr double delta = 1e-6;

}  // namespace

bool has_bound(const Claims& claims) {
  const Arithmetic& arithmetic = claims.arithmetic;
  return arithmetic.kind != Arithmetic::Class::winograd ||
         has_cook_toom(arithmetic.tile, arithmetic.taps);
}

std::string widening_claims(const Claims& claims) {
  std::vector<std::string> words;
  const Arithmetic& arithmetic = claims.arithmetic;
  if (arithmetic.kind == Arithmetic::Class::winograd)
    words.push_back(fmt::format("Winograd F({},{})", arithmetic.tile, arithmetic.taps));
  if (arithmetic.kind == Arithmetic::Class::fft) words.emplace_back("FFT");
  if (claims.accumulator) words.push_back(fmt::format("sums in {}", name_of(*claims.accumulator)));
  if (claims.input_rounding)
    words.push_back(fmt::format("inputs rounded to {}", name_of(*claims.input_rounding)));
  if (claims.truncating_adds) words.emplace_back("truncating adds");
  return fmt::format("{}", fmt::join(words, ", "));
}

Bound::Bound(Precision precision, const Claims& claims, const Data& data)
    : rounding_(rounding_of(precision, claims)),
      claimed_depth_(claims.accumulation_depth),
      elements_(static_cast<double>(std::max<index_t>(data.elements, 1))),
      zero_mean_(data.zero_mean),
      transform_errors_(data.transform_errors) {
  const double growth = std::max({1.0, std::fabs(data.alpha), std::fabs(data.beta)});
  const double operations = rounding_.flushes ? 2 : 1;
  underflow_ = 2 * growth * rounding_.eta_acc + rounding_.eta_out;
  product_underflow_ =
      growth * (operations * rounding_.eta_acc + 2 * rounding_.eta_in * data.largest_operand);
}

double Bound::accumulation(index_t depth) const {
  const double d = static_cast<double>(depth) + 3;
  const double worst = gamma(d, rounding_.u_acc);
  if (!zero_mean_) return worst;
  const double lambda = std::sqrt(2 * std::log(2 * d * elements_ / delta));
  return std::min(worst, lambda * std::sqrt(d) * rounding_.u_acc);
}

double Bound::operator()(const ElementSize& element) const {
  if (element.products == 0 && element.magnitude == 0 && element.transform_error == 0) return 0;
  const index_t depth =
      claimed_depth_ > 0 ? std::min(claimed_depth_ + 1, element.products) : element.products;
  if (depth != latest_depth_) {
    latest_depth_ = depth;
    latest_growth_ = relative_error(rounding_, accumulation(depth));
  }
  const double direct = latest_growth_ * element.magnitude;
  const double a = std::max(direct, element.transform_error);
  if (std::isinf(a)) return a;  // u_out may be 0, and 0 times infinity is NaN
  return a + rounding_.u_out * (element.value + a) +
         static_cast<double>(element.products) * product_underflow_ + underflow_;
}

}  // namespace convict::oracle
