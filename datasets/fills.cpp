// SPDX-License-Identifier: Apache-2.0
#include "datasets/fills.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

#include "core/errors.hpp"
#include "core/geometry.hpp"
#include "core/half.hpp"
#include "datasets/case_tensors.hpp"
#include "datasets/repetition.hpp"

namespace convict::datasets {
namespace {

std::uint64_t counter(const FillContext& at) { return 2 * static_cast<std::uint64_t>(at.index); }
double sign(const FillContext& at) { return (at.random.bits(counter(at)) & 1) != 0 ? -1.0 : 1.0; }
/// Uniform in [0, 1), independent of `sign`, which is the lowest bit of the same random word.
double uniform(const FillContext& at) { return at.random.uniform(counter(at)); }
/// Uniform in [0, 1), independent of `uniform` and `sign`.
double another_uniform(const FillContext& at) { return at.random.uniform(counter(at) + 1); }

/// Integers in [-limit, limit] without 0.
double integer_up_to(const FillContext& at, index_t limit) {
  return sign(at) * static_cast<double>(1 + at.random.below(counter(at), limit));
}
double old_integer(const FillContext& at) { return integer_up_to(at, at.limits->old_limit); }

/// Odd integers that use all bits below `limit`, so that rounding them to a narrower format changes
/// them.
double all_bits(const FillContext& at, index_t limit) {
  const int bits = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(limit))) - 1;
  if (bits < 2) return sign(at);
  const index_t top = index_t{1} << (bits - 1);
  return sign(at) * static_cast<double>((top + at.random.below(counter(at), top)) | 1);
}

double exact(const FillContext& at) {
  return at.role == Role::old_result ? old_integer(at)
                                     : integer_up_to(at, at.limits->operand_limit);
}
double mantissa_in(Role wide, const FillContext& at) {
  if (at.role == Role::old_result) return old_integer(at);
  return at.role == wide ? all_bits(at, at.limits->wide_limit) : sign(at);
}
double mantissa(const FillContext& at) { return mantissa_in(Role::first, at); }
double mantissa_mirror(const FillContext& at) { return mantissa_in(Role::second, at); }

/// A few ones in the first operand (all ones when it is tiny): each element of the result is the
/// sum of few taps of the second.
double impulse(const FillContext& at) {
  if (at.role != Role::first) return exact(at);
  constexpr index_t tiny = 12;
  constexpr index_t one_in = 3;
  return at.count <= tiny || at.random.below(counter(at), one_in) == 0 ? 1.0 : 0.0;
}

double flat(const FillContext& at) { return sign(at) * (0.5 + 0.5 * uniform(at)); }
double positive(const FillContext& at) { return 0.5 + 0.5 * uniform(at); }

/// Box and Muller, A Note on the Generation of Random Normal Deviates, 1958.
double normal(const FillContext& at) {
  const double radius = std::sqrt(-2 * std::log(1 - uniform(at)));
  return radius * std::cos(2 * std::numbers::pi * another_uniform(at));
}

/// Neighbouring elements of the first operand almost cancel; the second operand has one sign.
double cancel(const FillContext& at) {
  if (at.role == Role::second) return positive(at);
  const double leader = flat(at.of(at.index / 2 * 2));
  return at.index % 2 == 0 ? leader : -leader * (1 + 0x1p-5 * uniform(at));
}

/// Exponents spread as widely as possible while sums of n products stay below half the largest
/// number and single products stay normal.
double wide(const FillContext& at) {
  const FloatFormat format = format_of(at.precision);
  const int headroom =
      6 + static_cast<int>(std::bit_width(static_cast<std::uint64_t>(at.products)));
  const int reach = std::max(0, (format.max_exponent - headroom) / 2);
  const int exponent = static_cast<int>(at.random.below(counter(at), 2 * reach + 1)) - reach;
  const double magnitude = std::ldexp(1 + another_uniform(at), exponent);
  return sign(at) *
         magnitude;  // the sign is the lowest bit of the word, the exponent uses the highest
}

/// The first operand and the old result in and just above the subnormal range, the second near 1.
double subnormal(const FillContext& at) {
  if (at.role == Role::second) return flat(at);
  const FloatFormat format = format_of(at.precision);
  const index_t steps = index_t{2} << (format.digits - 1);
  const auto count = static_cast<double>(1 + at.random.below(counter(at), steps));
  return sign(at) * std::ldexp(count, format.min_exponent - format.digits + 1);
}

/// `flat` with one NaN, one +Inf and one -Inf in the first operand and one Inf in the second (fewer
/// when tiny).
double special(const FillContext& at) {
  constexpr std::uint64_t places = std::uint64_t{1} << 62;
  const auto place = [&](std::uint64_t i) { return at.random.below(places + i, at.count); };
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (at.role == Role::first) {
    if (at.index == place(0)) return std::numeric_limits<double>::quiet_NaN();
    if (at.index == place(1)) return infinity;
    if (at.index == place(2)) return -infinity;
  }
  if (at.role == Role::second && at.index == place(3)) return infinity;
  return flat(at);
}

/// `special` among zeros: a zero times an infinity is NaN, which a kernel that skips zeros misses.
double special_zeros(const FillContext& at) {
  const double value = special(at);
  if (!std::isfinite(value)) return value;
  return another_uniform(at) < 2.0 / 3 ? 0.0 : value;
}

constexpr index_t few_products = 4;

/// Integers of which few_products at most meet in one element: short sums in long ones.
double sparse(const FillContext& at) {
  if (at.role != Role::second) return exact(at);
  const index_t length = at.lanes.length();
  const auto lane = static_cast<std::uint64_t>(at.lanes.lane(at.index));
  constexpr std::uint64_t places = std::uint64_t{1} << 61;
  for (std::uint64_t i = 0; i < few_products; ++i)
    if (at.random.below(places + few_products * lane + i, length) == at.lanes.place(at.index))
      return exact(at);
  return 0;
}

/// Results of one sign from a quarter of the largest number to four times it, partial sums
/// included. In f64, whose truth has no wider format, all remain below an eighth of it.
void overflow(const FillContext& context, std::span<double> elements) {
  constexpr double mean_product = 0.5625;  // of two numbers from U[0.5, 1]
  constexpr std::uint64_t signs = 0;
  constexpr index_t spread = 5;
  FillContext at = context;
  const auto products = static_cast<double>(std::max<index_t>(at.products, 1));
  const double most = largest_finite(at.precision);
  const std::uint64_t bits = at.together.bits(signs);
  const double first_sign = (bits & 1) != 0 ? -1 : 1;
  const double second_sign = (bits & 2) != 0 ? -1 : 1;
  const double scale = std::sqrt(most) / std::sqrt(mean_product * products);
  const int lowest_power = at.precision == Precision::f64 ? -8 : -2;
  for (double& element : elements) {
    const double size = scale * (0.5 + 0.5 * uniform(at));
    if (at.role == Role::old_result) {
      element = first_sign * second_sign * most / 8 * uniform(at);
    } else if (at.role == Role::first) {
      element = first_sign * std::min(size, most);
    } else {
      const auto lane = static_cast<std::uint64_t>(at.lanes.lane(at.index));
      const auto power = static_cast<int>(at.together.below(1 + lane, spread)) + lowest_power;
      element = second_sign * std::ldexp(size, power);
    }
    ++at.index;
  }
}

/// The second operand, the filters of most passes, in and just above the subnormal range.
double subnormal_mirror(const FillContext& at) {
  if (at.role == Role::old_result) return subnormal(at);
  FillContext other = at;
  other.role = at.role == Role::first ? Role::second : Role::first;
  return subnormal(other);
}

/// The gradient of the output is the image-like operand where there is no image.
Role role_of_output(Pass pass) { return pass == Pass::grad_input ? Role::first : Role::second; }

template <double (*Value)(const FillContext&)>
void each(const FillContext& context, std::span<double> elements) {
  FillContext at = context;
  for (double& element : elements) {
    element = Value(at);
    ++at.index;
  }
}

/// Rounds to multiples of 2^-q, then to the storage format.
void round_all(std::span<double> values, std::optional<int> grid_digits, Precision storage) {
  if (grid_digits) {
    const double steps = std::ldexp(1.0, *grid_digits);
    for (double& value : values) value = std::nearbyint(value * steps) / steps;
  }
  const FloatFormat format = format_of(storage);
  if (storage == Precision::f32)
    for (double& value : values) value = static_cast<double>(static_cast<float>(value));
  else if (storage != Precision::f64)
    for (double& value : values) value = round_to(format, value);
}

/// Sets the elements that are not kept to zero.
void keep_only(const Kept& kept, const std::vector<index_t>& shape, const Repetition& repetition,
               std::vector<double>& values) {
  if (kept.which == Kept::Which::all) return;
  std::size_t place = values.size();
  if (kept.which == Kept::Which::one) {
    place = 0;
    for (std::size_t a = 0; a < shape.size(); ++a)
      place = place * static_cast<std::size_t>(shape[a]) + static_cast<std::size_t>(kept.index[a]);
    place = repetition.first(place);
  }
  for (std::size_t at = 0; at < values.size(); ++at)
    if (at != place) values[at] = 0;
}

struct Filler {
  const Trial& trial;
  const Fill& fill;
  const ExactLimits* limits;

  std::vector<double> operator()(Role role, std::uint64_t stream, index_t count) const {
    const FillContext context{.role = role,
                              .index = 0,
                              .count = count,
                              .random = Stream(trial.recipe.seed, stream),
                              .limits = limits,
                              .precision = trial.precision,
                              .products = most_products(trial.spec, trial.pass),
                              .lanes = lanes_of(trial.spec, trial.pass),
                              .together = Stream(trial.recipe.seed, 5)};
    std::vector<double> values(static_cast<std::size_t>(count));
    fill.values(context, values);
    const bool on_grid = fill.largest > 0 && trial.precision != Precision::f64;
    if (!fill.exact)
      round_all(values, on_grid ? sum_grid(trial.spec, trial.pass, fill.largest) : std::nullopt,
                storage_of(trial.precision));
    if (role != Role::old_result) {
      const auto operand = static_cast<std::size_t>(role == Role::second);
      const Repetition repetition(trial, operand);
      keep_only(trial.recipe.only[operand], operand_shapes(trial.spec, trial.pass)[operand],
                repetition, values);
      repetition.apply(values);
    }
    return values;
  }
};

}  // namespace

std::span<const Fill> fills() {
  static const Fill table[] = {
      {"exact", "balanced integers: any wrong, missing or doubled product shows", true, false, 1, 0,
       0, each<exact>},
      {"mantissa", "first operand spends all its bits, second is +-1: narrower reads show", true,
       false, 1, 0, 0, each<mantissa>},
      {"mantissa_mirror", "the same with the operands exchanged", true, false, 1, 0, 0,
       each<mantissa_mirror>},
      {"impulse", "sparse ones: few taps come out", true, false, 0, 0, 0, each<impulse>},
      {"flat", "+-U[0.5, 1]", false, true, 0.25, 1, 0, each<flat>},
      {"normal", "N(0, 1)", false, true, 0, 9, 0, each<normal>},
      {"positive", "U[0.5, 1]: sums grow as fast as they can", false, false, 0.25, 1, 0,
       each<positive>},
      {"cancel", "neighbours almost cancel: sums much smaller than their terms", false, false, 0, 0,
       0, each<cancel>},
      {"wide", "exponents as far apart as the format bears", false, false, 0, 0, 0, each<wide>},
      {"subnormal", "first operand in the subnormal range", false, false, 0, 0, 0, each<subnormal>},
      {"special", "a NaN and infinities among +-U[0.5, 1]", false, false, 0, 0, 0, each<special>},
      {"special_zeros", "a NaN and infinities among zeros: zero times infinity is NaN", false,
       false, 0, 0, 0, each<special_zeros>},
      {"sparse", "integers of which 4 products at most meet in one sum: exact in narrow sums", true,
       false, 0, 0, few_products, each<sparse>},
      {"overflow", "results of one sign around the largest number", false, false, 0, 0, 0,
       overflow},
      {"subnormal_mirror", "second operand in the subnormal range", false, false, 0, 0, 0,
       each<subnormal_mirror>},
  };
  return table;
}

const Fill& fill_named(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Fill& fill : fills()) {
    if (fill.name == name) return fill;
    names.push_back(fill.name);
  }
  throw SpecError(
      fmt::format("fill '{}' is unknown; it is one of {}", name, fmt::join(names, ", ")));
}

std::optional<int> sum_grid(const ConvSpec& spec, Pass pass, double largest) {
  constexpr int coarsest = 11;
  constexpr int sum_digits = 51;
  const double sum =
      static_cast<double>(std::max<index_t>(most_products(spec, pass), 1)) * largest * largest;
  const int digits = (sum_digits - static_cast<int>(std::ceil(std::log2(sum)))) / 2;
  return digits < coarsest ? std::nullopt : std::optional(digits);
}

Lanes lanes_of(const ConvSpec& spec, Pass pass) {
  const Geometry g = geometry_of(spec);
  const index_t taps = g.filter[0] * g.filter[1] * g.filter[2];
  const index_t positions = g.output[0] * g.output[1] * g.output[2];
  switch (pass) {
    case Pass::forward: return {.inner = g.group_in_channels * taps};
    case Pass::grad_input:
      return {.inner = taps,
              .count = g.group_in_channels,
              .outer = g.group_out_channels * (g.unshared ? positions : 1)};
    case Pass::grad_weights:
      return g.unshared ? Lanes{.inner = 1, .count = g.out_channels * positions, .outer = g.batch}
                        : Lanes{.inner = positions, .count = g.out_channels, .outer = g.batch};
  }
  return {};
}

std::optional<ExactLimits> limits_of(const Trial& trial, const Claims& claims) {
  const Recipe& recipe = trial.recipe;
  return exact_limits(trial.spec, trial.pass, trial.precision, recipe.alpha, recipe.beta, claims,
                      fill_named(recipe.fill).most_products);
}

void avoid_blind_fill(Trial& trial) {
  constexpr index_t longest_positive = 60;  // whose sum's rounding to 16 bits hides no product
  constexpr index_t longest_narrow = 25;    // whose bound for sums in 16 bits is below a product
  std::string& fill = trial.recipe.fill;
  const index_t products = most_products(trial.spec, trial.pass);
  const bool narrow = format_of(storage_of(trial.precision)).digits <= 11;
  if (fill == "positive" && narrow && products > longest_positive) fill = "flat";
  const bool sums_narrow = format_of(accumulator_of(trial.precision)).digits <= 11;
  const bool unbounded = fill == "flat" || fill == "normal" || fill == "positive" ||
                         fill == "cancel" || fill == "wide";
  if (sums_narrow && unbounded && products > longest_narrow) fill = "sparse";
  if (!fill_named(fill).exact || limits_of(trial)) return;
  fill = "sparse";
  if (!limits_of(trial)) fill = "flat";
}

std::array<std::vector<index_t>, 2> operand_shapes(const ConvSpec& spec, Pass pass) {
  switch (pass) {
    case Pass::forward: return {input_shape(spec), filter_shape(spec)};
    case Pass::grad_input: return {output_shape(spec), filter_shape(spec)};
    case Pass::grad_weights: return {input_shape(spec), output_shape(spec)};
  }
  return {};
}

std::optional<std::string> why_misplaced(const Trial& trial) {
  const auto shapes = operand_shapes(trial.spec, trial.pass);
  for (std::size_t operand = 0; operand < shapes.size(); ++operand) {
    const Kept& kept = trial.recipe.only[operand];
    if (kept.which != Kept::Which::one) continue;
    const std::vector<index_t>& shape = shapes[operand];
    if (!std::ranges::equal(kept.index, shape, std::ranges::less{}))
      return fmt::format("only={} is no element of the {} operand, which is {}",
                         fmt::join(kept.index, "x"), operand == 0 ? "first" : "second",
                         fmt::join(shape, "x"));
  }
  return std::nullopt;
}

Operands fill(const Trial& trial, const Claims& claims) {
  if (auto why = why_misplaced(trial)) throw SpecError(*why);
  const Fill& fill = fill_named(trial.recipe.fill);
  const auto limits = limits_of(trial, claims);
  if (fill.exact && !limits)
    throw SpecError(
        fmt::format("fill {} cannot be exact for {}: {} products are summed in one element; take a "
                    "smaller batch or extent, or fill=flat",
                    fill.name, to_string(trial), most_products(trial.spec, trial.pass)));
  const Filler make{trial, fill, limits ? &*limits : nullptr};
  const ConvSpec& spec = trial.spec;
  const Pass pass = trial.pass;
  const std::array counts = {input_elements(spec), filter_elements(spec), output_elements(spec)};
  Operands operands;
  if (pass != Pass::grad_input) operands.input = make(Role::first, 1, counts[0]);
  if (pass != Pass::grad_weights) operands.filters = make(Role::second, 2, counts[1]);
  if (pass != Pass::forward) operands.output = make(role_of_output(pass), 3, counts[2]);
  const index_t result = counts[pass == Pass::grad_input ? 0 : pass == Pass::grad_weights ? 1 : 2];
  if (trial.recipe.beta != 0) operands.old_result = make(Role::old_result, 4, result);
  return operands;
}

}  // namespace convict::datasets
