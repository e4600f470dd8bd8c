// SPDX-License-Identifier: Apache-2.0
// GpuCorrMM and related ops on a backend that computes by the definition, and the copies of data to
// and from the device's memory.
#include <boost/test/unit_test.hpp>
#include <set>

#include "gpu/device/device.hpp"
#include "ops/corr_mm_ops.hpp"
#include "ops/errors.hpp"
#include "ops/operations/operation_tables.hpp"
#include "tests/ops/cases.hpp"
#include "tests/ops/on_a_fake_gpu.hpp"

namespace convict::ops::test {
namespace {

BOOST_AUTO_TEST_SUITE(gpu_test)

using Names = std::vector<std::string>;

CorrMMArgs gemm_args(const Case& c) {
  return {.border_mode = c.args.border_mode,
          .subsample = c.args.subsample,
          .filter_dilation = c.args.filter_dilation,
          .num_groups = c.args.num_groups,
          .unshared = c.args.unshared};
}

template <class Forward, class GradWeights, class GradInputs>
void require_correlations(const Case& c, FakeGpu& gpu) {
  Settings settings = c.settings;
  settings.flip = false;
  const Array x = integers(c.image, 1), w = integers(c.kern, 2), t = integers(top_shape(c), 3);
  const int axes = c.args.convdim;
  const auto args = gemm_args(c);

  BOOST_TEST((Forward(args, gpu.backend)(x, w) == closed_forward(x, w, settings)), c.name);
  BOOST_TEST((GradWeights(args, gpu.backend)(x, t, spatial(c.kern, axes)) ==
              closed_grad_weights(x, t, c.kern, settings)),
             c.name);
  BOOST_TEST((GradInputs(args, gpu.backend)(w, t, spatial(c.image, axes)) ==
              closed_grad_inputs(w, t, c.image, settings)),
             c.name);
}

BOOST_FIXTURE_TEST_CASE(the_gemm_ops_correlate_on_the_kernels_of_the_gpu, OnAFakeGpu) {
  std::set<std::string> names[2];
  for (const Case& c : cases()) {
    asked.clear();
    if (c.args.convdim == 2)
      require_correlations<GpuCorrMM, GpuCorrMM_gradWeights, GpuCorrMM_gradInputs>(c, *this);
    if (c.args.convdim == 3)
      require_correlations<GpuCorr3dMM, GpuCorr3dMM_gradWeights, GpuCorr3dMM_gradInputs>(c, *this);
    if (c.args.convdim > 1) names[c.args.convdim - 2].insert(asked.begin(), asked.end());
  }
  BOOST_TEST((names[0] == std::set<std::string>{"gpu.corr_mm f32"}));
  BOOST_TEST((names[1] == std::set<std::string>{"gpu.corr3d_mm f32"}));
}

BOOST_FIXTURE_TEST_CASE(operands_go_to_the_device_once_and_the_result_comes_back, OnAFakeGpu) {
  GpuCorrMM({}, backend)(integers({1, 1, 3, 3}, 1), integers({1, 1, 2, 2}, 2));

  BOOST_TEST(device.uploads == 2);
  BOOST_TEST(device.downloads == 1);
  BOOST_TEST(device.synchronized == 1);
}

BOOST_FIXTURE_TEST_CASE(empty_operands_do_not_reach_the_device, OnAFakeGpu) {
  const Array y = GpuCorrMM({}, backend)(Array({2, 0, 3, 3}), Array({4, 0, 2, 2}));
  const Array z = GpuCorrMM({}, backend)(Array({0, 1, 3, 3}), Array({4, 1, 2, 2}));

  BOOST_TEST((y == Array({2, 4, 2, 2})));
  BOOST_TEST((z.shape() == Dims{0, 4, 2, 2}));
  BOOST_TEST(passes.empty());
  BOOST_TEST(device.uploads == 0);
}

BOOST_FIXTURE_TEST_CASE(the_gpu_takes_f16_and_mixtures_become_the_wider_type, OnAFakeGpu) {
  const Array x = integers({1, 1, 3, 3}, 1), w = integers({1, 1, 2, 2}, 2);
  const Settings plain{{1, 1}, {1, 1}, {{0, 0}, {0, 0}}, false};
  const Array expected = closed_forward(x, w, plain);

  const Array half = GpuCorrMM({}, backend)(x.as(Precision::f16), w.as(Precision::f16));
  const Array mixed = GpuCorrMM({}, backend)(x, w.as(Precision::f64));

  BOOST_TEST((half == expected.as(Precision::f16)));
  BOOST_TEST((mixed == expected.as(Precision::f64)));
  BOOST_TEST((asked == Names{"gpu.corr_mm f16", "gpu.corr_mm f64"}));
}

BOOST_AUTO_TEST_CASE(kernels_are_found_by_name_or_prefix_and_by_type) {
  const auto& backend = device_backend();

  BOOST_TEST(backend.kernel("optimized.corr_mm", Precision::f64).name == "optimized.corr_mm");
  BOOST_TEST(backend.kernel("gpu.cudnn", Precision::f32).name == "gpu.cudnn");
  BOOST_TEST(backend.kernel("gpu.cudnn", Precision::bf16).name == "gpu.cudnn.tensor_core");
  // No kernel takes it: the one of that name will refuse it.
  BOOST_TEST(backend.kernel("optimized.corr_mm", Precision::f16).name == "optimized.corr_mm");
  BOOST_CHECK_THROW(backend.kernel("gpu.cud", Precision::f32), EnvironmentError);
}

BOOST_FIXTURE_TEST_CASE(the_gemm_ops_check_their_arguments_as_those_of_the_cpu_do, OnAFakeGpu) {
  const Array x({1, 1, 5, 5}), w({1, 1, 3, 3}), t({1, 1, 2, 2});
  const auto& on = backend;

  BOOST_CHECK_THROW(GpuCorrMM_gradInputs({.subsample = {2, 2}}, on)(w, t), ValueError);
  BOOST_CHECK_THROW(GpuCorrMM_gradWeights({.subsample = {2, 2}}, on)(x, t), ValueError);
  BOOST_CHECK_THROW(GpuCorrMM_gradWeights({.border_mode = "half"}, on)(x, x), ValueError);
  BOOST_CHECK_THROW(GpuCorrMM({}, on)(x, Array({1, 1, 6, 3})), ValueError);
  BOOST_CHECK_THROW(GpuCorrMM({}, on)(x, Array({1, 2, 3, 3})), ValueError);
  BOOST_CHECK_THROW(GpuCorrMM({}, on)(x, Array({1, 1, 3})), TypeError);
  BOOST_CHECK_THROW(GpuCorr3dMM({.border_mode = {{1, 1}, 0, 0}}, on), NotImplementedError);
  BOOST_CHECK_THROW(GpuCorr3dMM({.unshared = true}, on), NotImplementedError);
  BOOST_TEST((GpuCorrMM({}, on) == GpuCorrMM({}, on)));
  BOOST_TEST((GpuCorrMM({.num_groups = 2}, on) != GpuCorrMM({}, on)));
}

std::map<std::string, Example> gemm_examples() {
  const Array x = integers({2, 2, 5, 6}, 1), w = integers({3, 2, 2, 3}, 2);
  const Array x3 = integers({1, 2, 4, 3, 5}, 3), w3 = integers({2, 2, 2, 1, 3}, 4);
  const Settings plane{{2, 1}, {1, 1}, {{1, 1}, {0, 2}}, false};
  const Settings volume{{1, 1, 1}, {2, 1, 1}, {{0, 0}, {0, 0}, {0, 0}}, false};
  const Array t = closed_forward(x, w, plane), t3 = closed_forward(x3, w3, volume);
  std::map<std::string, std::string> two = {{"border_mode", "(1,(0,2))"}, {"subsample", "2,1"}};
  const std::map<std::string, std::string> three = {{"filter_dilation", "2,1,1"}};
  const auto shaped = [&](const std::string& shape) {
    auto texts = two;
    texts["shape"] = shape;
    return texts;
  };
  return {
      {"GpuCorrMM", {{{"img", x}, {"kern", w}}, two, t}},
      {"GpuCorrMM_gradWeights",
       {{{"img", x}, {"topgrad", t}}, shaped("2,3"), closed_grad_weights(x, t, w.shape(), plane)}},
      {"GpuCorrMM_gradInputs",
       {{{"kern", w}, {"topgrad", t}}, shaped("5,6"), closed_grad_inputs(w, t, x.shape(), plane)}},
      {"GpuCorr3dMM", {{{"img", x3}, {"kern", w3}}, three, t3}},
      {"GpuCorr3dMM_gradWeights",
       {{{"img", x3}, {"topgrad", t3}}, three, closed_grad_weights(x3, t3, w3.shape(), volume)}},
      {"GpuCorr3dMM_gradInputs",
       {{{"kern", w3}, {"topgrad", t3}}, three, closed_grad_inputs(w3, t3, x3.shape(), volume)}},
  };
}

BOOST_FIXTURE_TEST_CASE(every_gemm_operation_called_by_name_is_its_function, OnAFakeGpu) {
  require_examples(gpu_gemm_operations(backend), gemm_examples());
}

BOOST_AUTO_TEST_CASE(without_a_gpu_the_gemm_operations_say_so) {
  if (!gpu::why_no_device()) return;
  const Array image({1, 2, 5, 5}), filters({3, 2, 2, 2});
  const Array image3({1, 2, 4, 4, 4}), filters3({3, 2, 2, 2, 2});
  BOOST_CHECK_THROW(GpuCorrMM()(image, filters), EnvironmentError);
  BOOST_CHECK_THROW(GpuCorr3dMM()(image3, filters3), EnvironmentError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::ops::test
