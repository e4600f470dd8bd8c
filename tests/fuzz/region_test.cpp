// SPDX-License-Identifier: Apache-2.0
// What a search learns of the problems that a kernel accepts, and what it draws inside of them.
#include "fuzz/region/region.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>

#include "core/spec_text.hpp"
#include "fuzz/acceptance.hpp"
#include "fuzz/generator.hpp"
#include "fuzz/region/accepted.hpp"
#include "fuzz/region/seeds.hpp"
#include "reference/kernels.hpp"
#include "tests/planted_faults.hpp"

namespace convict::fuzz {
namespace {

BOOST_AUTO_TEST_SUITE(region_test)

using Kind = Unit::Kind;
using Predicate = bool (*)(const ConvSpec&);

Hints hints() {
  return {.passes = {Pass::forward},
          .precisions = {Precision::f32},
          .examples = {},
          .shapes = plain_shapes(0, 900)};
}

Takes takes_where(Predicate holds) {
  return [holds](const Trial& trial) { return holds(trial.spec); };
}

Region region_of(Predicate holds) { return Region::learned(takes_where(holds), hints(), 16'000); }

std::vector<Trial> drawn_inside(const Region& region, Predicate holds, std::size_t count) {
  std::vector<Trial> drawn;
  for (std::size_t number = 0; drawn.size() < count; ++number) {
    const Trial wanted =
        trial_at({.passes = {Pass::forward}, .precisions = {Precision::f32}, .large = false},
                 number, first_weights());
    if (why_invalid(wanted.spec)) continue;
    drawn.push_back(region.fitted(wanted, takes_where(holds), Draw(rc::Random(number))));
  }
  return drawn;
}

bool is_depthwise_3x3(const ConvSpec& spec) {
  return spec.rank == 2 && spec.groups == spec.in_channels && spec.groups == spec.out_channels &&
         spec.filter == Axes{3, 3, 1} && spec.stride == Axes{1, 1, 1} &&
         spec.dilation == Axes{1, 1, 1};
}

BOOST_AUTO_TEST_CASE(a_unit_that_is_set_has_that_value_and_the_outputs_stay) {
  const ConvSpec spec = parse_valid_spec("n2_c6_i12x9_k9_f3x2_s2x1_d1x2_p1:0x2:1_g3");
  for (const Unit unit : units()) {
    if (!has(spec, unit)) continue;
    const ConvSpec changed = with(spec, unit, 4);
    BOOST_TEST(value_of(changed, unit) == 4);
    if (unit.kind != Kind::output && unit.kind != Kind::input)
      BOOST_TEST((output_extents(changed) == output_extents(spec)));
  }
}

BOOST_AUTO_TEST_CASE(one_row_more_that_no_output_reads_stays_when_a_parameter_changes) {
  // (6 - 3) / 2 + 1 = 2 outputs, one row unused
  const ConvSpec spec = parse_valid_spec("c1_i6_k1_f3_s2");
  // 2 outputs of a filter of 5: (2 - 1) 2 + 5 = 7 rows, and the unused one
  BOOST_TEST(with(spec, {Kind::filter, 0}, 5).input[0] == 8);
  BOOST_TEST(with(spec, {Kind::filter, 0}, 5, Hold::inputs).input[0] == 6);
}

BOOST_AUTO_TEST_CASE(every_draw_for_a_depthwise_kernel_is_accepted_and_sizes_vary) {
  const Region region = region_of(is_depthwise_3x3);
  BOOST_REQUIRE(!region.known().empty());
  std::set<index_t> channels, columns, paddings;
  for (const Trial& trial : drawn_inside(region, is_depthwise_3x3, 600)) {
    BOOST_TEST(is_depthwise_3x3(trial.spec), to_string(trial));
    BOOST_TEST(!why_invalid(trial.spec).has_value());
    channels.insert(trial.spec.in_channels);
    columns.insert(output_extent(trial.spec, 1));
    paddings.insert(padding_of(trial.spec, 1).before);
  }
  BOOST_TEST(channels.size() > 25U);
  BOOST_TEST(columns.size() > 25U);
  BOOST_TEST(paddings.size() > 3U);
}

BOOST_AUTO_TEST_CASE(multiples_are_learned_and_several_of_them_are_drawn) {
  const Predicate holds = [](const ConvSpec& spec) {
    return spec.groups == 1 && spec.rank == 2 && spec.filter == Axes{1, 1, 1} &&
           spec.in_channels % 32 == 0;
  };
  const Region region = region_of(holds);

  BOOST_TEST(region.values_of({Kind::in_channels}).modulus == 32);
  BOOST_TEST(region.values_of({Kind::in_channels}).residue == 0);
  std::set<index_t> channels;
  for (const Trial& trial : drawn_inside(region, holds, 400)) {
    BOOST_TEST(holds(trial.spec), to_string(trial));
    channels.insert(trial.spec.in_channels);
  }
  BOOST_TEST(channels.contains(96));
  BOOST_TEST(channels.size() > 5U);
}

BOOST_AUTO_TEST_CASE(units_that_only_change_together_are_learned) {
  const Predicate patches = [](const ConvSpec& spec) {
    return spec.rank == 2 && spec.filter[0] == spec.stride[0] && spec.filter[1] == spec.stride[1];
  };
  const Predicate twice = [](const ConvSpec& spec) {
    return spec.groups == 1 && spec.out_channels == 2 * spec.in_channels;
  };
  std::set<index_t> strides, channels;
  for (const Trial& trial : drawn_inside(region_of(patches), patches, 300)) {
    BOOST_TEST(patches(trial.spec), to_string(trial));
    strides.insert(trial.spec.stride[0]);
  }
  for (const Trial& trial : drawn_inside(region_of(twice), twice, 300)) {
    BOOST_TEST(twice(trial.spec), to_string(trial));
    channels.insert(trial.spec.in_channels);
  }
  BOOST_TEST(strides.size() > 3U);
  BOOST_TEST(channels.size() > 8U);
}

BOOST_AUTO_TEST_CASE(the_last_accepted_value_before_a_refused_one_is_an_edge_and_is_drawn) {
  const Predicate holds = [](const ConvSpec& spec) {
    return spec.rank == 2 && spec.groups == 1 && spec.in_channels <= 45;
  };
  const Region region = region_of(holds);

  const auto& edges = region.values_of({Kind::in_channels}).edges;
  BOOST_TEST((std::ranges::find(edges, 45) != edges.end()));
  const auto drawn = drawn_inside(region, holds, 2000);
  BOOST_TEST(
      std::ranges::any_of(drawn, [](const Trial& trial) { return trial.spec.in_channels == 45; }));
}

BOOST_AUTO_TEST_CASE(one_geometry_is_known_from_an_example_only) {
  static const ConvSpec only = parse_valid_spec("n2_c12_i14x10_k20_f3x5_p1x2");
  const Predicate holds = [](const ConvSpec& spec) { return spec == only; };
  Hints with_example = hints();
  with_example.examples.push_back({.spec = only, .pass = Pass::forward, .recipe = {}});

  const Region region = Region::learned(takes_where(holds), with_example, 16'000);

  BOOST_TEST(region_of(holds).known().empty());
  BOOST_REQUIRE(region.known().size() == 1U);
  for (const Trial& trial : drawn_inside(region, holds, 50)) BOOST_TEST((trial.spec == only));
}

BOOST_AUTO_TEST_CASE(learning_and_drawing_ask_no_more_than_they_say_and_give_the_same_again) {
  std::size_t asked = 0;
  const Takes counted = [&](const Trial& trial) {
    ++asked;
    return is_depthwise_3x3(trial.spec);
  };
  const Region region = Region::learned(counted, hints(), 5000);
  BOOST_TEST(asked <= 5000U);
  BOOST_TEST(region.questions() == asked);
  const Region again = region_of(is_depthwise_3x3);
  const Trial wanted = parse_trial("n3_c8_i9x7_k5_f2x2_s2_p1/forward/f32");
  asked = 0;
  const Trial drawn = region.fitted(wanted, counted, Draw(rc::Random(7)));
  BOOST_TEST(asked <= 151U);
  BOOST_TEST((region.fitted(wanted, counted, Draw(rc::Random(7))) == drawn));
  BOOST_TEST((region_of(is_depthwise_3x3).fitted(wanted, counted, Draw(rc::Random(7))) ==
              again.fitted(wanted, counted, Draw(rc::Random(7)))));
}

/// The reference, which refuses what `holds` is false for.
sandbox::Subject narrow(Predicate holds) {
  Kernel kernel = reference::kernels().front();
  kernel.name = "test.narrow";
  kernel.precisions = {Precision::f32};
  kernel.refuses = [holds](const Problem& problem) -> std::optional<std::string> {
    if (auto why = refuse_invalid(problem)) return why;
    if (holds(problem.spec)) return std::nullopt;
    return "not made for this";
  };
  return sandbox::in_process(kernel);
}

BOOST_AUTO_TEST_CASE(a_kernel_that_takes_everything_gets_trials_as_they_are_drawn) {
  const std::vector<sandbox::Subject> subjects = {planted::right()};
  const Space space{.seed = 3};
  const Space learned = with_accepted(space, subjects);

  BOOST_TEST(!learned.accepted->is_narrow(0));
  BOOST_TEST(notes_on_acceptance(learned).empty());
  for (std::size_t number = 0; number < 200; ++number)
    BOOST_TEST(
        (trial_at(space, number, first_weights()) == trial_at(learned, number, first_weights())));
}

BOOST_AUTO_TEST_CASE(kernels_of_one_search_get_shapes_in_turn) {
  const std::vector<sandbox::Subject> subjects = {
      narrow(is_depthwise_3x3), narrow([](const ConvSpec& spec) { return spec.batch % 16 == 0; })};
  const Space space =
      with_accepted({.passes = {Pass::forward}, .precisions = {Precision::f32}}, subjects);
  for (std::size_t number = 0; number < 60; ++number) {
    const Trial trial = trial_at(space, number, first_weights());
    if (!why_invalid(trial.spec)) BOOST_TEST(space.accepted->takes(trial, number));
  }
  BOOST_TEST(notes_on_acceptance(space).size() == 2U);
}

BOOST_AUTO_TEST_CASE(derived_trials_differ_and_say_when_nothing_more_is_accepted) {
  const std::vector<sandbox::Subject> depthwise = {narrow(is_depthwise_3x3)};
  const std::vector<sandbox::Subject> nothing = {narrow([](const ConvSpec&) { return false; })};
  const Space one{.passes = {Pass::forward}, .precisions = {Precision::f32}, .products = 1e4};

  const Derived many = derived_trials(with_accepted(one, depthwise), 300);
  const Derived none = derived_trials(with_accepted(one, nothing), 300);

  BOOST_TEST(many.complete);
  BOOST_TEST(many.trials.size() == 300U);
  std::set<std::string> texts;
  for (const Trial& trial : many.trials) {
    BOOST_TEST(is_depthwise_3x3(trial.spec));
    texts.insert(to_string(trial));
  }
  BOOST_TEST(texts.size() == 300U);
  BOOST_TEST(!none.complete);
  BOOST_TEST(none.trials.empty());
}

/// A worker that is killed whenever `killed` of its next answers are left.
class Killed final : public sandbox::Sandbox {
 public:
  explicit Killed(int answers) : killed_(answers) {}
  sandbox::Admission admit(const Problem&) override {
    if (killed_-- <= 0) return {};
    sandbox::Admission admission;
    admission.end = {sandbox::CallEnd::Kind::crashed, "signal 9 (Killed)"};
    return admission;
  }
  std::span<std::byte> arena(std::size_t) override { return {}; }
  sandbox::CallEnd run(const Problem&, const sandbox::Placement&) override { return {}; }

 private:
  int killed_;
};

BOOST_AUTO_TEST_CASE(a_worker_that_was_killed_says_nothing_about_what_its_kernel_takes) {
  const auto takes = [](int killed) {
    const sandbox::Subject subject{reference::kernels().front(),
                                   [killed] { return std::make_unique<Killed>(killed); }};
    return Questions(subject).takes(parse_trial("c1_i5_k1_f3/forward/f32"));
  };

  BOOST_TEST(takes(0));
  BOOST_TEST(takes(1));
  BOOST_TEST(!takes(2));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::fuzz
