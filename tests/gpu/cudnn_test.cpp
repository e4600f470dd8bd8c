// SPDX-License-Identifier: Apache-2.0
// All of the cuDNN layer but execution, with the real library and without a device: a description
// of a device takes its place.
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <set>

#include "datasets/shape_sets.hpp"
#include "datasets/suite.hpp"
#include "gpu/cudnn/cudnn_service.hpp"
#include "gpu/cudnn/entries.hpp"
#include "gpu/device/device.hpp"
#include "gpu/runtime/library.hpp"
#include "tests/gpu/cudnn_cases.hpp"

namespace convict::gpu::cudnn::test {
namespace {

BOOST_AUTO_TEST_SUITE(cudnn_test)

/// The description of an H200, written by hand from the properties that cuDNN asks for. It should
/// be replaced by one that cuDNN wrote on a device.
std::string h200() {
  std::ifstream file(H200_DEVICEPROP);
  return {std::istreambuf_iterator<char>(file), {}};
}

constexpr int skipped = 77;

/// The library takes several times as long under a sanitizer, which does not instrument it: there
/// every eighth problem is tested.
#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t step = 8;
#else
constexpr std::size_t step = 1;
#endif

/// A precondition: without the library the test is skipped.
struct NeedsTheLibrary {
  NeedsTheLibrary() {
    if (const auto why = why_unusable()) {
      std::fprintf(stderr, "skipped: %s\n", why->c_str());
      std::_Exit(skipped);
    }
  }
};
BOOST_TEST_GLOBAL_FIXTURE(NeedsTheLibrary);

struct OnAnH200 {
  Planner planner{api(), device_properties(api(), h200())};

  Answer answer(const Problem& problem, const Choice& choice = {}) {
    return planner.answer(problem, choice);
  }
};

void require_allowed(const Plan& plan, const Problem& problem, const Choice& choice) {
  for (const auto note : forbidden_notes(problem.precision))
    BOOST_TEST_REQUIRE(!plan.notes.has(note), to_string(problem.spec) + ": " + name_of(note));
  BOOST_TEST_REQUIRE(!plan.notes.has(CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC));
  BOOST_TEST_REQUIRE(!plan.notes.has(CUDNN_NUMERICAL_NOTE_FFT));
  BOOST_TEST_REQUIRE(!plan.notes.has(CUDNN_NUMERICAL_NOTE_WINOGRAD));
  BOOST_TEST_REQUIRE(plan.workspace_bytes <= choice.workspace_limit);
}

/// One problem of each (spec, pass, precision) that the core suite names, with the trial's layout,
/// pitch and factors, without empty and unshared ones; every other f32 one as tf32.
std::vector<Problem> made_core_problems() {
  std::vector<Problem> problems;
  std::set<std::string> seen;
  std::size_t at = 0;
  for (const Trial& trial : datasets::suite_named("core")) {
    if (why_invalid(trial.spec)) continue;
    const std::string name = to_string(trial.spec) + std::string(name_of(trial.pass)) +
                             std::string(name_of(trial.precision));
    if (!seen.insert(name).second) continue;
    const bool reduced = trial.precision == Precision::f32 && seen.size() % 2 == 1;
    Problem one = problem(trial.spec, trial.pass, reduced ? Precision::tf32 : trial.precision,
                          trial.recipe.layout, trial.recipe.pitch);
    one.alpha = trial.recipe.alpha;
    one.beta = trial.recipe.beta;
    if (!why_not_asked(one) && !has_empty_tensor(one) && at++ % step == 0) problems.push_back(one);
  }
  return problems;
}

const std::vector<Problem>& core_problems() {
  static const std::vector<Problem> problems = made_core_problems();
  return problems;
}

std::string words_of(const Problem& problem) {
  return to_string(problem.spec) + " " + std::string(name_of(problem.pass)) + " " +
         std::string(name_of(problem.precision));
}

/// cuDNN counts positions in 32 bits where they lie outside the tensor.
bool reaches_beyond_32_bits(const ConvSpec& spec) {
  constexpr index_t most = std::numeric_limits<std::int32_t>::max();
  for (int axis = 0; axis < spec.rank; ++axis)
    if (dilated_extent(spec, axis) > most) return true;
  return false;
}

BOOST_FIXTURE_TEST_CASE(every_problem_of_the_core_suite_is_served_or_refused_with_a_reason,
                        OnAnH200) {
  int served = 0;
  for (const Problem& one : core_problems()) {
    const Answer answer = this->answer(one);

    BOOST_TEST_REQUIRE((answer.plan != nullptr) == !reaches_beyond_32_bits(one.spec),
                       words_of(one) + ": " + answer.why);
    if (!answer.plan) {
      BOOST_TEST_REQUIRE(contains(answer.why, "CUDNN_STATUS_NOT_SUPPORTED"), answer.why);
      continue;
    }
    require_allowed(*answer.plan, one, {});
    ++served;
  }
  BOOST_TEST(served > static_cast<int>(9000 / step));
}

/// Every third spec of the suite, in turns in the passes and precisions in which the suite does not
/// have it.
BOOST_FIXTURE_TEST_CASE(the_specs_of_the_core_suite_are_served_in_other_passes_too, OnAnH200) {
  std::size_t turn = 0;
  for (Problem one : core_problems()) {
    if (++turn % 3 != 0 || reaches_beyond_32_bits(one.spec)) continue;
    one.pass = all_passes[(static_cast<std::size_t>(one.pass) + 1 + turn % 2) % all_passes.size()];
    one.precision = all_precisions[turn / 3 % all_precisions.size()];

    const Answer answer = this->answer(one);

    BOOST_TEST_REQUIRE(answer.plan, words_of(one) + ": " + answer.why);
    require_allowed(*answer.plan, one, {});
  }
}

BOOST_FIXTURE_TEST_CASE(engine_0_and_an_engine_without_workspace_serve_whatever_is_served,
                        OnAnH200) {
  std::size_t at = 0;
  for (const Problem& one : core_problems()) {
    if (++at % 8 != 0 || reaches_beyond_32_bits(one.spec)) continue;
    const Answer zero = answer(one, {.engine = 0});
    const Answer bare = answer(one, choice_named("none"));

    BOOST_TEST_REQUIRE(zero.plan, words_of(one) + ": " + zero.why);
    BOOST_TEST_REQUIRE(zero.plan->engine == 0);
    BOOST_TEST_REQUIRE(zero.plan->notes.has(CUDNN_NUMERICAL_NOTE_STRICT_NAN_PROP));
    BOOST_TEST_REQUIRE(bare.plan, words_of(one) + ": " + bare.why);
    BOOST_TEST_REQUIRE(bare.plan->workspace_bytes == 0U);
  }
}

BOOST_FIXTURE_TEST_CASE(a_choice_is_made_the_same_way_every_time, OnAnH200) {
  std::size_t at = 0;
  for (const Problem& one : core_problems()) {
    if (++at % 16 != 0 || reaches_beyond_32_bits(one.spec)) continue;
    Planner another{api(), device_properties(api(), h200())};

    const auto first = answer(one).plan;
    const auto again = another.answer(one, {}).plan;

    BOOST_TEST_REQUIRE(first->engine == again->engine, words_of(one));
    BOOST_TEST_REQUIRE(first->workspace_bytes == again->workspace_bytes);
    BOOST_TEST_REQUIRE(to_string(first->notes) == to_string(again->notes));
  }
}

BOOST_FIXTURE_TEST_CASE(everyday_layers_are_served_in_both_layouts_and_every_precision, OnAnH200) {
  std::size_t at = 0;
  for (const ConvSpec& spec : datasets::shape_set("everyday").specs) {
    if (at++ % step != 0) continue;
    for (const Pass pass : all_passes)
      for (const Precision precision : all_precisions)
        for (const Layout layout : {Layout::nchw, Layout::nhwc}) {
          const Problem one = problem(spec, pass, precision, layout);
          const Answer answer = this->answer(one);
          BOOST_TEST_REQUIRE((answer.plan != nullptr) == !spec.unshared, words_of(one));
          if (answer.plan) require_allowed(*answer.plan, one, {});
        }
  }
}

BOOST_FIXTURE_TEST_CASE(flipped_filters_have_engines_of_their_own, OnAnH200) {
  for (const char* spec : {"c8_i9x8_k16_f3x3_p1", "c8_i9_k16_f3_p1_g4", "c4_i6x5x7_k4_f3x2x1_s2"})
    for (const Pass pass : all_passes)
      for (const Precision precision : all_precisions) {
        const Problem one = problem(std::string(spec) + "_flip", pass, precision);
        BOOST_TEST(answer(one).plan, words_of(one));
      }
}

BOOST_FIXTURE_TEST_CASE(tensors_beyond_32_bits_have_plans, OnAnH200) {
  for (const char* spec : {"n2200_c16_i256x256_k16_f3x3_p1", "n1100_c16_i256x512_k32_f3x3_p1",
                           "c16_i126x1282x722_k8_f1x3x3", "n5_c1_i1073741824_k2_f3_s2"})
    for (const Pass pass : all_passes)
      for (const Precision precision : {Precision::f32, Precision::bf16}) {
        const Problem one = problem(std::string(spec), pass, precision);
        const Answer answer = this->answer(one);
        BOOST_TEST(answer.plan, words_of(one) + ": " + answer.why);
      }
}

BOOST_FIXTURE_TEST_CASE(problems_on_which_cudnn_was_wrong_have_plans, OnAnH200) {
  for (const ConvSpec& spec : datasets::shape_set("cudnn_faults").specs)
    for (const Pass pass : all_passes)
      for (const Precision precision : {Precision::f32, Precision::bf16}) {
        const Problem one = problem(spec, pass, precision);
        const Answer answer = this->answer(one);
        BOOST_TEST(answer.plan, words_of(one) + ": " + answer.why);
        if (answer.plan) require_allowed(*answer.plan, one, {});
      }
}

BOOST_FIXTURE_TEST_CASE(transforms_have_no_engine_on_this_device_so_the_fallback_serves, OnAnH200) {
  for (const char* name : {"fft", "fft_tiling", "winograd", "winograd_non_fused"}) {
    const Problem one = problem("n2_c16_i32x32_k16_f3x3_p1");
    const auto asked = answer(one, choice_named(name)).plan;
    BOOST_TEST_REQUIRE(asked, name);
    BOOST_TEST(asked->engine == answer(one, choice_named("none")).plan->engine, name);
  }
}

BOOST_FIXTURE_TEST_CASE(problems_that_cudnn_is_not_asked_about_are_refused_without_it, OnAnH200) {
  BOOST_TEST(answer(problem("c2_i3x3_k1_f2x2_unshared")).why == "cuDNN knows no unshared filters");
  Problem wrong{.spec = ConvSpec{.in_channels = 3, .groups = 2}};
  BOOST_TEST(contains(answer(wrong).why, "groups"));
  wrong.spec = ConvSpec{.input = {2, 2, 1}, .filter = {3, 3, 1}};
  BOOST_TEST(answer(wrong).why == *why_invalid(wrong.spec));
}

BOOST_AUTO_TEST_CASE(an_invalid_device_description_is_refused_with_the_message_of_cudnn) {
  BOOST_CHECK_EXCEPTION(device_properties(api(), "{}"), std::runtime_error, [](const auto& error) {
    return contains(error.what(), "cudnnBackendFinalize (device): CUDNN_STATUS");
  });
}

BOOST_AUTO_TEST_CASE(there_are_no_more_engines_than_kernel_entries) {
  for (const Pass pass : all_passes) {
    const index_t count = engine_count(graph_of(api(), problem("c2_i6x6_k3_f3x3", pass)));
    BOOST_TEST(count > 0);
    BOOST_TEST(count <= most_engines);
  }
  BOOST_TEST(engine_kernels().size() == 2U * most_engines);
}

BOOST_AUTO_TEST_CASE(an_engine_is_a_kernel_by_its_name) {
  for (const Kernel& kernel : engine_kernels())
    BOOST_TEST(engine_kernel(kernel.name)->name == kernel.name);
  for (const char* name : {"gpu.cudnn", "gpu.cudnn.engine", "gpu.cudnn.engine-1",
                           "gpu.cudnn.engine07", "gpu.cudnn.engine1x", "cpu.cudnn.engine1"})
    BOOST_TEST(!engine_kernel(name), name);
  BOOST_TEST(!engine_kernel("gpu.cudnn.engine3")->claims.deterministic);
  BOOST_TEST(engine_kernel("gpu.cudnn.tensor_core.engine3")->claims.truncating_adds);
}

/// The kernel entries on a service that has everything but a device.
BOOST_FIXTURE_TEST_CASE(kernels_admit_and_refuse_without_a_device, OnAnH200) {
  Session session(api());
  CudnnService without_device(planner, session);
  const auto kernel_of = [&](const Choice& choice, bool with_tensor_cores) {
    Kernel kernel = cudnn::entry("gpu.cudnn", with_tensor_cores, choice,
                                 [&]() -> Service& { return without_device; });
    kernel.absent = nullptr;
    return kernel;
  };
  const Problem one = problem("c8_i9x8_k16_f3x3_p1", Pass::forward, Precision::f32, Layout::nhwc);

  BOOST_TEST(!refusal(kernel_of({}, false), one));
  BOOST_TEST(refusal(kernel_of({}, true), one).value() == "does not take f32");
  BOOST_TEST(contains(refusal(kernel_of({.engine = 84}, false), one).value(), "CUDNN_STATUS"));
  if (why_no_device())
    BOOST_CHECK_EXCEPTION(kernel_of({}, false).plan(one), EnvironmentError, [](const auto& error) {
      return contains(error.what(), "cudnnCreate: CUDNN_STATUS_NOT_INITIALIZED");
    });
}

BOOST_AUTO_TEST_CASE(kernels_without_a_device_say_so) {
  const auto why = why_no_device();
  if (!why) return;
  for (const Kernel& kernel : cudnn_kernels()) BOOST_TEST(absence(kernel).value() == *why);
  BOOST_TEST(refusal(cudnn_algorithm_kernel("time_once", Precision::f64),
                     problem("c1_i1x1_k1_f1x1", Pass::forward, Precision::f64))
                 .value() == *why);
}

/// cuDNN's older, deprecated interface, loaded by the names of its symbols.
class Legacy {
 public:
  Legacy() {
    library_.bind(create_tensor_, "cudnnCreateTensorDescriptor");
    library_.bind(create_filter_, "cudnnCreateFilterDescriptor");
    library_.bind(create_convolution_, "cudnnCreateConvolutionDescriptor");
    library_.bind(set_tensor_, "cudnnSetTensorNdDescriptor");
    library_.bind(set_filter_, "cudnnSetFilterNdDescriptor");
    library_.bind(set_convolution_, "cudnnSetConvolutionNdDescriptor");
    library_.bind(set_groups_, "cudnnSetConvolutionGroupCount");
    library_.bind(output_, "cudnnGetConvolutionNdForwardOutputDim");
    create_tensor_(&tensor_);
    create_filter_(&filter_);
    create_convolution_(&convolution_);
  }

  /// Extents (N, K, o...) on two or three axes, or nothing where it refuses.
  std::vector<int> output(const ConvSpec& spec) const {
    const ConvSpec cube = lifted(with_explicit_padding(spec));
    const std::size_t rank = spec.rank == 3 ? 3 : 2;
    const auto ints = [&](std::initializer_list<index_t> first, const Axes& axes) {
      std::vector<int> all;
      for (const index_t value : first) all.push_back(static_cast<int>(value));
      for (std::size_t a = max_rank - rank; a < max_rank; ++a)
        all.push_back(static_cast<int>(axes[a]));
      return all;
    };
    Axes pads{};
    for (std::size_t a = 0; a < max_rank; ++a) pads[a] = cube.padding[a].before;
    const auto image = ints({cube.batch, cube.in_channels}, cube.input);
    const auto kernel = ints({cube.out_channels, cube.in_channels / cube.groups}, cube.filter);
    std::vector<int> strides(image.size(), 1);
    for (std::size_t a = image.size() - 1; a-- > 0;) strides[a] = strides[a + 1] * image[a + 1];
    const int axes = static_cast<int>(rank);
    constexpr int as_float = 0, as_nchw = 0, correlation = 1;
    const bool taken =
        set_tensor_(tensor_, as_float, axes + 2, image.data(), strides.data()) == 0 &&
        set_filter_(filter_, as_float, as_nchw, axes + 2, kernel.data()) == 0 &&
        set_convolution_(convolution_, axes, ints({}, pads).data(), ints({}, cube.stride).data(),
                         ints({}, cube.dilation).data(), correlation, as_float) == 0 &&
        set_groups_(convolution_, static_cast<int>(cube.groups)) == 0;
    std::vector<int> extents(image.size());
    if (!taken || output_(convolution_, tensor_, filter_, axes + 2, extents.data()) != 0) return {};
    return extents;
  }

 private:
  Library library_{"libcudnn.so.9"};
  int (*create_tensor_)(void**) = nullptr;
  int (*create_filter_)(void**) = nullptr;
  int (*create_convolution_)(void**) = nullptr;
  int (*set_tensor_)(void*, int, int, const int*, const int*) = nullptr;
  int (*set_filter_)(void*, int, int, int, const int*) = nullptr;
  int (*set_convolution_)(void*, int, const int*, const int*, const int*, int, int) = nullptr;
  int (*set_groups_)(void*, int) = nullptr;
  int (*output_)(void*, void*, void*, int, int*) = nullptr;
  void* tensor_ = nullptr;
  void* filter_ = nullptr;
  void* convolution_ = nullptr;
};

bool pads_alike(const ConvSpec& spec) {
  for (int axis = 0; axis < spec.rank; ++axis)
    if (padding_of(spec, axis).before != padding_of(spec, axis).after) return false;
  return true;
}

BOOST_AUTO_TEST_CASE(output_extents_are_those_that_cudnn_computes) {
  const Legacy legacy;
  int compared = 0;
  for (const Problem& one : core_problems()) {
    if (!pads_alike(one.spec) || reaches_beyond_32_bits(one.spec)) continue;
    const Axes extents = output_extents(lifted(one.spec));
    std::vector<int> ours = {static_cast<int>(one.spec.batch),
                             static_cast<int>(one.spec.out_channels)};
    for (std::size_t a = one.spec.rank == 3 ? 0 : 1; a < max_rank; ++a)
      ours.push_back(static_cast<int>(extents[a]));

    BOOST_TEST_REQUIRE((legacy.output(one.spec) == ours), words_of(one));
    ++compared;
  }
  BOOST_TEST(compared > static_cast<int>(1000 / step));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::gpu::cudnn::test
