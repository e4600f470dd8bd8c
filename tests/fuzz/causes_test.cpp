// SPDX-License-Identifier: Apache-2.0
// What is said of the cause of a finding, where the condition of the fault is known.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "datasets/random.hpp"
#include "fuzz/causes/find_cause.hpp"
#include "fuzz/causes/fit.hpp"
#include "fuzz/generator.hpp"
#include "fuzz/shrink/shrink.hpp"

namespace convict::fuzz {
namespace {

BOOST_AUTO_TEST_SUITE(causes_test)

constexpr double plenty_s = 60;

Space all_problems(std::uint64_t seed) {
  return {.seed = seed,
          .passes = {all_passes.begin(), all_passes.end()},
          .precisions = {Precision::f64, Precision::f32, Precision::bf16, Precision::f16}};
}

Trial drawn(std::uint64_t seed, std::size_t number) {
  static const Weights weights = first_weights();
  return trial_at(all_problems(seed), number, weights);
}

using Condition = std::function<bool(const Trial&)>;

/// The cause that is found for a kernel which fails where `condition` says, from a finding that is
/// shrunk first.
Cause cause_of(const Condition& condition, const std::string& finding) {
  const auto fails = [&](const Trial& trial) {
    return !why_invalid(trial.spec) && condition(trial);
  };
  BOOST_REQUIRE(fails(parse_trial(finding)));
  Experiment experiment{.minimum = shrink(parse_trial(finding), plenty_s, fails).trial,
                        .time_s = plenty_s};
  experiment.fails = [&](const Trial& trial) { return std::optional(fails(trial)); };
  experiment.draw = [](std::size_t number) { return drawn(7, number); };
  return find_cause(experiment);
}

/// In how many of 1,000 problems that the search draws the cause says something else.
std::size_t differences(const Cause& cause, const Condition& condition) {
  std::size_t differ = 0;
  std::size_t tried = 0;
  for (std::size_t i = 0; tried < 1000; ++i) {
    const Trial trial = drawn(991, i);
    if (why_invalid(trial.spec)) continue;
    ++tried;
    differ += static_cast<std::size_t>(cause.formula.holds(trial) != condition(trial));
  }
  return differ;
}

bool any_axis(const Trial& t, bool (*holds)(const ConvSpec&, std::size_t)) {
  for (int axis = 0; axis < t.spec.rank; ++axis)
    if (holds(t.spec, static_cast<std::size_t>(axis))) return true;
  return false;
}

struct Known {
  const char* finding;
  Condition condition;
  std::vector<const char*> says;  ///< parts of the sentence
};

/// Conditions of faults that real kernels had.
const std::vector<Known>& known_causes() {
  static const std::vector<Known> table = {
      {"c4_i7x8_k3_f3x3_p1x2/forward/f32/layout=nhwc",
       [](const Trial& t) {
         return t.recipe.layout == Layout::nhwc &&
                any_axis(t, [](const ConvSpec& s, std::size_t a) {
                  return padding_of(s, static_cast<int>(a)) != padding_of(s, 0);
                });
       },
       {"nhwc", "padding differs by axis"}},
      {"c3_i7x8_k3_f2x2_d2x1/grad_input/f32",
       [](const Trial& t) {
         return t.spec.rank == 2 && t.spec.filter[0] == 2 && t.spec.filter[1] == 2 &&
                t.spec.dilation[0] == 2 && t.spec.dilation[1] == 1;
       },
       {"columns = 2", "dilation = 2"}},
      {"c17_i5x6_k3_f2x2/forward/f32",
       [](const Trial& t) { return t.spec.in_channels % 8 == 1; },
       {"C % 8 = 1"}},
      {"n2_c4_i9x9_k70_f1x1/grad_weights/f32",
       [](const Trial& t) { return t.spec.out_channels > 64; },
       {"K > 64"}},
      {"c3_i5x6_k3_f2x2/forward/f32/beta=0.5,threads=3",
       [](const Trial& t) { return t.recipe.beta != 0 && t.recipe.threads > 1; },
       {"not beta = 0", "threads > 1"}},
      {"c6_i1x9_k6_f1x3_g6/forward/f32",
       [](const Trial& t) {
         return t.spec.rank == 2 && t.spec.input[0] == 1 && t.spec.groups > 1 &&
                t.spec.groups == t.spec.in_channels;
       },
       {"depthwise", "rows"}},
  };
  return table;
}

BOOST_AUTO_TEST_CASE(the_condition_of_a_fault_is_found_by_asking) {
  for (const Known& known : known_causes()) {
    const Cause cause = cause_of(known.condition, known.finding);
    const std::string text = cause_text(cause);

    BOOST_TEST(text.starts_with("fails where "), known.finding << ": " << text);
    for (const char* const part : known.says)
      BOOST_TEST(text.find(part) != std::string::npos, part << " is not in: " << text);
    BOOST_TEST(differences(cause, known.condition) <= 5U, text);
    BOOST_TEST(20 * (cause.probes_with - cause.failed_with) <= cause.probes_with);
    BOOST_TEST(20 * cause.failed_without <= cause.probes_without);
    BOOST_TEST(cause.probes_with >= 30U);
    BOOST_TEST(cause.probes_without >= 40U);
  }
}

BOOST_AUTO_TEST_CASE(where_nothing_separates_it_says_so) {
  const Cause cause = cause_of(
      [](const Trial& t) {
        // Depends on everything, and on nothing that a sentence could say.
        const ConvSpec& s = t.spec;
        std::uint64_t hash = 0;
        for (const index_t size : {s.batch, s.in_channels, s.out_channels, s.input[0], s.input[1],
                                   s.filter[0], s.stride[0], s.padding[0].before})
          hash = datasets::scramble(hash + static_cast<std::uint64_t>(size));
        return s == parse_trial("c2_i3x4_k2_f2x2/forward/f32").spec || hash % 2 == 0;
      },
      "c2_i3x4_k2_f2x2/forward/f32");

  const std::string text = cause_text(cause);
  BOOST_TEST(text.starts_with("no condition found that separates the "), text);
}

BOOST_AUTO_TEST_CASE(a_kernel_that_always_fails_fails_everywhere) {
  const Cause cause = cause_of([](const Trial&) { return true; }, "c2_i3x4_k2_f2x2/forward/f32");

  BOOST_TEST(cause_text(cause).starts_with("fails everywhere: in "));
}

BOOST_AUTO_TEST_CASE(no_more_is_asked_than_allowed) {
  std::size_t asked = 0;
  Experiment experiment{
      .minimum = parse_trial("c2_i3x4_k2_f2x2/forward/f32"), .most_probes = 50, .time_s = plenty_s};
  experiment.fails = [&](const Trial& trial) {
    ++asked;
    return std::optional(trial.spec.in_channels > 1);
  };
  experiment.draw = [](std::size_t number) { return drawn(7, number); };

  find_cause(experiment);

  BOOST_TEST(asked <= 150U);  // each probe on three kinds of data at most
}

BOOST_AUTO_TEST_CASE(trials_that_are_refused_are_no_evidence) {
  Experiment experiment{.minimum = parse_trial("c2_i3x4_k2_f2x2/forward/f32"), .time_s = plenty_s};
  std::size_t answered = 0;
  experiment.fails = [&](const Trial& trial) -> std::optional<bool> {
    if (trial.pass != Pass::forward || trial.spec.rank != 2) return std::nullopt;
    ++answered;
    return trial.spec.in_channels > 1;
  };
  experiment.draw = [](std::size_t number) { return drawn(7, number); };

  const Cause cause = find_cause(experiment);

  BOOST_TEST(cause.probes_with + cause.probes_without <= answered);
  BOOST_TEST(cause.formula.text() == "C > 1");
}

BOOST_AUTO_TEST_CASE(a_sentence_names_what_the_terms_share_first) {
  const auto fact = [](std::string_view name) {
    const auto found = std::ranges::find(facts(), name, &Fact::name);
    BOOST_REQUIRE(found != facts().end());
    return static_cast<std::size_t>(found - facts().begin());
  };
  using enum Literal::Kind;
  const Literal bf16{.kind = one_of,
                     .first = fact("precision"),
                     .value = index_t{1} << static_cast<int>(Precision::bf16)};
  const Literal dilated{.kind = at_least, .first = fact("dilation"), .value = 2};
  const Literal large{.kind = at_least, .first = fact("multiply-adds"), .value = 4097};

  const Formula formula{{{bf16, dilated}, {large, bf16}}};

  BOOST_TEST(formula.text() == "bf16 and (dilation > 1, or multiply-adds > 4096)");
  BOOST_TEST(formula.holds(parse_trial("c1_i5_k1_f2_d2/forward/bf16")));
  BOOST_TEST(!formula.holds(parse_trial("c1_i5_k1_f2_d2/forward/f32")));
  BOOST_TEST(!formula.holds(parse_trial("c1_i5_k1_f2/forward/bf16")));
  BOOST_TEST(formula.holds(parse_trial("c1_i4098_k1_f2/forward/bf16")));  // 4097 outputs, 2 taps
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::fuzz
