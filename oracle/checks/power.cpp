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

/// The right result of a case, and what a fault may look at while it is done to a copy.
struct Scene {
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

void nan_somewhere(Scene& scene, Values& result) {
  double& element = result[scene.anywhere()];
  if (std::isfinite(element)) element = std::numeric_limits<double>::quiet_NaN();
}

void zeros(Scene&, Values& result) { std::ranges::fill(result, 0.0); }

/// The last row of the result is what the memory held.
void unwritten_tail(Scene& scene, Values& result) {
  constexpr double poison = 0x4B;
  std::fill(result.end() - static_cast<std::ptrdiff_t>(scene.last_extent()), result.end(), poison);
}

/// Every row one to the left: a border off by one.
void shifted_columns(Scene& scene, Values& result) {
  const auto width = static_cast<std::size_t>(scene.last_extent());
  for (std::size_t row = 0; row < result.size(); row += width)
    std::rotate(result.begin() + static_cast<std::ptrdiff_t>(row),
                result.begin() + static_cast<std::ptrdiff_t>(row + 1),
                result.begin() + static_cast<std::ptrdiff_t>(row + width));
}

/// The first two slices of the second axis change places.
void swapped_channels(Scene& scene, Values& result) {
  if (scene.extents[1] < 2) return;
  const auto slice = result.size() / static_cast<std::size_t>(scene.extents[0] * scene.extents[1]);
  std::swap_ranges(result.begin(), result.begin() + static_cast<std::ptrdiff_t>(slice),
                   result.begin() + static_cast<std::ptrdiff_t>(slice));
}

/// One element is off by the smallest product the fill promises.
void off_by_a_product(Scene& scene, Values& result, double sign) {
  const Case& known = scene.known;
  const std::size_t at = scene.anywhere();
  if (known.truth.products[at % known.truth.products.size()] == 0) return;
  const double product = known.fill->smallest_product * known.trial.recipe.alpha;
  result[at] = stored(known, known.truth.value[at] + sign * product);
}
void dropped_product(Scene& scene, Values& result) { off_by_a_product(scene, result, -1); }
void doubled_product(Scene& scene, Values& result) { off_by_a_product(scene, result, 1); }

void bf16_inputs(Scene& scene, Values& result) {
  Case rounded = scene.known;
  const FloatFormat format = format_of(Precision::bf16);
  for (Values* operand :
       {&rounded.operands.input, &rounded.operands.filters, &rounded.operands.output})
    for (double& value : *operand) value = round_to(format, value);
  result = truth_of(rounded).value;
  for (double& value : result) value = stored(scene.known, value);
}

void one_ulp(Scene& scene, Values& result) {
  const std::size_t at = scene.anywhere();
  const FloatFormat format = format_of(storage_of(scene.known.trial.precision));
  const int exponent =
      std::max(result[at] == 0 ? format.min_exponent : std::ilogb(result[at]), format.min_exponent);
  result[at] += std::ldexp(1.0, exponent + 1 - format.digits);
}

/// When the judge has no excuse for missing a fault that changed the result.
enum class Must { always, products_promised, bits_spent, exact };

struct Fault {
  std::string_view name;
  Must must;
  void (*inflict)(Scene& scene, Values& result);
};
constexpr Fault faults[] = {
    {"NaN", Must::always, nan_somewhere},
    {"zeros", Must::always, zeros},
    {"unwritten tail", Must::always, unwritten_tail},
    {"shifted columns", Must::always, shifted_columns},
    {"swapped channels", Must::always, swapped_channels},
    {"dropped product", Must::products_promised, dropped_product},
    {"doubled product", Must::products_promised, doubled_product},
    {"bf16 inputs", Must::bits_spent, bf16_inputs},
    {"one ulp", Must::exact, one_ulp},
};

bool must_be_seen(const Case& known, bool exact, Must must) {
  switch (must) {
    case Must::always: return true;
    case Must::products_promised: return known.fill->smallest_product > 0;
    case Must::bits_spent: return exact && known.trial.recipe.fill.starts_with("mantissa");
    case Must::exact: return exact;
  }
  return true;
}

/// What the judge says to a result, by every source of truth that takes the case.
class Court {
 public:
  Court(const Case& known, const Claims& claims) : known_(known), claims_(claims) {
    if (can_project({known.trial, *known.fill, known.limits, claims})) {
      projected_ = known;
      projected_->truth_by = TruthBy::projection;
    }
  }
  bool convicts(const Values& result) const {
    const auto stored = as_stored(result, known_.trial.precision);
    const auto convicted_on = [&](const Case& known) {
      return judge_values(known, claims_, stored).verdict.outcome == Outcome::fail;
    };
    return convicted_on(known_) && (!projected_ || convicted_on(*projected_));
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

/// The smallest error of one element that is seen, at the element where it is largest.
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
    return mistrusted("nothing is judged on this trial");
  Scene scene{known, datasets::result_shape(trial.spec, trial.pass),
              datasets::Draws(trial.recipe.seed, 0x90e)};
  Values right = known.truth.value;
  for (double& value : right) value = stored(known, value);
  const Court court(known, claims);
  std::vector<std::string_view> seen;
  std::vector<std::string_view> missed;
  for (const Fault& fault : faults) {
    Values result = right;
    fault.inflict(scene, result);
    if (!differ(result, right)) continue;
    if (court.convicts(result))
      seen.push_back(fault.name);
    else if (must_be_seen(known, exact, fault.must))
      missed.push_back(fault.name);
  }
  if (!missed.empty())
    return mistrusted(fmt::format("faults this trial does not show: {}", fmt::join(missed, ", ")));
  Verdict verdict;
  verdict.layer = "power";
  verdict.elements = static_cast<index_t>(right.size());
  verdict.note = fmt::format("sees {}; a single element from an error of {:.2g}",
                             fmt::join(seen, ", "), smallest_error(known, claims, exact));
  return verdict;
}

}  // namespace convict::oracle
