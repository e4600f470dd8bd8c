// SPDX-License-Identifier: Apache-2.0
#include "ops/selection.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <iterator>

#include "core/spec_text.hpp"
#include "ops/conv.hpp"
#include "ops/errors.hpp"
#include "ops/execute.hpp"
#include "ops/kernels.hpp"
#include "tests/ops/closed_form.hpp"

namespace convict::ops::test {
namespace {

BOOST_AUTO_TEST_SUITE(selection_test)

Problem problem(const std::string& text, Pass pass = Pass::forward,
                Precision precision = Precision::f32) {
  return problem_of(parse_valid_spec(text), pass, precision, {});
}

const std::string simple = "c2_i6x6_k3_f3x3_flip";

/// The reason that the log has for a candidate; empty when it was not considered.
std::string reason(const Decision& decision, const std::string& candidate) {
  for (const Consideration& it : decision.log)
    if (it.candidate == candidate) return it.taken ? "taken: " + it.kernel : it.reason;
  return "";
}

/// The decision of a build without kernels for a GPU.
Decision decide_on_cpu(const Problem& problem, const Policy& policy) {
  static const std::vector<Kernel> kernels = [] {
    std::vector<Kernel> found;
    std::ranges::copy_if(base_kernels(), std::back_inserter(found),
                         [](const Kernel& kernel) { return kernel.device == DeviceKind::cpu; });
    return found;
  }();
  return decide(problem, policy, kernels);
}

/// The candidates of the log; one with several kernels is listed once.
std::vector<std::string> order(const Decision& decision) {
  std::vector<std::string> names;
  for (const Consideration& it : decision.log)
    if (names.empty() || names.back() != it.candidate) names.push_back(it.candidate);
  return names;
}

BOOST_AUTO_TEST_CASE(candidates_are_considered_in_the_order_of_theano_and_aesara) {
  using Names = std::vector<std::string>;

  BOOST_TEST((order(decide_on_cpu(problem(simple), {})) ==
              Names{"conv_metaopt", "local_abstractconv_cudnn", "local_abstractconv_gpu_gemm",
                    "local_abstractconv_gemm"}));
  BOOST_TEST((order(decide_on_cpu(problem("c1_i3x3x3_k1_f2x2x2", Pass::grad_weights), {})) ==
              Names{"conv_metaopt", "local_abstractconv_gw_cudnn", "local_abstractconv3d_gpu_gemm",
                    "local_abstractconv3d_gradweight_gemm"}));
  BOOST_TEST((order(decide_on_cpu(problem(simple, Pass::grad_input),
                                  {.optimizer_excluding = {"conv_gemm"}})) ==
              Names{"conv_metaopt", "local_abstractconv_gi_cudnn", "local_abstractconv_gpu_gemm",
                    "local_abstractconv_gradinputs_gemm", "local_conv2d_gradinputs_cpu"}));
}

BOOST_AUTO_TEST_CASE(the_gemm_kernels_serve_by_default) {
  for (const Pass pass : all_passes) {
    BOOST_TEST(select(problem("c2_i6_k3_f3", pass), {}).name == "optimized.corr_mm");
    BOOST_TEST(select(problem(simple, pass), {}).name == "optimized.corr_mm");
    BOOST_TEST(select(problem("c1_i3x3x3_k1_f2x2x2", pass), {}).name == "optimized.corr3d_mm");
  }
}

BOOST_AUTO_TEST_CASE(kernels_that_are_not_built_are_listed_as_such) {
  const Decision decision = decide_on_cpu(problem(simple), {});

  BOOST_TEST(reason(decision, "local_abstractconv_cudnn") ==
             "not built: this build has no kernel gpu.cudnn*");
  BOOST_TEST(reason(decision, "local_abstractconv_gpu_gemm") ==
             "not built: this build has no kernel gpu.corr_mm*");
}

Kernel absent_kernel(std::string name, std::string why) {
  return {.name = std::move(name), .absent = [why] { return std::optional(why); }};
}

BOOST_AUTO_TEST_CASE(kernels_that_cannot_run_here_are_passed_over_with_their_reason) {
  const std::vector<Kernel> kernels = {absent_kernel("gpu.cudnn", "no CUDA device: none"),
                                       absent_kernel("gpu.corr_mm", "built without CUDA"),
                                       {.name = "optimized.corr_mm"}};
  const Decision decision = decide(problem(simple), {}, kernels);

  BOOST_TEST(reason(decision, "local_abstractconv_cudnn") == "no CUDA device: none");
  BOOST_TEST(reason(decision, "local_abstractconv_gpu_gemm") == "built without CUDA");
  BOOST_TEST(decision.kernel->name == "optimized.corr_mm");
}

/// All three are there.
const std::vector<Kernel> with_a_gpu = {
    {.name = "optimized.corr_mm"}, {.name = "gpu.cudnn"}, {.name = "gpu.corr_mm"}};

BOOST_AUTO_TEST_CASE(cudnn_comes_before_the_gpus_gemm_and_that_before_the_cpus) {
  const auto& kernels = with_a_gpu;
  const auto chosen = [&](const Policy& policy) {
    return select(problem(simple), policy, kernels).name;
  };
  const auto without = [&](Policy::Names names) {
    return chosen({.optimizer_excluding = std::move(names)});
  };

  BOOST_TEST(chosen({}) == "gpu.cudnn");
  BOOST_TEST(without({"cudnn"}) == "gpu.corr_mm");
  BOOST_TEST(without({"conv_dnn"}) == "gpu.corr_mm");
  BOOST_TEST(without({"local_abstractconv_cudnn"}) == "gpu.corr_mm");
  BOOST_TEST(without({"local_abstractconv_gi_cudnn"}) == "gpu.cudnn");
  BOOST_TEST(without({"conv_gemm"}) == "gpu.cudnn");
  BOOST_TEST(without({"conv_dnn", "local_abstractconv_gpu_gemm"}) == "optimized.corr_mm");
  BOOST_CHECK_THROW(without({"conv_dnn", "conv_gemm"}), NoImplementationError);
  BOOST_TEST(chosen({.dnn_enabled = Policy::Enabled::no}) == "gpu.corr_mm");
  BOOST_TEST(chosen({.dnn_enabled = Policy::Enabled::yes}) == "gpu.cudnn");
  BOOST_TEST(select(problem("c2_i6x6_k3_f3x3_unshared"), {}, kernels).name == "gpu.corr_mm");
}

BOOST_AUTO_TEST_CASE(cudnn_serves_sides_that_are_padded_differently) {
  for (const Pass pass : all_passes)
    BOOST_TEST(select(problem("c2_i6x6_k3_f3x3_p0:1x0", pass), {}, with_a_gpu).name == "gpu.cudnn");
}

BOOST_AUTO_TEST_CASE(requiring_cudnn_is_an_error_only_where_it_cannot_run) {
  const Policy required{.dnn_enabled = Policy::Enabled::yes};
  const Policy included{.optimizer_including = {"cudnn"}};
  const std::vector<Kernel> absent = {absent_kernel("gpu.cudnn", "the cuDNN here is 8.9.7"),
                                      absent_kernel("gpu.cudnn.tensor_core", "the same"),
                                      {.name = "optimized.corr_mm"}};
  const auto says_why = [](const std::exception& error) {
    const std::string message = error.what();
    return message.find("cannot be used: the") != std::string::npos;
  };

  BOOST_CHECK_EXCEPTION(select(problem(simple), required, absent), EnvironmentError, says_why);
  BOOST_CHECK_EXCEPTION(select(problem(simple), included, absent), AssertionError, says_why);
  BOOST_TEST(select(problem(simple), {}, absent).name == "optimized.corr_mm");
  // cuDNN is there and does not take the problem: the next candidate serves.
  const ConvSpec unshared = parse_valid_spec("c2_i6x6_k3_f3x3_unshared");
  const Problem beyond = problem_of(unshared, Pass::forward, Precision::f32, {});
  BOOST_TEST(select(beyond, required, with_a_gpu).name == "gpu.corr_mm");
  BOOST_TEST(select(beyond, included, with_a_gpu).name == "gpu.corr_mm");
}

BOOST_AUTO_TEST_CASE(no_check_assumes_that_cudnn_is_present) {
  const Policy trusting{.dnn_enabled = Policy::Enabled::no_check};
  std::vector<Kernel> kernels = {absent_kernel("gpu.cudnn", "no CUDA device"),
                                 absent_kernel("gpu.corr_mm", "no CUDA device"),
                                 {.name = "optimized.corr_mm"}};

  BOOST_TEST(select(problem(simple), trusting, kernels).name == "gpu.cudnn");
  kernels[0].refuses = [](const Problem&) { return std::optional<std::string>("too odd"); };
  BOOST_TEST(select(problem(simple), trusting, kernels).name == "optimized.corr_mm");
  kernels[0].refuses = [](const Problem&) -> std::optional<std::string> {
    throw EnvironmentError("no CUDA device");
  };
  BOOST_CHECK_THROW(select(problem(simple), trusting, kernels), EnvironmentError);
}

BOOST_AUTO_TEST_CASE(excluding_by_tag_or_by_name_passes_on_to_the_next) {
  const Decision by_tag = decide_on_cpu(problem(simple), {.optimizer_excluding = {"conv_gemm"}});
  const Decision by_name =
      decide_on_cpu(problem(simple), {.optimizer_excluding = {"local_abstractconv_gemm"}});

  BOOST_TEST(reason(by_tag, "local_abstractconv_gemm") ==
             "excluded by optimizer_excluding=conv_gemm");
  BOOST_TEST(reason(by_tag, "local_conv2d_cpu") == "taken: reference.direct");
  BOOST_TEST(reason(by_name, "local_abstractconv_gpu_gemm").find("not built") == 0);
  BOOST_TEST(reason(by_name, "local_abstractconv_gemm") ==
             "excluded by optimizer_excluding=local_abstractconv_gemm");
}

BOOST_AUTO_TEST_CASE(the_legacy_op_serves_simple_two_axis_problems_only) {
  const Policy without_gemm{.optimizer_excluding = {"conv_gemm"}};
  const auto serves = [&](const std::string& text, Pass pass = Pass::forward) {
    return decide(problem(text, pass), without_gemm).kernel != nullptr;
  };

  BOOST_TEST(serves("c2_i6x6_k3_f3x3_pvalid_flip"));
  BOOST_TEST(serves("c2_i6x6_k3_f3x3_s3_pfull_flip"));
  for (const char* text :
       {"c2_i6x6_k3_f3x3", "c2_i6x6_k3_f3x3_phalf_flip", "c2_i6x6_k3_f3x3_p1_flip",
        "c2_i6x6_k3_f3x3_d2_flip", "c2_i6x6_k2_f3x3_g2_flip", "c2_i6x6_k3_f3x3_flip_unshared",
        "c2_i6_k3_f3_flip", "c2_i6x6x6_k3_f3x3x3_flip"})
    BOOST_TEST(!serves(text), text);
  for (const Pass pass : {Pass::grad_input, Pass::grad_weights}) {
    BOOST_TEST(serves("c2_i6x6_k3_f3x3_flip", pass));
    BOOST_TEST(serves("c2_i6x6_k3_f3x3_s2_pfull_flip", pass));
    BOOST_TEST(!serves("c2_i6x6_k3_f3x3_s2_flip", pass));
    BOOST_TEST(!serves("c2_i6x6_k3_f3x3_s3_pfull_flip", pass));
    BOOST_TEST(!serves("c2_i6x6_k3_f3x3_d2_flip", pass));
  }
}

BOOST_AUTO_TEST_CASE(when_nothing_serves_the_error_lists_every_candidate) {
  const Policy policy{.optimizer_excluding = {"conv_gemm", "conv_dnn"}};

  BOOST_CHECK_EXCEPTION(
      select(problem("c2_i6x6_k3_f3x3"), policy), NoImplementationError,
      [](const NoImplementationError& error) {
        const std::string message = error.what();
        for (const char* words :
             {"conv_metaopt: off", "local_abstractconv_cudnn: excluded", "conv_dnn",
              "local_abstractconv_gpu_gemm: excluded", "local_abstractconv_gemm: excluded",
              "local_conv2d_cpu: the legacy op flips", "perform: the definition serves only"})
          if (message.find(words) == std::string::npos) return false;
        return true;
      });
}

BOOST_AUTO_TEST_CASE(the_definition_serves_when_asked_for) {
  const Policy none{.optimizer = Policy::Optimizer::none};

  BOOST_TEST(select(problem(simple), none).name == "reference.direct");
  BOOST_TEST(select(problem("c1_i3x3x3_k1_f2x2x2", Pass::grad_input), none).name ==
             "reference.direct");
  BOOST_TEST(reason(decide(problem(simple), none), "local_abstractconv_gemm") ==
             "optimizer=None asks for the definition");
}

BOOST_AUTO_TEST_CASE(sixteen_bit_types_are_served_by_the_definition_only) {
  const Array x = integers({1, 2, 4, 4}, 1, Precision::f16);
  const Array w = integers({1, 2, 2, 2}, 2, Precision::f16);

  BOOST_CHECK_THROW(conv2d(x, w), NoImplementationError);
  const Array y = conv2d(x, w, {}, {.optimizer = Policy::Optimizer::none});

  BOOST_TEST((y == closed_forward(x, w, {{1, 1}, {1, 1}, {{0, 0}, {0, 0}}})));
}

BOOST_AUTO_TEST_CASE(deterministic_passes_over_kernels_that_do_not_claim_it) {
  Kernel unsteady{.name = "optimized.corr_mm"};
  unsteady.claims.deterministic = false;
  const std::vector<Kernel> kernels = {unsteady, {.name = "optimized.corr_mm_steady"}};

  const Decision decision = decide(problem(simple), {.deterministic = true}, kernels);

  BOOST_TEST(decide(problem(simple), {}, kernels).kernel->name == "optimized.corr_mm");
  BOOST_TEST(decision.kernel->name == "optimized.corr_mm_steady");
  BOOST_TEST(reason(decision, "local_abstractconv_gemm").find("deterministic=True") == 0);
}

BOOST_AUTO_TEST_CASE(timing_is_listed_and_says_when_it_comes) {
  const Decision decision = decide(problem(simple), {.optimizer_including = {"conv_meta"}});

  BOOST_TEST(reason(decision, "conv_metaopt") == "choice by timing is not implemented yet");
  BOOST_TEST(decision.kernel->name == "optimized.corr_mm");
}

BOOST_AUTO_TEST_CASE(openmp_decides_the_number_of_threads) {
  const ConvSpec spec = parse_valid_spec(simple);
  const auto threads = [&](const Policy& policy) {
    return problem_of(spec, Pass::forward, Precision::f32, policy).threads;
  };

  BOOST_TEST(threads({}) == 1);
  BOOST_TEST(threads({.threads = 4}) == 1);
  BOOST_TEST(threads({.openmp = true}) >= 1);
  BOOST_TEST(threads({.openmp = true, .threads = 3}) == 3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::ops::test
