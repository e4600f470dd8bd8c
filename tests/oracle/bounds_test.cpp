// SPDX-License-Identifier: Apache-2.0
// Bounds of every arithmetic class: right kernels stay inside, faults fall outside.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <map>

#include "core/half.hpp"
#include "core/spec_text.hpp"
#include "datasets/random.hpp"
#include "datasets/suite.hpp"
#include "mutants/right/right.hpp"
#include "oracle/bounds/cook_toom.hpp"
#include "oracle/bounds/transform_errors.hpp"
#include "oracle/checks/checks.hpp"
#include "oracle/truth/compare.hpp"
#include "reference/kernels.hpp"

namespace convict::oracle {
namespace {

BOOST_AUTO_TEST_SUITE(bounds_test)

using Run = std::function<void(const Problem&, const Buffers&)>;

const Kernel& right(std::string_view name) {
  for (const Kernel& kernel : mutants::right_kernels())
    if (kernel.name == "right." + std::string(name)) return kernel;
  throw std::logic_error("no right kernel " + std::string(name));
}

Verdict verdict_on(const Kernel& kernel, const Trial& trial) {
  const sandbox::Subject subject = sandbox::in_process(kernel);
  const auto sandbox = subject.open();
  Cases cases;
  return carry_out(trial, subject, *sandbox, cases);
}
Verdict verdict_on(const Kernel& kernel, const std::string& trial) {
  return verdict_on(kernel, parse_trial(trial));
}

/// Problems that transforms can compute: every padding, incomplete tiles, three ranks, groups,
/// flips.
std::vector<Trial> transform_trials(index_t count) {
  constexpr std::array fills = {"flat", "positive",  "normal", "cancel",
                                "wide", "subnormal", "special"};
  std::vector<Trial> trials;
  for (index_t i = 0; i < count; ++i) {
    datasets::Draws draws(static_cast<std::uint64_t>(i), 1);
    Trial trial;
    ConvSpec& spec = trial.spec;
    spec.rank = static_cast<int>(1 + i % 3);
    spec.batch = draws.between(1, 3);
    spec.groups = draws.between(1, 2);
    spec.in_channels = spec.groups * draws.between(1, spec.rank == 3 ? 2 : 4);
    spec.out_channels = spec.groups * draws.between(1, spec.rank == 3 ? 2 : 3);
    spec.flip = draws.below(2) == 0;
    for (std::size_t a = 0; a < static_cast<std::size_t>(spec.rank); ++a) {
      spec.filter[a] = draws.below(5) == 0 ? 1 : 3;
      spec.input[a] = draws.between(3, spec.rank == 3 ? 4 : 13);
      const index_t most = spec.rank == 3 ? 2 : 4;
      spec.padding[a] = {draws.between(0, most), draws.between(0, most)};
    }
    trial.pass = all_passes[static_cast<std::size_t>(i / 3 % 3)];
    trial.precision = draws.below(3) == 0 ? Precision::f64 : Precision::f32;
    trial.recipe.fill = fills[static_cast<std::size_t>(i) % fills.size()];
    trial.recipe.seed = static_cast<std::uint64_t>(i);
    if (draws.below(3) == 0) trial.recipe.alpha = 1.5;
    if (draws.below(3) == 0) trial.recipe.beta = -0.75;
    trials.push_back(trial);
  }
  return trials;
}

/// The results of one kernel on many trials.
struct Survey {
  Kernel kernel;
  std::map<Outcome, int> outcomes{};
  double worst_ratio = 0;
  std::string worst_trial{};

  void note(const Trial& trial, const Verdict& verdict) {
    ++outcomes[verdict.outcome];
    BOOST_TEST(!is_finding(verdict.outcome),
               kernel.name << " " << to_string(trial) << ": " << verdict.reason);
    if (verdict.layer != "bound" || verdict.worst_ratio <= worst_ratio) return;
    worst_ratio = verdict.worst_ratio;
    worst_trial = to_string(trial);
  }
  void report() {
    BOOST_TEST_MESSAGE(fmt::format(
        "{}: {} passed, {} mistrusted, {} unsupported; worst error / bound {:.3f} in {}",
        kernel.name, outcomes[Outcome::pass], outcomes[Outcome::mistrusted],
        outcomes[Outcome::unsupported], worst_ratio, worst_trial));
  }
};

/// Runs all kernels on each trial in turn, so that they share its truth.
std::vector<Survey> survey(std::span<const Kernel> kernels, const std::vector<Trial>& trials) {
  std::vector<Survey> found;
  for (const Kernel& kernel : kernels) found.push_back({.kernel = kernel});
  Cases cases;
  for (const Trial& trial : trials)
    for (Survey& each : found) {
      const sandbox::Subject subject = sandbox::in_process(each.kernel);
      each.note(trial, carry_out(trial, subject, *subject.open(), cases));
    }
  for (Survey& each : found) each.report();
  return found;
}

/// Every `step`-th judged trial of the core suite, without the few that are large.
std::vector<Trial> some_of_the_core_suite(std::size_t step) {
  constexpr index_t largest = 1 << 19;
  std::vector<Trial> trials;
  std::size_t number = 0;
  for (const Trial& trial : datasets::suite_named("core"))
    if (trial.recipe.check == "judge" && number++ % step == 0 && flops(trial.spec) < largest)
      trials.push_back(trial);
  return trials;
}

BOOST_AUTO_TEST_CASE(right_kernels_stay_within_their_bounds_on_the_core_suite) {
  for (const Survey& found : survey(mutants::right_kernels(), some_of_the_core_suite(40)))
    BOOST_TEST(found.outcomes.contains(Outcome::pass), found.kernel.name);
}

BOOST_AUTO_TEST_CASE(transforming_kernels_stay_within_their_bounds) {
  const std::array kernels = {right("winograd_f2x2_3x3"), right("winograd_f4x4_3x3"), right("fft")};
  for (Survey& found : survey(kernels, transform_trials(126))) {
    BOOST_TEST(found.outcomes[Outcome::unsupported] == 0);
    BOOST_TEST(found.worst_ratio < 1);
    BOOST_TEST(found.worst_ratio > 0.001, "a bound so wide would detect little");
  }
}

/// transform_trials with filters of 1 to 5, strides and dilations of 1 and 2.
std::vector<Trial> partly_transformed_trials(index_t count) {
  std::vector<Trial> trials = transform_trials(count);
  for (std::size_t i = 0; i < trials.size(); ++i) {
    datasets::Draws draws(i, 2);
    ConvSpec& spec = trials[i].spec;
    for (std::size_t a = 0; a < static_cast<std::size_t>(spec.rank); ++a) {
      if (draws.below(2) == 0) continue;
      spec.filter[a] = draws.between(1, spec.rank == 3 ? 3 : 5);
      spec.stride[a] = draws.between(1, 2);
      spec.dilation[a] = draws.between(1, 2);
      spec.input[a] += 6;
    }
  }
  return trials;
}

BOOST_AUTO_TEST_CASE(kernels_that_transform_some_axes_stay_within_their_bounds) {
  const std::array kernels = {right("winograd_columns"), right("winograd_by_axis"),
                              right("fft_columns")};
  for (Survey& found : survey(kernels, partly_transformed_trials(126))) {
    BOOST_TEST(found.outcomes[Outcome::unsupported] == 0);
    BOOST_TEST(found.worst_ratio < 1);
    BOOST_TEST(found.worst_ratio > 0.001, "a bound so wide would detect little");
  }
}

/// `kernel`, but with another's claims.
Kernel claiming(Kernel kernel, const Claims& claims) {
  kernel.precisions = {Precision::f32};
  kernel.claims = claims;
  return kernel;
}

/// `kernel`, with one result in the middle moved by the smallest product of +-U[0.5, 1] data.
Kernel dropping_a_product(Kernel kernel) {
  kernel.run = [inner = kernel.run](const Problem& problem, const Buffers& buffers) {
    inner(problem, buffers);
    auto* const result = static_cast<float*>(buffers.output);
    result[problem.shapes.output.elements() / 2] -= 0.25F;
  };
  return kernel;
}

Kernel zeros() {
  Kernel kernel = reference::kernels().front();
  kernel.run = [](const Problem& problem, const Buffers& buffers) {
    auto* const result = static_cast<float*>(buffers.output);
    std::fill_n(result, problem.shapes.output.elements(), 0.0F);
  };
  return kernel;
}

constexpr std::array faults = {"dropped product", "f16 sums", "bf16 inputs", "tf32 inputs",
                               "zeros"};

/// A kernel with the claims of `kernel` and a fault.
Kernel faulty(const Kernel& kernel, std::string_view fault) {
  if (fault == "dropped product") return dropping_a_product(claiming(kernel, kernel.claims));
  if (fault == "f16 sums") return claiming(right("f16_accumulator"), kernel.claims);
  if (fault == "bf16 inputs") return claiming(right("bf16_inputs"), kernel.claims);
  if (fault == "tf32 inputs") return claiming(right("tf32"), kernel.claims);
  return claiming(zeros(), kernel.claims);
}

/// The largest n = 9 C up to 9 * 32 such that the fault is detected for 9 to n products, each with
/// three seeds; 0 if it is not detected with C = 1.
index_t detection_limit(const Kernel& subject) {
  index_t limit = 0;
  for (index_t channels = 1; channels <= 32; channels *= 2) {
    for (int seed = 1; seed <= 3; ++seed) {
      const Verdict verdict = verdict_on(
          subject,
          fmt::format("c{}_i8x8_k2_f3x3_p1/forward/f32/fill=flat,seed={}", channels, seed));
      if (verdict.outcome != Outcome::fail) return limit;
    }
    limit = 9 * channels;
  }
  return limit;
}

/// Lower limits of detection_limit for the bound of each class; 0 where the kernel claims the fault
/// itself or something as coarse.
struct DetectionLimits {
  std::string_view kernel;
  std::array<index_t, 5> at_least;  // in the order of `faults`
};
constexpr DetectionLimits detection_limits[] = {
    {"winograd_f2x2_3x3", {288, 288, 288, 288, 288}},
    {"winograd_f4x4_3x3", {288, 288, 144, 9, 288}},  // probes detect tf32
    {"winograd_columns", {288, 288, 288, 144, 288}},
    {"winograd_by_axis", {288, 288, 288, 288, 288}},
    {"fft_columns", {288, 288, 288, 288, 288}},
    {"fft", {288, 288, 288, 288, 288}},
    {"tf32", {288, 0, 9, 0, 288}},
    {"bf16_inputs", {36, 0, 0, 0, 288}},
    {"f16_accumulator", {36, 0, 0, 0, 288}},
    {"depthwise_f16", {0, 0, 0, 0, 0}},  // refuses these problems
    {"blocked", {288, 288, 288, 288, 288}},
    {"pairwise", {288, 288, 288, 288, 288}},
    {"kahan", {288, 288, 288, 288, 288}},
    {"truncating", {288, 288, 288, 144, 288}},
    {"flush_to_zero", {288, 288, 288, 288, 288}},
    {"denormals_are_zero", {288, 288, 288, 288, 288}},
    {"by_threads", {288, 288, 288, 288, 288}},
    {"nondeterministic", {288, 288, 288, 288, 288}},
};

BOOST_AUTO_TEST_CASE(faults_fall_outside_the_bound_of_every_class) {
  BOOST_TEST(std::size(detection_limits) == mutants::right_kernels().size());
  for (const auto& [name, at_least] : detection_limits) {
    std::string line(name);
    for (std::size_t fault = 0; fault < faults.size(); ++fault) {
      const index_t limit = detection_limit(faulty(right(name), faults[fault]));

      BOOST_TEST(limit >= at_least[fault], name << " with " << faults[fault] << ": " << limit);
      line += fmt::format("; {} {}", faults[fault], limit);
    }
    BOOST_TEST_MESSAGE(line);
  }
}

/// E[i, u, v] = sum_t |AT_it| |G_tu| |BT_tv|: the amplification in W (winograd_errors) on one axis.
double amplification(const CookToom& f, index_t i, index_t u, index_t v) {
  double sum = 0;
  for (index_t t = 0; t < f.bt.rows; ++t) sum += std::fabs(f.at(i, t) * f.g(t, u) * f.bt(t, v));
  return sum;
}

BOOST_AUTO_TEST_CASE(cook_toom_computes_correlations) {
  constexpr std::array<std::array<index_t, 2>, 9> sizes = {
      {{1, 1}, {2, 3}, {3, 2}, {4, 3}, {3, 4}, {2, 5}, {6, 3}, {4, 5}, {8, 3}}};
  for (const auto& [m, r] : sizes) {
    const CookToom f = cook_toom(m, r);
    for (index_t i = 0; i < m; ++i)
      for (index_t u = 0; u < r; ++u)
        for (index_t v = 0; v < m + r - 1; ++v) {
          double coefficient = 0;
          for (index_t t = 0; t < f.bt.rows; ++t)
            coefficient += f.at(i, t) * f.g(t, u) * f.bt(t, v);

          BOOST_TEST(std::fabs(coefficient - (v == i + u ? 1 : 0)) < 1e-12,
                     "F(" << m << "," << r << ")");
        }
  }
}

BOOST_AUTO_TEST_CASE(cook_toom_amplifies_like_the_published_matrices) {
  // Lavin and Gray, CVPR 2016, equations 5 and 6, F(2, 3).
  CookToom published = cook_toom(2, 3);
  published.at.values = {1, 1, 1, 0, 0, 1, -1, -1};
  published.g.values = {1, 0, 0, 0.5, 0.5, 0.5, 0.5, -0.5, 0.5, 0, 0, 1};
  published.bt.values = {1, 0, -1, 0, 0, 1, 1, 0, 0, -1, 1, 0, 0, 1, 0, -1};
  const CookToom made = cook_toom(2, 3);

  for (index_t i = 0; i < 2; ++i)
    for (index_t u = 0; u < 3; ++u)
      for (index_t v = 0; v < 4; ++v)
        BOOST_TEST(amplification(made, i, u, v) == amplification(published, i, u, v));
}

BOOST_AUTO_TEST_CASE(the_winograd_error_is_gamma_p_times_the_largest_w_of_any_tile) {
  // F(2, 3) in one dimension, two channels, padding 1: W worked out from the amplification.
  const ConvSpec spec = parse_spec("c2_i5_k1_f3_p1");
  const std::vector<double> x = {1, -2, 3, 0.5, -1, 4, 1, -1, 2, 0};
  const std::vector<double> w = {0.5, -1, 2, 1, 3, -0.25};
  const CookToom f = cook_toom(2, 3);
  const auto in = [&](index_t c, index_t p) {
    return p < 0 || p >= 5 ? 0.0 : std::fabs(x[static_cast<std::size_t>(c * 5 + p)]);
  };
  const double p = 3 + 3 + 2 + 3 + 2 + 3;  // nnz of AT, G, BT; 3; channels; 3
  const double gamma_p = p * 0x1p-24 / (1 - p * 0x1p-24);

  const std::vector<double> errors =
      transform_errors({.spec = spec,
                        .pass = Pass::forward,
                        .input = x,
                        .filters = w,
                        .output = {},
                        .alpha = -2,
                        .beta = 0,
                        .old_result = {}},
                       Precision::f32, {.arithmetic = winograd(2, 3)})
          .error;

  BOOST_REQUIRE(errors.size() == 5);
  for (index_t o = 0; o < 5; ++o) {
    double largest = 0;
    for (index_t place = 0; place < 2; ++place) {
      double sum = 0;
      for (index_t c = 0; c < 2; ++c)
        for (index_t u = 0; u < 3; ++u)
          for (index_t v = 0; v < 4; ++v)
            sum += amplification(f, place, u, v) *
                   std::fabs(w[static_cast<std::size_t>(c * 3 + u)]) * in(c, o - place + v - 1);
      largest = std::max(largest, sum);
    }
    BOOST_TEST(errors[static_cast<std::size_t>(o)] == 2 * gamma_p * largest,
               boost::test_tools::tolerance(1e-9));
  }
}

constexpr Arithmetic columns_only{
    .kind = Arithmetic::Class::winograd, .tile = 2, .taps = 3, .axes = 4};

/// The errors for operands that are all 1, except that input (or gradient) row r is r + 1.
std::vector<double> errors_on_rows(const std::string& text, Pass pass) {
  const ConvSpec spec = parse_spec(text);
  const auto rows = [](const Axes& extents, index_t elements) {
    std::vector<double> values;
    for (index_t i = 0; i < elements; ++i)
      values.push_back(1.0 + static_cast<double>(i / extents[1] % extents[0]));
    return values;
  };
  const Axes outputs = output_extents(spec);
  const std::vector<double> x = rows(spec.input, input_elements(spec));
  const std::vector<double> y = rows(outputs, output_elements(spec));
  const std::vector<double> w(static_cast<std::size_t>(filter_elements(spec)), 1.0);
  const bool forward = pass == Pass::forward;
  return transform_errors(
             {.spec = spec,
              .pass = pass,
              .input = forward ? std::span<const double>(x) : std::span<const double>(),
              .filters = w,
              .output = forward ? std::span<const double>() : std::span<const double>(y),
              .old_result = {}},
             Precision::f32, {.arithmetic = columns_only})
      .error;
}

// F(2, 3) by hand: with taps and inputs of 1, |G||g| = (1, 3/2, 3/2, 1) and |BT||d| = (2, 2, 2, 2),
// so that |AT| of the products (2, 3, 3, 2) is 8 for either output of a tile. p = 3 + 3 + 2 + 3
// for the transforms of one axis, 2 for the two rows of taps (terms), and 3.
constexpr double gamma_of_rows = 16 * 0x1p-24 / (1 - 16 * 0x1p-24);

BOOST_AUTO_TEST_CASE(winograd_on_one_axis_adds_up_the_tiles_of_the_other_axis_worked_by_hand) {
  // Two output rows of stride 2: rows 1 and 2, then 3 and 4, are summed, whatever the stride.
  const std::vector<double> forward = errors_on_rows("c1_i5x6_k1_f2x3_s2x1", Pass::forward);
  BOOST_REQUIRE(forward.size() == 8U);
  for (std::size_t i = 0; i < 8; ++i)
    BOOST_TEST(forward[i] == gamma_of_rows * 8 * (i < 4 ? 1 + 2 : 3 + 4),
               boost::test_tools::tolerance(1e-9));

  // The adjoint: input rows 0 to 3 get one product row of output row 0 or 1, row 4 gets none.
  // Columns 2 and 3 lie in a tile whose four gradients are all there.
  const std::vector<double> gradient = errors_on_rows("c1_i5x6_k1_f2x3_s2x1", Pass::grad_input);
  BOOST_REQUIRE(gradient.size() == 30U);
  for (const std::size_t row : {0U, 1U, 2U, 3U})
    for (const std::size_t column : {2U, 3U})
      BOOST_TEST(gradient[row * 6 + column] == gamma_of_rows * 8 * (row < 2 ? 1 : 2),
                 boost::test_tools::tolerance(1e-9));
  BOOST_TEST(gradient[4 * 6 + 2] < 1e-30);
}

BOOST_AUTO_TEST_CASE(claims_say_which_axes_are_transformed_and_what_is_done_elsewhere) {
  const auto axes = [](const std::string& text, Arithmetic arithmetic,
                       Arithmetic::Fallback fallback = Arithmetic::Fallback::all_axes) {
    arithmetic.fallback = fallback;
    return transformed_axes(parse_spec(text), arithmetic);
  };
  constexpr auto that_axis = Arithmetic::Fallback::that_axis;
  const Arithmetic all = winograd(2, 3);

  BOOST_TEST(axes("c1_i8x8_k1_f3x3", all) == 6U);
  BOOST_TEST(axes("c1_i8x8_k1_f3x1", all) == 2U);
  BOOST_TEST(axes("c1_i8x8_k1_f5x3", all) == 0U);
  BOOST_TEST(axes("c1_i8x8_k1_f5x3", all, that_axis) == 4U);
  BOOST_TEST(axes("c1_i8x8_k1_f3x3_s2x1", all) == 0U);
  BOOST_TEST(axes("c1_i8x8_k1_f3x3_s2x1", all, that_axis) == 4U);
  BOOST_TEST(axes("c1_i8x8_k1_f3x3_d1x2", all, that_axis) == 2U);
  BOOST_TEST(axes("c1_i8x8_k1_f5x3_s2x1", columns_only) == 4U);
  BOOST_TEST(axes("c1_i8x8_k1_f3x5", columns_only) == 0U);
  BOOST_TEST(axes("c1_i8_k1_f3", columns_only) == 4U);
  BOOST_TEST(axes("c1_i8x8_k1_f3x3_unshared", columns_only, that_axis) == 0U);
  BOOST_TEST(axes("c1_i8x8_k1_f5x5_s2x1", {.kind = Arithmetic::Class::fft, .axes = 4}) == 4U);
  BOOST_TEST(axes("c1_i8x8_k1_f5x5_s1x2", {.kind = Arithmetic::Class::fft, .axes = 4}) == 0U);
}

BOOST_AUTO_TEST_CASE(where_a_transform_does_not_apply_the_direct_bound_holds) {
  const std::vector<double> ones(1000, 1.0);
  const auto errors = [&](const std::string& text, const Arithmetic& arithmetic) {
    const ConvSpec spec = parse_spec(text);
    const std::span<const double> all(ones);
    return transform_errors({.spec = spec,
                             .pass = Pass::forward,
                             .input = all.first(static_cast<std::size_t>(input_elements(spec))),
                             .filters = all.first(static_cast<std::size_t>(filter_elements(spec))),
                             .output = {},
                             .old_result = {}},
                            Precision::f32, {.arithmetic = arithmetic});
  };
  const Arithmetic fft{.kind = Arithmetic::Class::fft};

  for (const char* text :
       {"c2_i8x8_k2_f3x3_s2", "c2_i8x8_k2_f3x3_d2", "c2_i6x6_k1_f3x3_unshared"}) {
    BOOST_TEST(errors(text, winograd(2, 3)).empty(), text);
    BOOST_TEST(errors(text, fft).empty(), text);
  }
  BOOST_TEST(errors("c2_i8x8_k2_f5x3", winograd(2, 3)).empty());
  BOOST_TEST(!errors("c2_i8x8_k2_f5x3", fft).empty());
  BOOST_TEST(!errors("c2_i8x8_k2_f5x1", winograd(2, 5)).empty());
  BOOST_TEST(!has_bound({.arithmetic = winograd(0, 3)}));
  BOOST_TEST(has_bound({.arithmetic = winograd(6, 3)}));
}

BOOST_AUTO_TEST_CASE(the_fft_constant_leaves_room) {
  // One channel and a large filter: the term with log2 N dominates the bound.
  double largest = 0;
  for (const Pass pass : all_passes)
    for (const index_t side : {5, 12, 24, 40})
      for (const char* fill : {"flat", "positive", "wide", "cancel"}) {
        const auto trial = fmt::format("c1_i{}x{}_k1_f5x5_p2/{}/f32/fill={},seed=7", side, side,
                                       name_of(pass), fill);
        const Verdict verdict = verdict_on(right("fft"), trial);
        const auto extent =
            static_cast<std::uint64_t>(side + (pass == Pass::grad_weights ? side - 1 : 4));
        const double log_n = 2 * std::log2(static_cast<double>(std::bit_ceil(extent)));

        BOOST_TEST((verdict.outcome != Outcome::fail), trial);
        largest = std::max(largest, verdict.worst_ratio * (fft_kappa * log_n + 4) / log_n);
      }
  BOOST_TEST_MESSAGE("largest FFT constant " << largest);

  BOOST_TEST(largest < fft_kappa / 20);
  BOOST_TEST(largest > fft_kappa / 80);
}

BOOST_AUTO_TEST_CASE(a_winograd_kernel_may_return_nan_in_the_tiles_of_a_nan_but_nowhere_else) {
  const Trial trial = parse_trial("c1_i24x24_k1_f3x3_p1/forward/f32");
  datasets::Operands operands;
  constexpr std::size_t width = 24;
  operands.input.assign(width * width, 1.0);
  operands.filters.assign(9, 0.5);
  operands.input[12 * width + 12] = std::numeric_limits<double>::quiet_NaN();
  const Case known = case_of(trial, operands);
  const auto tried = [&](const Kernel& kernel) {
    const sandbox::Subject subject = sandbox::in_process(kernel);
    return try_case(known, subject, *subject.open()).verdict;
  };
  const Kernel& kernel = right("winograd_f4x4_3x3");
  const auto nan_at = [&](index_t row, index_t column) {
    Kernel with_nan = kernel;
    with_nan.run = [inner = kernel.run, row, column](const Problem& problem,
                                                     const Buffers& buffers) {
      inner(problem, buffers);
      static_cast<float*>(buffers.output)[row * 24 + column] =
          std::numeric_limits<float>::quiet_NaN();
    };
    return with_nan;
  };

  const Verdict of_right = tried(kernel);
  BOOST_TEST((of_right.outcome == Outcome::pass), of_right.reason);
  BOOST_TEST((tried(nan_at(9, 15)).outcome == Outcome::pass), "a tile may reach this far");
  BOOST_TEST((tried(nan_at(12, 20)).outcome == Outcome::fail));
  BOOST_TEST((tried(nan_at(5, 12)).outcome == Outcome::fail));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::oracle
