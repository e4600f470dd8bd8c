// The cuDNN layer against a library that fails where it is told to, and proposes the engines it is
// told to: what the true one cannot be brought to do without a device.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <limits>
#include <numeric>

#include "core/device.hpp"
#include "core/half.hpp"
#include "gpu/cudnn/cudnn_service.hpp"
#include "gpu/cudnn/rows.hpp"
#include "tests/gpu_cudnn_cases.hpp"
#include "tests/gpu_cudnn_fake.hpp"

namespace convict::gpu::cudnn::test {
namespace {

constexpr auto tensor_core = CUDNN_NUMERICAL_NOTE_TENSOR_CORE;
constexpr auto nondeterministic = CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC;
constexpr auto fft = CUDNN_NUMERICAL_NOTE_FFT;
constexpr auto winograd_note = CUDNN_NUMERICAL_NOTE_WINOGRAD;

const std::string simple = "c2_i6x6_k3_f3x3";

/// The whole stack on the fake library, as `service()` builds it on the true one.
struct Stack {
  explicit Stack(TimePlan time = {})
      : planner(api, device_properties(api, 0), std::move(time)), session(api, host_runtime()) {}

  Api api = fake_api();
  Planner planner;
  Session session;
  CudnnService service{planner, session};

  Kernel row(const Choice& choice = {}, bool with_tensor_cores = false) {
    Kernel made = cudnn::row("gpu.cudnn", with_tensor_cores, choice,
                             [this]() -> Service& { return service; });
    made.absent = nullptr;
    return made;
  }
};

struct Fresh {
  Fresh() { fake().reset(); }
  ~Fresh() { BOOST_TEST(fake().live.empty()); }
};

struct alignas(64) Memory {
  std::array<std::byte, 4096> bytes{};
  Buffers buffers() {
    return {.input = bytes.data(),
            .filters = bytes.data() + 1024,
            .output = bytes.data() + 2048,
            .workspace = bytes.data() + 3072,
            .workspace_bytes = 1024,
            .stream = bytes.data()};
  }
};

/// Admission, plan and run as the judge goes about it; "" or why it was refused.
std::string carried_out(Stack& stack, const Kernel& row, const Problem& problem) {
  static_cast<void>(stack);
  if (const auto why = refusal(row, problem)) return *why;
  Memory memory;
  Buffers buffers = memory.buffers();
  BOOST_TEST_REQUIRE(workspace_bytes(row, problem) <= buffers.workspace_bytes);
  const auto plan = row.plan(problem);
  buffers.plan = plan.get();
  row.run(problem, buffers);
  return "";
}

std::string carried_out_from_nothing() {
  Stack stack;
  return carried_out(stack, stack.row(), problem(simple));
}

BOOST_FIXTURE_TEST_CASE(a_plan_is_executed_on_the_callers_memory_and_stream, Fresh) {
  fake().proposed = {{.index = 7, .workspace = 100}};
  Stack stack;
  const Kernel row = stack.row();
  Memory memory;
  Buffers buffers = memory.buffers();
  const Problem one = problem(simple);

  const auto plan = row.plan(one);
  buffers.plan = plan.get();
  row.run(one, buffers);

  BOOST_TEST_REQUIRE(fake().executions.size() == 1);
  const Fake::Execution& done = fake().executions[0];
  BOOST_TEST(done.engine == 7);
  BOOST_TEST(done.pointers.at('x') == buffers.input);
  BOOST_TEST(done.pointers.at('w') == buffers.filters);
  BOOST_TEST(done.pointers.at('y') == buffers.output);
  BOOST_TEST(done.workspace == buffers.workspace);
  BOOST_TEST(done.stream == buffers.stream);
  BOOST_TEST(row.workspace_bytes(one) == 100);
}

using Integers = std::vector<std::int64_t>;

BOOST_FIXTURE_TEST_CASE(a_problem_is_told_axis_by_axis_and_side_by_side, Fresh) {
  Problem one = problem("n2_c6_i7x9x8_k4_f2x3x1_s1x2x3_d2x1x3_p1:2x3:4x5:6_g2_flip",
                        Pass::grad_input, Precision::f64, Layout::nhwc);
  one.alpha = 0.3;
  one.beta = -2;
  const Graph graph = graph_of(fake_api(), one);

  auto& told = fake().integers;
  BOOST_TEST((told[CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS] == Integers{3}));
  BOOST_TEST((told[CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS] == Integers{1, 3, 5}));
  BOOST_TEST((told[CUDNN_ATTR_CONVOLUTION_POST_PADDINGS] == Integers{2, 4, 6}));
  BOOST_TEST((told[CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES] == Integers{1, 2, 3}));
  BOOST_TEST((told[CUDNN_ATTR_CONVOLUTION_DILATIONS] == Integers{2, 1, 3}));
  BOOST_TEST(fake().choices[CUDNN_ATTR_CONVOLUTION_CONV_MODE] == CUDNN_CONVOLUTION);
  BOOST_TEST(fake().choices[CUDNN_ATTR_CONVOLUTION_COMP_TYPE] == CUDNN_DATA_DOUBLE);
  BOOST_TEST(fake().choices[CUDNN_ATTR_TENSOR_DATA_TYPE] == CUDNN_DATA_DOUBLE);
  BOOST_TEST(fake().factors[CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA] == 0.3);
  BOOST_TEST(fake().factors[CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA] == -2);
  // o = (7 + 3 - 3) / 1 + 1, (9 + 7 - 3) / 2 + 1, (8 + 11 - 1) / 3 + 1
  auto& tensors = fake().tensors;
  BOOST_TEST((tensors['x'][CUDNN_ATTR_TENSOR_DIMENSIONS] == Integers{2, 6, 7, 9, 8}));
  BOOST_TEST((tensors['x'][CUDNN_ATTR_TENSOR_STRIDES] == Integers{3024, 1, 432, 48, 6}));
  BOOST_TEST((tensors['w'][CUDNN_ATTR_TENSOR_DIMENSIONS] == Integers{4, 3, 2, 3, 1}));
  BOOST_TEST((tensors['w'][CUDNN_ATTR_TENSOR_STRIDES] == Integers{18, 1, 9, 3, 3}));
  BOOST_TEST((tensors['y'][CUDNN_ATTR_TENSOR_DIMENSIONS] == Integers{2, 4, 8, 7, 7}));
  BOOST_TEST((tensors['y'][CUDNN_ATTR_TENSOR_STRIDES] == Integers{1568, 1, 196, 28, 4}));
}

BOOST_FIXTURE_TEST_CASE(one_axis_gets_a_second_one_in_front, Fresh) {
  const Graph graph =
      graph_of(fake_api(), problem("n2_c3_i9_k4_f2_s3_d5_phalf", Pass::forward, Precision::bf16));

  auto& told = fake().integers;
  BOOST_TEST((told[CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS] == Integers{2}));
  BOOST_TEST((told[CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS] == Integers{0, 3}));  // K = 6
  BOOST_TEST((told[CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES] == Integers{1, 3}));
  BOOST_TEST((told[CUDNN_ATTR_CONVOLUTION_DILATIONS] == Integers{1, 5}));
  BOOST_TEST((fake().tensors['x'][CUDNN_ATTR_TENSOR_DIMENSIONS] == Integers{2, 3, 1, 9}));
  BOOST_TEST((fake().tensors['w'][CUDNN_ATTR_TENSOR_DIMENSIONS] == Integers{4, 3, 1, 2}));
  BOOST_TEST(fake().choices[CUDNN_ATTR_CONVOLUTION_CONV_MODE] == CUDNN_CROSS_CORRELATION);
  BOOST_TEST(fake().choices[CUDNN_ATTR_CONVOLUTION_COMP_TYPE] == CUDNN_DATA_FLOAT);
  BOOST_TEST(fake().choices[CUDNN_ATTR_TENSOR_DATA_TYPE] == CUDNN_DATA_BFLOAT16);
}

BOOST_FIXTURE_TEST_CASE(running_makes_nothing_but_the_list_of_pointers, Fresh) {
  Stack stack;
  const Kernel row = stack.row();
  Memory memory;
  Buffers buffers = memory.buffers();
  const Problem one = problem(simple);
  const auto plan = row.plan(one);
  buffers.plan = plan.get();
  const auto before = fake().live;
  const int calls = fake().calls;

  row.run(one, buffers);

  BOOST_TEST((fake().live == before));
  // The list: create, ids, pointers, workspace, finalize; then the stream, and execute.
  BOOST_TEST(fake().calls - calls == 7);
}

/// A failing call either makes the row refuse, or throws by the status' kind, or costs one engine
/// of several; in words, and without leaving anything behind.
BOOST_FIXTURE_TEST_CASE(every_call_may_fail_with_every_kind_of_status, Fresh) {
  BOOST_TEST(carried_out_from_nothing() == "");
  const int calls = fake().calls;
  BOOST_TEST(calls > 50);
  for (const int status : {1001, 1008, 2000, 2003, 3000, 3002, 4000, 4001, 4003, 4004, 5000, 5003})
    for (int at = 1; at <= calls; ++at) {
      fake().reset();
      fake().fail_at = at;
      fake().status = static_cast<cudnnStatus_t>(status);
      std::string said;
      enum { refused, kernel, environment } kind = refused;
      try {
        said = carried_out_from_nothing();
      } catch (const KernelError& error) {
        kind = kernel;
        said = error.what();
      } catch (const EnvironmentError& error) {
        kind = environment;
        said = error.what();
      }
      const std::string where =
          "call " + std::to_string(at) + " " + fake().failed_call + ": " + said;
      const bool of_environment = status < 2000 || status == 4003 || status == 4004;
      BOOST_TEST_REQUIRE(contains(said, fake().failed_call), where);
      BOOST_TEST_REQUIRE(contains(said, "STATUS_" + std::to_string(status)), where);
      BOOST_TEST_REQUIRE(contains(said, "the last error"), where);
      BOOST_TEST_REQUIRE((kind == environment) == of_environment, where);
      BOOST_TEST_REQUIRE(fake().live.empty(), where);
    }
}

BOOST_FIXTURE_TEST_CASE(an_engine_that_cannot_be_made_ready_leaves_its_place_to_the_next, Fresh) {
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

BOOST_FIXTURE_TEST_CASE(the_words_of_a_refusal_say_what_became_of_the_engines, Fresh) {
  fake().proposed = {{.index = 1, .notes = {tensor_core}},
                     {.index = 2, .notes = {tensor_core}},
                     {.index = 3, .notes = {nondeterministic}},
                     {.index = 4, .workspace = Choice::usual_limit + 1},
                     {.index = 5, .finalizes = false}};
  Stack stack;

  const std::string why = refusal(stack.row(), problem(simple)).value_or("");

  for (const char* words :
       {"2 has note TENSOR_CORE, which f32 does not allow", "1 has note NONDETERMINISTIC",
        "1 needs more than 268435456 bytes of workspace", "1 could not be made ready",
        "cudnnBackendFinalize (plan): STATUS_3000: the last error"})
    BOOST_TEST(contains(why, words), why);
}

BOOST_FIXTURE_TEST_CASE(the_seeds_names_are_filters_of_engines, Fresh) {
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

  // Where the seeds did not ask for the transform, `none` serves.
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

/// The host's memory, and times as they are told.
class ToldDevice final : public Device {
 public:
  explicit ToldDevice(std::vector<double> ms) : ms_(std::move(ms)) {}
  std::string_view name() const override { return "told"; }
  bool host_addressable() const override { return false; }
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
  void* stream() override { return this; }
  void synchronize() override {}
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

BOOST_FIXTURE_TEST_CASE(a_plan_is_timed_on_random_values_by_the_median_behind_a_first_run, Fresh) {
  fake().proposed = {{.index = 1, .workspace = 64}};
  Stack stack;
  ToldDevice device({0.5, 9, 2, 4});
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

BOOST_FIXTURE_TEST_CASE(once_keeps_the_engine_of_the_first_problem_with_the_row, Fresh) {
  fake().proposed = {{.index = 1}, {.index = 2}};
  Stack stack([&](const Problem&, const Plan& plan) { return plan.engine == 2 ? 1.0 : 2.0; });
  const Kernel row = stack.row(choice_named("time_once"));
  const auto engine = [&](const std::string& spec) {
    return std::static_pointer_cast<Plan>(row.plan(problem(spec)))->engine;
  };

  BOOST_TEST(engine(simple) == 2);
  fake().proposed = {{.index = 1}, {.index = 2, .workspace = 10}};

  // The other one would be faster to get now: it needs no workspace and is proposed first.
  BOOST_TEST(engine("c2_i8x8_k3_f3x3") == 2);
  BOOST_TEST(row.workspace_bytes(problem("c2_i9x9_k3_f3x3")) == 10);
  const Kernel another = stack.row(choice_named("guess_once"));
  BOOST_TEST(std::static_pointer_cast<Plan>(another.plan(problem(simple)))->engine == 1);
}

BOOST_FIXTURE_TEST_CASE(one_engine_alone_may_do_what_the_others_may_not, Fresh) {
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

BOOST_FIXTURE_TEST_CASE(empty_tensors_leave_beta_times_the_old_result_without_a_call, Fresh) {
  Stack stack;
  const Kernel row = stack.row();
  const int calls = fake().calls;
  for (const double beta : {0.0, 1.0, -0.5}) {
    Problem one = problem("n2_c0_i3x4_k2_f2x3", Pass::forward, Precision::f64);
    one.beta = beta;
    std::vector<double> result(static_cast<std::size_t>(one.shapes.output.elements()));
    std::iota(result.begin(), result.end(), 1.0);

    BOOST_TEST(!refusal(row, one));
    BOOST_TEST(workspace_bytes(row, one) == 0U);
    BOOST_TEST(row.plan(one) == nullptr);
    row.run(one, {.output = result.data()});

    for (std::size_t i = 0; i < result.size(); ++i)
      BOOST_TEST(result[i] == beta * static_cast<double>(i + 1));
  }
  BOOST_TEST(fake().calls == calls);
}

BOOST_FIXTURE_TEST_CASE(the_gaps_of_a_result_over_empty_operands_are_left_alone, Fresh) {
  Stack stack;
  Problem one = problem("n0_c1_i3x4_k2_f2x3", Pass::grad_weights, Precision::f16, Layout::nhwc);
  one.beta = 2;
  BOOST_TEST(one.shapes.filters.elements() == 12);
  one.shapes.filters.strides[0] = 7;  // one element between the filters
  std::vector<f16> result(13, f16(3.0));

  stack.row({}, true).run(one, {.filters = result.data()});

  for (std::size_t i = 0; i < result.size(); ++i)
    BOOST_TEST(static_cast<double>(result[i]) == (i == 6 ? 3.0 : 6.0));
}

BOOST_FIXTURE_TEST_CASE(a_nan_is_gone_with_beta_zero_and_stays_otherwise, Fresh) {
  Stack stack;
  Problem one = problem("n1_c0_i2x2_k1_f2x2", Pass::forward, Precision::f32);
  float result = std::numeric_limits<float>::quiet_NaN();
  one.beta = 3;
  stack.row().run(one, {.output = &result});
  BOOST_TEST(result != result);
  one.beta = 0;
  stack.row().run(one, {.output = &result});
  BOOST_TEST(result == 0.0F);
}

BOOST_FIXTURE_TEST_CASE(what_cannot_run_says_why, Fresh) {
  fake().proposed = {{.index = 1, .workspace = 100}};
  Stack stack;
  const Kernel row = stack.row();
  const Problem one = problem(simple);
  const auto plan = row.plan(one);
  Memory memory;
  const auto words = [&](auto&& change) {
    Buffers buffers = memory.buffers();
    buffers.plan = plan.get();
    change(buffers);
    try {
      row.run(one, buffers);
    } catch (const KernelError& error) {
      return std::string(error.what());
    }
    return std::string();
  };

  BOOST_TEST(contains(words([&](Buffers& b) { b.input = memory.bytes.data() + 8; }), "input at"));
  BOOST_TEST(contains(words([&](Buffers& b) { b.filters = memory.bytes.data() + 4; }),
                      "aligned to 16 bytes"));
  BOOST_TEST(contains(words([&](Buffers& b) { b.output = memory.bytes.data() + 1; }), "output at"));
  BOOST_TEST(contains(words([](Buffers& b) { b.workspace_bytes = 99; }),
                      "has 99 bytes; the plan needs 100"));
  BOOST_TEST(contains(words([](Buffers& b) { b.plan = nullptr; }), "no plan"));
  BOOST_TEST(fake().executions.empty());
}

BOOST_FIXTURE_TEST_CASE(another_major_version_is_a_reason_an_older_minor_a_warning, Fresh) {
  const Api api = fake_api();

  BOOST_TEST(!why_wrong_version(api));
  BOOST_TEST(!version_warning(api));
  fake().version = 90800;
  BOOST_TEST(!why_wrong_version(api));
  BOOST_TEST(contains(version_warning(api).value_or(""), "cuDNN 9.8.0 is older than"));
  fake().version = 100000;
  BOOST_TEST(contains(why_wrong_version(api).value_or(""), "is 10.0.0; it must be of the major"));
  BOOST_TEST(!version_warning(api));
  fake().version = 8907;
  BOOST_TEST(why_wrong_version(api).has_value());
}

BOOST_FIXTURE_TEST_CASE(a_few_hundred_answers_are_remembered_and_no_more, Fresh) {
  Stack stack;
  for (int extent = 3; extent < 303; ++extent)
    stack.planner.answer(problem("c2_i6x" + std::to_string(extent) + "_k3_f3x3"), {});
  const int calls = fake().calls;

  stack.planner.answer(problem("c2_i6x302_k3_f3x3"), {});
  BOOST_TEST(fake().calls == calls);
  stack.planner.answer(problem("c2_i6x3_k3_f3x3"), {});
  BOOST_TEST(fake().calls > calls);
}

}  // namespace
}  // namespace convict::gpu::cudnn::test
