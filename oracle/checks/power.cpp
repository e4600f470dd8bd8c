// SPDX-License-Identifier: Apache-2.0
#include "oracle/checks/power.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "core/half.hpp"
#include "datasets/case_tensors.hpp"
#include "datasets/random.hpp"
#include "oracle/judge/judge_values.hpp"
#include "oracle/truth/compare.hpp"

namespace convict::oracle {
namespace {

using Values = std::vector<double>;

/// What the functions that plant a fault in a copy of the right result may use.
struct RightResult {
  const Case& known;
  std::vector<index_t> extents;  ///< of the result
  datasets::Draws draws;

  index_t last_extent() const { return extents.back(); }
  std::size_t anywhere() {
    return static_cast<std::size_t>(draws.below(static_cast<index_t>(known.truth.value.size())));
  }
};

/// A value of the case's storage format.
double stored(const Case& known, double value) {
  return round_to(format_of(storage_of(known.trial.precision)), value);
}

void nan_somewhere(RightResult& right, Values& result) {
  double& element = result[right.anywhere()];
  if (std::isfinite(element)) element = std::numeric_limits<double>::quiet_NaN();
}

void zeros(RightResult&, Values& result) { std::ranges::fill(result, 0.0); }

/// The last row of the result keeps the bytes that were there before the call.
void unwritten_tail(RightResult& right, Values& result) {
  constexpr double poison = 0x4B;
  std::fill(result.end() - static_cast<std::ptrdiff_t>(right.last_extent()), result.end(), poison);
}

/// Every row is rotated left by one: padding that is off by one.
void shifted_columns(RightResult& right, Values& result) {
  const auto width = static_cast<std::size_t>(right.last_extent());
  for (std::size_t row = 0; row < result.size(); row += width)
    std::rotate(result.begin() + static_cast<std::ptrdiff_t>(row),
                result.begin() + static_cast<std::ptrdiff_t>(row + 1),
                result.begin() + static_cast<std::ptrdiff_t>(row + width));
}

/// The first two slices of the second axis are exchanged.
void swapped_channels(RightResult& right, Values& result) {
  if (right.extents[1] < 2) return;
  const auto slice = result.size() / static_cast<std::size_t>(right.extents[0] * right.extents[1]);
  std::swap_ranges(result.begin(), result.begin() + static_cast<std::ptrdiff_t>(slice),
                   result.begin() + static_cast<std::ptrdiff_t>(slice));
}

/// One element is off by alpha times the smallest product of the fill.
void off_by_a_product(RightResult& right, Values& result, double sign) {
  const Case& known = right.known;
  const std::size_t at = right.anywhere();
  if (known.truth.products[at % known.truth.products.size()] == 0) return;
  const double product = known.fill->smallest_product * known.trial.recipe.alpha;
  result[at] = stored(known, known.truth.value[at] + sign * product);
}
void dropped_product(RightResult& right, Values& result) { off_by_a_product(right, result, -1); }
void doubled_product(RightResult& right, Values& result) { off_by_a_product(right, result, 1); }

void bf16_inputs(RightResult& right, Values& result) {
  Case rounded = right.known;
  const FloatFormat format = format_of(Precision::bf16);
  for (Values* operand :
       {&rounded.operands.input, &rounded.operands.filters, &rounded.operands.output})
    for (double& value : *operand) value = round_to(format, value);
  result = truth_of(rounded).value;
  for (double& value : result) value = stored(right.known, value);
}

void one_ulp(RightResult& right, Values& result) {
  const std::size_t at = right.anywhere();
  if (!std::isfinite(result[at])) return;
  const FloatFormat format = format_of(storage_of(right.known.trial.precision));
  const int exponent =
      std::max(result[at] == 0 ? format.min_exponent : std::ilogb(result[at]), format.min_exponent);
  result[at] += std::ldexp(1.0, exponent + 1 - format.digits);
}

/// When the judge must detect a fault that changed the result: always; when the fill has a smallest
/// product; when a mantissa fill uses all bits of the operands and the result is exact; or when the
/// result is exact.
enum class Must { always, smallest_product, all_bits, exact };

struct Fault {
  std::string_view name;
  Must must;
  void (*plant)(RightResult& right, Values& result);
};
constexpr Fault faults[] = {
    {"NaN", Must::always, nan_somewhere},
    {"zeros", Must::always, zeros},
    {"unwritten tail", Must::always, unwritten_tail},
    {"shifted columns", Must::always, shifted_columns},
    {"swapped channels", Must::always, swapped_channels},
    {"dropped product", Must::smallest_product, dropped_product},
    {"doubled product", Must::smallest_product, doubled_product},
    {"bf16 inputs", Must::all_bits, bf16_inputs},
    {"one ulp", Must::exact, one_ulp},
};

bool must_be_detected(const Case& known, bool exact, Must must) {
  switch (must) {
    case Must::always: return true;
    case Must::smallest_product: return known.fill->smallest_product > 0;
    case Must::all_bits: return exact && known.trial.recipe.fill.starts_with("mantissa");
    case Must::exact: return exact;
  }
  return true;
}

/// Judges results with the case's own source of truth and, where it applies, by projection.
class Detector {
 public:
  Detector(const Case& known, const Claims& claims) : known_(known), claims_(claims) {
    if (can_project({known.trial, *known.fill, known.limits, claims})) {
      projected_ = known;
      projected_->truth_by = TruthBy::projection;
    }
  }
  bool detects(const Values& result) const {
    const auto stored = as_stored(result, known_.trial.precision);
    const auto fails_on = [&](const Case& known) {
      return judge_values(known, claims_, stored).verdict.outcome == Outcome::fail;
    };
    return fails_on(known_) && (!projected_ || fails_on(*projected_));
  }

 private:
  const Case& known_;
  const Claims& claims_;
  std::optional<Case> projected_;
};

bool differ(const Values& a, const Values& b) {
  return !std::ranges::equal(a, b, [](double x, double y) { return x == y; });
}

Verdict mistrusted(std::string reason) {
  Verdict verdict;
  verdict.outcome = Outcome::mistrusted;
  verdict.layer = "power";
  verdict.reason = std::move(reason);
  return verdict;
}

/// The error of a single element from which on it is detected: 1 grid step for exact data, else the
/// widest bound of an element.
double smallest_error(const Case& known, const Claims& claims, bool exact) {
  if (exact) return known.limits->grid;
  const Bound bound = bound_for(known, claims);
  double widest = 0;
  for (std::size_t at = 0; at < known.truth.value.size(); ++at)
    widest = std::max(widest, bound_at(known.truth, bound, at));
  return widest;
}

}  // namespace

Verdict power(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox&, Cases&) {
  const Claims& claims = subject.kernel.claims;
  const Case known = make_case(trial, claims);
  const bool exact = known.fill->exact && datasets::can_be_exact(claims);
  if ((known.fill->exact && !known.limits) || (!exact && !has_bound(claims)) ||
      known.truth.value.empty())
    return mistrusted("the judge compares nothing on this trial");
  RightResult right{known, datasets::result_shape(trial.spec, trial.pass),
                    datasets::Draws(trial.recipe.seed, 0x90e)};
  Values right_values = known.truth.value;
  for (double& value : right_values) value = stored(known, value);
  const Detector detector(known, claims);
  std::vector<std::string_view> detected;
  std::vector<std::string_view> missed;
  for (const Fault& fault : faults) {
    Values result = right_values;
    fault.plant(right, result);
    if (!differ(result, right_values)) continue;
    if (detector.detects(result))
      detected.push_back(fault.name);
    else if (must_be_detected(known, exact, fault.must))
      missed.push_back(fault.name);
  }
  if (!missed.empty())
    return mistrusted(
        fmt::format("faults that this trial would not reveal: {}", fmt::join(missed, ", ")));
  Verdict verdict;
  verdict.layer = "power";
  verdict.elements = static_cast<index_t>(right_values.size());
  verdict.note = fmt::format("reveals {}; an error of {:.2g} or more in a single element",
                             fmt::join(detected, ", "), smallest_error(known, claims, exact));
  return verdict;
}

}  // namespace convict::oracle
