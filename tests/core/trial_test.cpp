// SPDX-License-Identifier: Apache-2.0
#include "core/trial.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "core/errors.hpp"
#include "core/verdict.hpp"
#include "tests/core/generators.hpp"

BOOST_AUTO_TEST_SUITE(trial_test)

using namespace convict;
using generators::Settings;

BOOST_TEST_GLOBAL_FIXTURE(Settings);

namespace {

double any_finite() {
  const double value = *rc::gen::arbitrary<double>();
  RC_PRE(std::isfinite(value));
  return value;
}

Kept any_kept() {
  const auto which = *rc::gen::element(Kept::Which::all, Kept::Which::one, Kept::Which::none);
  if (which != Kept::Which::one) return {.which = which};
  return {
      .which = which,
      .index = *rc::gen::nonEmpty(rc::gen::container<std::vector<index_t>>(generators::number()))};
}

Trial any_trial() {
  Trial trial;
  trial.spec = *generators::any_spec();
  trial.pass = *rc::gen::elementOf(all_passes);
  trial.precision = *rc::gen::elementOf(all_precisions);
  if (*rc::gen::arbitrary<bool>()) return trial;
  Recipe& r = trial.recipe;
  r.fill = *rc::gen::element<std::string>("exact", "gaussian", "ones");
  r.seed = *rc::gen::arbitrary<std::uint64_t>();
  for (Kept& kept : r.only) kept = any_kept();
  r.alpha = *rc::gen::arbitrary<bool>() ? 1 : any_finite();
  r.beta = *rc::gen::arbitrary<bool>() ? 0 : any_finite();
  r.layout = *rc::gen::element(Layout::nchw, Layout::nhwc);
  r.pitch = *generators::number();
  if (*rc::gen::arbitrary<bool>()) r.layout = parse_layout("nhwc:rsck:chwn");
  for (AxisStep& step : r.steps.input) step.unused = *generators::number();
  r.steps.filters[4] = {.times = *rc::gen::inRange<index_t>(-3, 4), .multiple = 8};
  r.steps = without_repeated_result(r.steps, trial.pass);
  r.align = *rc::gen::inRange<index_t>(0, 64);
  r.guard = *rc::gen::elementOf(all_guards);
  r.threads = *rc::gen::inRange(1, 100);
  r.check = *rc::gen::element<std::string>("judge", "linearity");
  return trial;
}

struct Malformed {
  std::string text;
  std::string problem;
};
std::ostream& operator<<(std::ostream& out, const Malformed& m) { return out << m.text; }

const Malformed malformed[] = {
    {"", "expected SPEC/pass/precision[/recipe]"},
    {"c1_i8_k1_f3", "expected SPEC/pass/precision[/recipe]"},
    {"c1_i8_k1_f3/forward", "expected SPEC/pass/precision[/recipe]"},
    {"c1_i8_k1_f3/forward/f32/seed=1/seed=2", "expected SPEC/pass/precision[/recipe]"},
    {"c1_i8_k1_q3/forward/f32", "bad spec 'c1_i8_k1_q3': expected '_f'"},
    {"c1_i8_k1_f3/Forward/f32", "pass 'Forward' is unknown; it is forward, grad_input"},
    {"c1_i8_k1_f3//f32", "pass '' is unknown"},
    {"c1_i8_k1_f3/forward/f8", "precision 'f8' is unknown; it is f64, f32"},
    {"c1_i8_k1_f3/forward/f32 ", "precision 'f32 ' is unknown"},
    {"c1_i8_k1_f3/forward/f32/", "'' is unknown, repeated or misplaced"},
    {"c1_i8_k1_f3/forward/f32/seed", "'seed' is unknown, repeated or misplaced"},
    {"c1_i8_k1_f3/forward/f32/colour=red", "'colour=red' is unknown, repeated or misplaced"},
    {"c1_i8_k1_f3/forward/f32/seed=1,seed=1", "'seed=1' is unknown, repeated or misplaced"},
    {"c1_i8_k1_f3/forward/f32/beta=1,alpha=2", "'alpha=2' is unknown, repeated or misplaced"},
    {"c1_i8_k1_f3/forward/f32/seed=1,", "'' is unknown, repeated or misplaced"},
    {"c1_i8_k1_f3/forward/f32/fill=", "fill= has no value"},
    {"c1_i8_k1_f3/forward/f32/check=", "check= has no value"},
    {"c1_i8_k1_f3/forward/f32/seed=-1", "seed=-1 is not a number that fits"},
    {"c1_i8_k1_f3/forward/f32/seed=18446744073709551616", "is not a number that fits"},
    {"c1_i8_k1_f3/forward/f32/seed=1x", "seed=1x is not a number that fits"},
    {"c1_i8_k1_f3/forward/f32/only=0x1", "only=0x1 must be A:B"},
    {"c1_i8_k1_f3/forward/f32/only=0x-1:*", "only=0x-1:* must be A:B"},
    {"c1_i8_k1_f3/forward/f32/only=0x:*", "only=0x:* must be A:B"},
    {"c1_i8_k1_f3/forward/f32/only=*:", "only=*: must be A:B"},
    {"c1_i8_k1_f3/forward/f32/only=*:*:*", "only=*:*:* must be A:B"},
    {"c1_i8_k1_f3/forward/f32/alpha=", "alpha= is not a number that fits"},
    {"c1_i8_k1_f3/forward/f32/alpha=nan", "alpha=nan must be finite"},
    {"c1_i8_k1_f3/forward/f32/beta=-inf", "beta=-inf must be finite"},
    {"c1_i8_k1_f3/forward/f32/beta=1e999", "beta=1e999 is not a number that fits"},
    {"c1_i8_k1_f3/forward/f32/layout=NHWC", "layout=NHWC: 'NHWC' is no order of n c h w (and d)"},
    {"c1_i8_k1_f3/forward/f32/layout=nchh", "'nchh' is no order of n c h w"},
    {"c1_i8_k1_f3/forward/f32/layout=nchw:kcrs", "layout=nchw:kcrs must be one order for all"},
    {"c1_i8_k1_f3/forward/f32/layout=nchw:nchw:nchw", "'nchw' is no order of k c r s"},
    {"c1_i8_k1_f3/forward/f32/layout=nchw:kzcrs:nchw", "'kzcrs' is no order of k c r s"},
    {"c1_i8_k1_f3/forward/f32/steps=c+2", "steps=c+2 must be INPUT:FILTERS:OUTPUT"},
    {"c1_i8_k1_f3/forward/f32/steps=c:-:-", "'c' must be AXIS[*TIMES][+UNUSED][%MULTIPLE]"},
    {"c1_i8_k1_f3/forward/f32/steps=k+1:-:-", "'k+1' must be AXIS"},
    {"c1_i8_k1_f3/forward/f32/steps=c+-1:-:-", "'c+-1' must be AXIS"},
    {"c1_i8_k1_f3/forward/f32/steps=c%0:-:-", "'c%0' must be AXIS"},
    {"c1_i8_k1_f3/forward/f32/steps=w+1.c+1:-:-", "'c+1' must be AXIS"},
    {"c1_i8_k1_f3/forward/f32/steps=c+1.:-:-", "'' must be AXIS"},
    {"c1_i8_k1_f3/forward/f32/steps=c+1x:-:-", "'c+1x' must be AXIS"},
    {"c1_i8_k1_f3/forward/f32/steps=::", "'' must be AXIS"},
    {"c1_i8_k1_f3/forward/f32/steps=-:-:n*0",
     "steps=-:-:n*0 repeats the tensor that forward writes"},
    {"c1_i8_k1_f3/grad_weights/f32/steps=-:c*0:-", "repeats the tensor that grad_weights writes"},
    {"c1_i8_k1_f3/forward/f32/pitch=-1", "pitch=-1 must be at least 0"},
    {"c1_i8_k1_f3/forward/f32/align=-4", "align=-4 must be at least 0"},
    {"c1_i8_k1_f3/forward/f32/align=64", "align=64 must be at most 63"},
    {"c1_i8_k1_f3/forward/f32/guard=up", "guard=up is unknown; it is none, left or right"},
    {"c1_i8_k1_f3/forward/f32/threads=0", "threads=0 must be at least 1"},
    {"c1_i8_k1_f3/forward/f32/threads=4294967297", "is not a number that fits"},
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_trial_of_defaults_names_spec_pass_and_precision_only) {
  const Trial trial = parse_trial("c1_i8_k1_f3/grad_input/bf16");

  BOOST_TEST((trial.pass == Pass::grad_input));
  BOOST_TEST((trial.precision == Precision::bf16));
  BOOST_TEST((trial.recipe == Recipe{}));
  BOOST_TEST(to_string(trial) == "c1_i8_k1_f3/grad_input/bf16");
}

BOOST_AUTO_TEST_CASE(every_key_of_the_recipe_is_read) {
  const std::string text =
      "c1_i8_k1_f3/forward/f32/"
      "fill=ones,seed=17,only=0x0x7:-,alpha=2,beta=-0.5,layout=nhwc,pitch=3,"
      "steps=n*0.c+2:k*-2%16:-,align=4,"
      "guard=right,threads=2,check=linearity";

  const Recipe recipe = parse_trial(text).recipe;

  const Recipe expected{.fill = "ones",
                        .seed = 17,
                        .only = {Kept{.which = Kept::Which::one, .index = {0, 0, 7}},
                                 Kept{.which = Kept::Which::none}},
                        .alpha = 2,
                        .beta = -0.5,
                        .layout = Layout::nhwc,
                        .pitch = 3,
                        .steps = parse_steps("n*0.c+2:k*-2%16:-"),
                        .align = 4,
                        .guard = Guard::right,
                        .threads = 2,
                        .check = "linearity"};
  BOOST_TEST((recipe == expected));
  BOOST_TEST(to_string(parse_trial(text)) == text);
}

BOOST_AUTO_TEST_CASE(the_text_of_every_trial_parses_back_to_it) {
  BOOST_TEST(rc::check([] {
    const Trial trial = any_trial();
    RC_ASSERT((parse_trial(to_string(trial)) == trial));
  }));
}

BOOST_DATA_TEST_CASE(malformed_trials_are_refused_with_the_token, malformed) {
  BOOST_CHECK_EXCEPTION(parse_trial(sample.text), SpecError, [&](const SpecError& error) {
    BOOST_TEST_MESSAGE(error.what());
    return std::string(error.what()).find(sample.problem) != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(the_replay_command_names_kernel_and_trial) {
  const Trial trial = parse_trial("c1_i8_k1_f3/forward/f32/seed=17");

  BOOST_TEST(replay_command("optimized.corr_mm", trial) ==
             "convict replay --kernel optimized.corr_mm 'c1_i8_k1_f3/forward/f32/seed=17'");
  BOOST_TEST(replay_command("/a b/it's.so:row", trial) ==
             "convict replay --kernel '/a b/it'\\''s.so:row' 'c1_i8_k1_f3/forward/f32/seed=17'");
}

BOOST_AUTO_TEST_SUITE_END()
