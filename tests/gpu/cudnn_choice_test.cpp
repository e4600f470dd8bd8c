// SPDX-License-Identifier: Apache-2.0
// Which engine is chosen, with a fake library that proposes given engines.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>

#include "tests/gpu/cudnn_stack.hpp"
#include "tests/remote_device.hpp"

namespace convict::gpu::cudnn::test {
namespace {

BOOST_AUTO_TEST_SUITE(cudnn_choice_test)

constexpr auto tensor_core = CUDNN_NUMERICAL_NOTE_TENSOR_CORE;
constexpr auto nondeterministic = CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC;
constexpr auto fft = CUDNN_NUMERICAL_NOTE_FFT;
constexpr auto winograd_note = CUDNN_NUMERICAL_NOTE_WINOGRAD;

BOOST_FIXTURE_TEST_CASE(the_next_engine_is_used_where_a_plan_cannot_be_made, Fresh) {
  fake().proposed = {{.index = 4, .finalizes = false}, {.index = 9}};
  Stack stack;

  const Answer answer = stack.planner.answer(problem(simple), {});

  BOOST_TEST_REQUIRE(answer.plan);
  BOOST_TEST(answer.plan->engine == 9);
}

BOOST_FIXTURE_TEST_CASE(engines_serve_by_precision, Fresh) {
  const auto served = [](std::vector<cudnnBackendNumericalNote_t> notes, Precision precision) {
    fake().proposed = {{.index = 1, .notes = std::move(notes)}};
    Stack stack;
    return stack.planner.answer(problem(simple, Pass::forward, precision), {}).plan != nullptr;
  };
  using P = Precision;

  for (const P precision : all_precisions) {
    BOOST_TEST(served({}, precision));
    BOOST_TEST(served({CUDNN_NUMERICAL_NOTE_STRICT_NAN_PROP}, precision));
    BOOST_TEST(served({tensor_core}, precision) == (precision != P::f32));
    BOOST_TEST(!served({CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS}, precision));
    BOOST_TEST(!served({tensor_core, CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS}, precision));
    BOOST_TEST(served({CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION}, precision) ==
               (precision == P::f16a16));
    BOOST_TEST(!served({nondeterministic}, precision));
    BOOST_TEST(!served({fft}, precision));
    BOOST_TEST(!served({winograd_note}, precision));
    BOOST_TEST(!served({static_cast<cudnnBackendNumericalNote_t>(12)}, precision));
  }
}

BOOST_FIXTURE_TEST_CASE(a_refusal_says_why_engines_were_declined, Fresh) {
  fake().proposed = {{.index = 1, .notes = {tensor_core}},
                     {.index = 2, .notes = {tensor_core}},
                     {.index = 3, .notes = {nondeterministic}},
                     {.index = 4, .workspace = Choice::usual_limit + 1},
                     {.index = 5, .finalizes = false}};
  Stack stack;

  const std::string why = refusal(stack.kernel(), problem(simple)).value_or("");

  for (const char* words :
       {"2 has note TENSOR_CORE, which f32 does not allow", "1 has note NONDETERMINISTIC",
        "1 needs more than 268435456 bytes of workspace", "1 could not be made ready",
        "cudnnBackendFinalize (plan): STATUS_3000: the last error"})
    BOOST_TEST(contains(why, words), why);
}

BOOST_FIXTURE_TEST_CASE(the_algorithm_names_of_theano_are_filters_of_engines, Fresh) {
  fake().proposed = {{.index = 1, .workspace = Choice::small_limit + 1},
                     {.index = 2, .workspace = 5},
                     {.index = 3},
                     {.index = 4, .notes = {fft}},
                     {.index = 5, .notes = {winograd_note}}};
  Stack stack;
  const auto engine = [&](const char* name, const std::string& spec = simple) {
    return stack.planner.answer(problem(spec), choice_named(name)).plan->engine;
  };

  BOOST_TEST(engine("none") == 3);
  BOOST_TEST(engine("small") == 2);
  BOOST_TEST(engine("large") == 1);
  BOOST_TEST(engine("deterministic") == 1);
  BOOST_TEST(engine("guess_on_shape_change") == 1);
  BOOST_TEST(engine("fft") == 4);
  BOOST_TEST(engine("fft_tiling") == 4);
  BOOST_TEST(engine("winograd") == 5);
  BOOST_TEST(engine("winograd_non_fused") == 5);
  BOOST_CHECK_THROW(choice_named("quick"), InputError);

  // Where Theano did not ask for the transform, `none` is used.
  for (const char* spec :
       {"c2_i6x6_k3_f3x3_s2", "c2_i1025x6_k3_f3x3", "c2_i6x6_k3_f1x1", "c2_i6x6x6_k3_f3x3x3"})
    BOOST_TEST(engine("fft", spec) == 3, spec);
  BOOST_TEST(engine("fft", "c2_i6x6_k3_f1x3") == 4);
  BOOST_TEST(engine("fft_tiling", "c2_i6x6_k3_f3x3_s2") == 3);
  BOOST_TEST(engine("fft_tiling", "c2_i6x6x6_k3_f3x3x3_s2") == 4);
  BOOST_TEST(engine("winograd", "c2_i6x6x6_k3_f3x3x3") == 3);
  BOOST_TEST(engine("winograd", "c2_i6x6_k3_f3x3_s2") == 5);
}

BOOST_FIXTURE_TEST_CASE(without_a_transforming_engine_none_serves, Fresh) {
  fake().proposed = {{.index = 2, .workspace = 5}, {.index = 3}};
  Stack stack;

  BOOST_TEST(stack.planner.answer(problem(simple), choice_named("fft")).plan->engine == 3);
  BOOST_TEST(stack.planner.answer(problem(simple), choice_named("winograd")).plan->engine == 3);
}

BOOST_FIXTURE_TEST_CASE(a_timed_choice_takes_the_fastest_and_times_each_once, Fresh) {
  fake().proposed = {
      {.index = 1}, {.index = 2}, {.index = 3, .notes = {tensor_core}}, {.index = 4}};
  const std::map<index_t, double> ms = {{1, 3.0}, {2, 1.0}, {3, 0.1}, {4, 2.0}};
  std::vector<index_t> timed;
  Stack stack([&](const Problem&, const Plan& plan) {
    timed.push_back(plan.engine);
    return ms.at(plan.engine);
  });
  const Choice by_time = choice_named("time_on_shape_change");

  BOOST_TEST(stack.planner.answer(problem(simple), by_time).plan->engine == 2);
  BOOST_TEST((timed == std::vector<index_t>{1, 2, 4}));
  stack.planner.answer(problem(simple), by_time);
  BOOST_TEST(timed.size() == 3U);
  stack.planner.answer(problem("c2_i7x6_k3_f3x3"), by_time);
  BOOST_TEST(timed.size() == 6U);
  BOOST_TEST(stack.planner.answer(problem(simple), {}).plan->engine == 1);
}

/// A device with the memory of the host and given times.
class TimedDevice final : public RemoteDevice {
 public:
  explicit TimedDevice(std::vector<double> ms) : ms_(std::move(ms)) {}
  std::string_view name() const override { return "timed"; }
  std::byte* allocate(std::size_t bytes) override {
    std::byte* const memory = host_device().allocate(bytes);
    live.insert(memory);
    return memory;
  }
  void release(std::byte* memory) override {
    live.erase(memory);
    host_device().release(memory);
  }
  void upload(std::byte* device, const std::byte* host, std::size_t bytes) override {
    std::copy_n(host, bytes, device);
    uploaded += bytes;
  }
  void download(std::byte*, const std::byte*, std::size_t) override {}
  double time_ms(const std::function<void()>& enqueue) override {
    enqueue();
    const auto* const input = static_cast<const float*>(fake().executions.back().pointers.at('x'));
    some_negative = some_negative || std::any_of(input, input + 72, [](float x) { return x < 0; });
    some_positive = some_positive || std::any_of(input, input + 72, [](float x) { return x > 0; });
    return ms_.at(calls++);
  }
  void flush_caches() override {}

  std::set<std::byte*> live;
  std::size_t uploaded = 0;
  std::size_t calls = 0;
  bool some_negative = false;
  bool some_positive = false;

 private:
  std::vector<double> ms_;
};

BOOST_FIXTURE_TEST_CASE(a_plan_is_timed_on_random_values_by_the_median_after_a_warm_up_run, Fresh) {
  fake().proposed = {{.index = 1, .workspace = 64}};
  Stack stack;
  TimedDevice device({0.5, 9, 2, 4});
  const Problem one = problem(simple);
  const auto plan = stack.planner.answer(one, {}).plan;

  const double ms = timed_on(device, stack.session)(one, *plan);

  BOOST_TEST(ms == 4);
  BOOST_TEST(fake().executions.size() == 4U);
  BOOST_TEST(fake().executions[0].stream == &device);
  BOOST_TEST(device.uploaded == (72 + 54 + 48) * sizeof(float));
  BOOST_TEST(device.some_negative);
  BOOST_TEST(device.some_positive);
  BOOST_TEST(device.live.empty());
}

BOOST_FIXTURE_TEST_CASE(once_keeps_the_engine_of_the_first_problem_with_the_kernel, Fresh) {
  fake().proposed = {{.index = 1}, {.index = 2}};
  Stack stack([&](const Problem&, const Plan& plan) { return plan.engine == 2 ? 1.0 : 2.0; });
  const Kernel kernel = stack.kernel(choice_named("time_once"));
  const auto engine = [&](const std::string& spec) {
    return std::static_pointer_cast<Plan>(kernel.plan(problem(spec)))->engine;
  };

  BOOST_TEST(engine(simple) == 2);
  fake().proposed = {{.index = 1}, {.index = 2, .workspace = 10}};

  // Choosing anew would give the other engine, which needs no workspace and is proposed first.
  BOOST_TEST(engine("c2_i8x8_k3_f3x3") == 2);
  BOOST_TEST(kernel.workspace_bytes(problem("c2_i9x9_k3_f3x3")) == 10);
  const Kernel another = stack.kernel(choice_named("guess_once"));
  BOOST_TEST(std::static_pointer_cast<Plan>(another.plan(problem(simple)))->engine == 1);
}

BOOST_FIXTURE_TEST_CASE(a_single_engine_may_do_what_chosen_ones_may_not, Fresh) {
  fake().proposed = {{.index = 1},
                     {.index = 2, .notes = {nondeterministic, winograd_note}, .workspace = 1 << 29},
                     {.index = 3, .notes = {tensor_core}}};
  Stack stack;
  const auto answer = [&](index_t engine) {
    return stack.planner.answer(
        problem(simple),
        {.engine = engine, .deterministic = false, .workspace_limit = std::size_t{1} << 30});
  };

  BOOST_TEST(answer(2).plan->engine == 2);
  BOOST_TEST(contains(answer(3).why, "TENSOR_CORE"));
  BOOST_TEST(contains(answer(4).why, "could not be made ready"));
}

BOOST_FIXTURE_TEST_CASE(a_few_hundred_answers_are_cached_and_no_more, Fresh) {
  Stack stack;
  for (int extent = 3; extent < 303; ++extent)
    stack.planner.answer(problem("c2_i6x" + std::to_string(extent) + "_k3_f3x3"), {});
  const int calls = fake().calls;

  stack.planner.answer(problem("c2_i6x302_k3_f3x3"), {});
  BOOST_TEST(fake().calls == calls);
  stack.planner.answer(problem("c2_i6x3_k3_f3x3"), {});
  BOOST_TEST(fake().calls > calls);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::gpu::cudnn::test
