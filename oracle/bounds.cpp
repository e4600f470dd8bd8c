#include "oracle/bounds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace convict::oracle {
namespace {

/// Probability of one false alarm in a run over independent data.
constexpr double delta = 1e-6;

double underflow(Precision precision, bool flushes) {
  if (flushes) return smallest_normal(precision);
  const double step = smallest_subnormal(precision);
  return step / 2 > 0 ? step / 2 : step;  // half of f64's is no number: twice as generous there
}

}  // namespace

bool has_bound(const Claims& claims) { return claims.arithmetic.kind == Arithmetic::Class::direct; }

Bound::Bound(Precision precision, const Claims& claims, const Data& data)
    : claimed_depth_(claims.accumulation_depth),
      elements_(static_cast<double>(std::max<index_t>(data.elements, 1))),
      underflow_growth_(std::max(1.0, std::fabs(data.alpha))),
      zero_mean_(data.zero_mean) {
  const Precision accumulator = claims.accumulator.value_or(accumulator_of(precision));
  const Precision storage = storage_of(precision);
  const bool flushes = claims.flush_to_zero || claims.denormals_are_zero;
  u_acc_ = unit_roundoff(accumulator);
  u_out_ = storage == accumulator ? 0 : unit_roundoff(storage);
  const Precision read_as = claims.input_rounding.value_or(precision);
  const double u_q =
      format_of(read_as).digits < format_of(storage).digits ? unit_roundoff(read_as) : 0;
  input_growth_ = (1 + u_q) * (1 + u_q);
  adder_ = claims.truncating_adds ? 2 * (1 + 1 / static_cast<double>(claims.truncation_block)) : 1;
  eta_acc_ = underflow(accumulator, flushes);
  eta_out_ = underflow(storage, flushes);
}

double Bound::accumulation(index_t depth) const {
  const double d = static_cast<double>(depth) + 3;
  const double du = d * u_acc_;
  const double worst = du < 1 ? du / (1 - du) : std::numeric_limits<double>::infinity();
  if (!zero_mean_) return worst;
  const double lambda = std::sqrt(2 * std::log(2 * d * elements_ / delta));
  return std::min(worst, lambda * std::sqrt(d) * u_acc_);
}

double Bound::operator()(const ElementSize& element) const {
  if (element.products == 0 && element.magnitude == 0) return 0;
  const auto n = static_cast<double>(element.products);
  const index_t depth =
      claimed_depth_ > 0 ? std::min(claimed_depth_, element.products) : element.products;
  const double a = (input_growth_ * (1 + adder_ * accumulation(depth)) - 1) * element.magnitude;
  if (std::isinf(a)) return a;  // u_out_ may be 0, and 0 times infinity is no bound
  return a + u_out_ * (element.value + a) + (underflow_growth_ * n + 2) * eta_acc_ + eta_out_;
}

}  // namespace convict::oracle
