// SPDX-License-Identifier: Apache-2.0
#include "oracle/bounds/bounds.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "oracle/bounds/cook_toom.hpp"

namespace convict::oracle {
namespace {

/// Whether rounding errors of sums have no preferred sign, and products no error but their own.
bool rounds_to_nearest(const Claims& claims, const Rounding& rounding) {
  return claims.arithmetic.kind == Arithmetic::Class::direct && rounding.adder == 1 &&
         rounding.input_growth == 1;
}

/// The error of reading alpha or beta, which is more than a rounding where it is subnormal.
double factor_error(double factor, Precision precision, const Claims& claims,
                    const Rounding& rounding) {
  const Precision accumulator = claims.accumulator.value_or(accumulator_of(precision));
  return factor < smallest_normal(accumulator) ? std::min(factor, rounding.eta_acc) : 0;
}

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
      alpha_(std::fabs(data.alpha)),
      beta_(std::fabs(data.beta)),
      alpha_error_(factor_error(alpha_, precision, claims, rounding_)),
      beta_error_(factor_error(beta_, precision, claims, rounding_)),
      factors_overflow_(std::max({alpha_, beta_, alpha_ * data.largest_operand}) >=
                        rounding_.limit_acc),
      alpha_vanishes_(alpha_ <= alpha_error_),
      largest_product_(rounds_to_nearest(claims, rounding_) ? data.largest_product : 0),
      transform_(data.transform) {
  const double growth = std::max({1.0, std::fabs(data.alpha), std::fabs(data.beta)});
  const double operations = rounding_.flushes ? 2 : 1;
  underflow_ = 2 * growth * rounding_.eta_acc + rounding_.eta_out;
  product_underflow_ =
      growth * (operations * rounding_.eta_acc + 2 * rounding_.eta_in * data.largest_operand);
  // An operand may be multiplied by alpha before it is by the other one.
  if (alpha_ != 1) product_underflow_ += rounding_.eta_acc * std::max(1.0, data.largest_operand);
}

double Bound::accumulation(index_t depth) const {
  const double d = static_cast<double>(depth) + 3;
  const double worst = gamma(d, rounding_.u_acc);
  if (!zero_mean_) return worst;
  const double lambda = std::sqrt(2 * std::log(2 * d * elements_ / false_alarm));
  return std::min(worst, lambda * std::sqrt(d) * rounding_.u_acc);
}

index_t Bound::depth_of(const ElementSize& element) const {
  // Compared before 1 is added: a depth may be the largest number.
  const bool shorter = claimed_depth_ > 0 && claimed_depth_ < element.products;
  return shorter ? claimed_depth_ + 1 : element.products;
}

double Bound::with_rounding_out(const ElementSize& element, double a) const {
  if (std::isinf(a)) return a;  // u_out may be 0, and 0 times infinity is NaN
  return a + rounding_.u_out * (element.value + a) +
         static_cast<double>(element.products) * product_underflow_ + underflow_ +
         factor_errors(element);
}

double Bound::factor_errors(const ElementSize& element) const {
  double errors = 0;
  if (alpha_error_ > 0) errors += alpha_error_ * std::max(element.sum, element.transform_size);
  if (beta_error_ > 0)
    errors += beta_error_ * std::max(0.0, element.magnitude - alpha_ * element.sum) / beta_;
  return errors;
}

double Bound::for_random_signs(const ElementSize& element) const {
  constexpr double theta = 1.5;
  constexpr double kappa = 3.8;
  constexpr double most_drift = 1.0 / 16;  // of u sqrt(n): errors stay below the sums themselves
  const double u = rounding_.u_acc;
  const auto n = static_cast<double>(element.products);
  const double drift = u * std::sqrt(n);
  if (largest_product_ == 0 || drift > most_drift) return infinity;
  const double t = std::log(4 * kappa * elements_ / false_alarm) / theta;
  const double sums = (n + 1) * t * (1 + 4 * drift);
  const double products = std::sqrt(2 * n * std::log(4 * elements_ / false_alarm));
  const double old =
      beta_ > 0 ? std::max(0.0, element.magnitude - alpha_ * element.sum) * u * products : 0;
  return alpha_ * largest_product_ * u * (sums + products) + old + gamma(4, u) * element.magnitude;
}

double Bound::operator()(const ElementSize& element) const {
  if (element.products == 0 && element.magnitude == 0 && element.transform_error == 0) return 0;
  const index_t depth = depth_of(element);
  if (depth != latest_depth_) {
    latest_depth_ = depth;
    latest_growth_ = relative_error(rounding_, accumulation(depth));
  }
  double direct = latest_growth_ * element.magnitude;
  if (largest_product_ > 0) direct = std::min(direct, for_random_signs(element));
  return with_rounding_out(element, std::max(direct, element.transform_error));
}

double Bound::worst_case(const ElementSize& element) const {
  if (element.products == 0 && element.magnitude == 0 && element.transform_error == 0) return 0;
  const double d = static_cast<double>(depth_of(element)) + 3;
  const double direct = relative_error(rounding_, gamma(d, rounding_.u_acc)) * element.magnitude;
  return with_rounding_out(element, std::max(direct, element.transform_error));
}

double Bound::largest_sum(const ElementSize& element) const {
  if (alpha_ == 0) return element.magnitude;
  return std::max({element.sum, element.magnitude, std::max(alpha_, 1.0) * element.transform_size});
}

bool Bound::loses(std::size_t at, const ElementSize& element) const {
  if (transform_.empty()) return false;
  if (transform_.lost[at] != 0) return true;
  const double limit = std::min(rounding_.limit_acc, std::numeric_limits<double>::max());
  const double size = element.transform_size;
  const bool large_sums = std::max(element.sum, element.magnitude) >= limit / 256;
  return size >= limit / 8 || (size >= limit / 64 && large_sums);
}

bool Bound::nan_by_alpha(const ElementSize& element) const {
  return alpha_vanishes_ &&
         std::max(element.sum, element.transform_size) >= rounding_.limit_acc / 2;
}

bool Bound::overflows_both_ways(const ElementSize& element) const {
  if (element.transform_error > 0) return true;
  // Twice the terms whose sign is not that of the sum, and the error of S itself. Before a small
  // alpha they are larger.
  const double rounding = (static_cast<double>(element.products) + 4) * 0x1p-52;
  const double others = element.magnitude - element.value + rounding * element.magnitude;
  const double shrinks = alpha_ > 0 ? std::max(1.0, 1 / alpha_) : 1;
  return !(others * shrinks < rounding_.limit_acc / 2);
}

}  // namespace convict::oracle
