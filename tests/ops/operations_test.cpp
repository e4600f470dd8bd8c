// SPDX-License-Identifier: Apache-2.0
#include "ops/operations/operations.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

#include "ops/bilinear.hpp"
#include "ops/causal.hpp"
#include "ops/conv.hpp"
#include "ops/conv3d2d.hpp"
#include "ops/corr_mm_ops.hpp"
#include "ops/errors.hpp"
#include "ops/legacy.hpp"
#include "ops/operations/operation_tables.hpp"
#include "ops/separable.hpp"
#include "ops/slow_conv.hpp"
#include "tests/ops/closed_form.hpp"

namespace convict::ops::test {
namespace {

BOOST_AUTO_TEST_SUITE(operations_test)

using Texts = std::map<std::string, std::string>;

/// One call by name, and the result of the function that it stands for.
struct Example {
  std::string name;
  Tensors operands;
  Texts parameters;
  Array expected;
};

const Array x1 = integers({2, 4, 9}, 1), x2 = integers({2, 4, 6, 5}, 2),
            x3 = integers({1, 4, 4, 3, 5}, 3);
const Array w1 = integers({4, 2, 3}, 4), w2 = integers({4, 2, 2, 3}, 5),
            w3 = integers({4, 2, 2, 1, 3}, 6);

std::vector<Example> forward_examples() {
  const ConvOptions one{.border_mode = {{1, 0}}, .subsample = {2}, .num_groups = 2};
  const ConvOptions two{.border_mode = {{1, 0}, 2}, .filter_flip = false, .num_groups = 2};
  const ConvOptions three{.border_mode = "half", .filter_dilation = {2, 1, 1}, .num_groups = 2};
  const Texts two_texts = {
      {"border_mode", "((1, 0), 2)"}, {"filter_flip", "False"}, {"num_groups", "2"}};
  return {{"conv1d",
           {{"input", x1}, {"filters", w1}},
           {{"border_mode", "((1,0),)"}, {"subsample", "2"}, {"num_groups", "2"}},
           conv1d(x1, w1, one)},
          {"conv2d", {{"input", x2}, {"filters", w2}}, two_texts, conv2d(x2, w2, two)},
          {"abstract_conv2d", {{"input", x2}, {"filters", w2}}, two_texts, conv2d(x2, w2, two)},
          {"conv3d",
           {{"input", x3}, {"filters", w3}},
           {{"border_mode", "half"}, {"filter_dilation", "2,1,1"}, {"num_groups", "2"}},
           conv3d(x3, w3, three)}};
}

std::vector<Example> gradient_examples() {
  const Texts groups = {{"num_groups", "2"}};
  const auto with = [&](const std::string& name, const std::string& text) {
    Texts texts = groups;
    texts[name] = text;
    return texts;
  };
  const Array t1 = conv1d(x1, w1, {.num_groups = 2});
  const Array t2 = conv2d(x2, w2, {.num_groups = 2});
  const Array t3 = conv3d(x3, w3, {.num_groups = 2});
  const Array gx1 = conv1d_grad_wrt_inputs(t1, w1, {2, 4, 9}, {.num_groups = 2});
  const Array gx2 = conv2d_grad_wrt_inputs(t2, w2, {2, 4, 6, 5}, {.num_groups = 2});
  const Array gx3 = conv3d_grad_wrt_inputs(t3, w3, {1, 4, 4, 3, 5}, {.num_groups = 2});
  const Tensors i1 = {{"output_grad", t1}, {"filters", w1}};
  const Tensors i2 = {{"output_grad", t2}, {"filters", w2}};
  const Tensors i3 = {{"output_grad", t3}, {"filters", w3}};
  return {
      {"conv1d_grad_wrt_inputs", i1, with("input_shape", "None,None,9"), gx1},
      {"conv2d_grad_wrt_inputs", i2, with("input_shape", "(2, 4, 6, 5)"), gx2},
      {"conv3d_grad_wrt_inputs", i3, with("input_shape", "1,4,4,3,5"), gx3},
      {"conv1d_transpose", {{"input", t1}, {"filters", w1}}, with("output_shape", "2,4,9"), gx1},
      {"conv2d_transpose", {{"input", t2}, {"filters", w2}}, with("output_shape", "2,4,6,5"), gx2},
      {"conv3d_transpose",
       {{"input", t3}, {"filters", w3}},
       with("output_shape", "1,4,4,3,5"),
       gx3},
      {"conv1d_grad_wrt_weights",
       {{"input", x1}, {"output_grad", t1}},
       with("filter_shape", "4,2,3"),
       conv1d_grad_wrt_weights(x1, t1, {4, 2, 3}, {.num_groups = 2})},
      {"conv2d_grad_wrt_weights",
       {{"input", x2}, {"output_grad", t2}},
       with("filter_shape", "4,2,2,3"),
       conv2d_grad_wrt_weights(x2, t2, {4, 2, 2, 3}, {.num_groups = 2})},
      {"conv3d_grad_wrt_weights",
       {{"input", x3}, {"output_grad", t3}},
       with("filter_shape", "4,2,2,1,3"),
       conv3d_grad_wrt_weights(x3, t3, {4, 2, 2, 1, 3}, {.num_groups = 2})}};
}

std::vector<Example> composed_examples() {
  const Array d2 = integers({4, 1, 2, 2}, 7), p2 = integers({3, 4, 1, 1}, 8);
  const Array d3 = integers({4, 1, 2, 2, 2}, 9), p3 = integers({3, 4, 1, 1, 1}, 10);
  const Array frames = integers({1, 3, 2, 4, 4}, 11), moving = integers({2, 2, 2, 3, 3}, 12);
  const Array plain = integers({3, 4, 2, 2}, 13);
  return {{"separable_conv2d",
           {{"input", x2}, {"depthwise_filters", d2}, {"pointwise_filters", p2}},
           {{"num_channels", "4"}, {"border_mode", "1"}},
           separable_conv2d(x2, d2, p2, 4, {.border_mode = 1})},
          {"separable_conv3d",
           {{"input", x3}, {"depthwise_filters", d3}, {"pointwise_filters", p3}},
           {{"num_channels", "4"}},
           separable_conv3d(x3, d3, p3, 4)},
          {"causal_conv1d",
           {{"input", x1}, {"filters", w1}},
           {{"filter_shape", "4,2,3"}, {"subsample", "2"}, {"num_groups", "2"}},
           causal_conv1d(x1, w1, {4, 2, 3}, {.subsample = 2, .num_groups = 2})},
          {"bilinear_kernel_1D",
           {},
           {{"ratio", "3"}, {"normalize", "False"}, {"dtype", "f32"}},
           bilinear_kernel_1D(3, false, Precision::f32)},
          {"bilinear_kernel_2D", {}, {{"ratio", "(2, 3)"}}, bilinear_kernel_2D({2, 3})},
          {"bilinear_upsampling",
           {{"input", x2}},
           {{"ratio", "2"}, {"use_1D_kernel", "False"}},
           bilinear_upsampling(x2, {.ratio = 2, .use_1D_kernel = false})},
          {"frac_bilinear_upsampling",
           {{"input", x2}},
           {{"frac_ratio", "((3, 2), (5, 4))"}},
           frac_bilinear_upsampling(x2, {Fraction{3, 2}, Fraction{5, 4}})},
          {"conv3d2d.conv3d",
           {{"signals", frames}, {"filters", moving}},
           {{"border_mode", "full,valid,valid"}},
           conv3d2d::conv3d(frames, moving,
                            {.border_mode = conv3d2d::BorderMode3d("full", "valid", "valid")})},
          {"conv.conv2d",
           {{"input", x2}, {"filters", plain}},
           {{"border_mode", "full"}, {"subsample", "(2, 1)"}},
           legacy::conv2d(x2, plain, {.border_mode = "full", .subsample = {2, 1}})}};
}

std::vector<Example> gemm_examples() {
  const CorrMMArgs args{.num_groups = 2};
  const Texts groups = {{"num_groups", "2"}};
  const Array t2 = CorrMM(args)(x2, w2);
  const Array t3 = Corr3dMM(args)(x3, w3);
  const Array bank = integers({2, 2, 2, 1}, 14);
  return {{"CorrMM", {{"img", x2}, {"kern", w2}}, groups, t2},
          {"CorrMM_gradWeights",
           {{"img", x2}, {"topgrad", t2}},
           groups,
           CorrMM_gradWeights(args)(x2, t2)},
          {"CorrMM_gradInputs",
           {{"kern", w2}, {"topgrad", t2}},
           {{"num_groups", "2"}, {"shape", "6,5"}, {"openmp", "True"}},
           CorrMM_gradInputs(args)(w2, t2)},
          {"Corr3dMM", {{"img", x3}, {"kern", w3}}, groups, t3},
          {"Corr3dMM_gradWeights",
           {{"img", x3}, {"topgrad", t3}},
           groups,
           Corr3dMM_gradWeights(args)(x3, t3)},
          {"Corr3dMM_gradInputs",
           {{"kern", w3}, {"topgrad", t3}},
           groups,
           Corr3dMM_gradInputs(args)(w3, t3)},
          {"conv",
           {{"img", x2}, {"kern", w2}},
           {{"mode", "full"}, {"num_groups", "2"}},
           conv(x2, w2, {.mode = "full", .num_groups = 2})},
          {"unshared2d",
           {{"inp", integers({3, 2}, 15)}, {"kern", bank}},
           {{"out_shape", "2,2"}},
           unshared2d(integers({3, 2}, 15), bank, {2, 2})}};
}

BOOST_AUTO_TEST_CASE(every_operation_called_by_name_is_its_function) {
  std::set<std::string> tried;
  for (const auto& examples :
       {forward_examples(), gradient_examples(), composed_examples(), gemm_examples()})
    for (const Example& example : examples) {
      const Array result =
          call(operation_named(example.name), example.operands, example.parameters);

      BOOST_TEST((result == example.expected), example.name);
      tried.insert(example.name);
    }
  // Those of a GPU have theirs in gpu_test.cpp and dnn_test.cpp.
  for (const auto& table :
       {gpu_gemm_operations(device_backend()), dnn_operations(device_backend())})
    for (const Operation& operation : table) tried.insert(operation.name);
  for (const Operation& operation : operations())
    BOOST_TEST(tried.contains(operation.name), operation.name << " has no example");
}

BOOST_AUTO_TEST_CASE(unknown_names_suggest_the_nearest) {
  const Tensors operands = {{"input", x2}, {"filters", w2}};
  const auto says = [](const std::string& words) {
    return [words](const UsageError& error) {
      return std::string(error.what()).find(words) != std::string::npos;
    };
  };

  BOOST_CHECK_EXCEPTION(operation_named("conv2"), UsageError, says("'conv2d'"));
  BOOST_CHECK_EXCEPTION(call(operation_named("conv2d"), operands, {{"border", "half"}}), UsageError,
                        says("'border_mode'"));
  BOOST_CHECK_EXCEPTION(call(operation_named("conv2d"), {{"inputs", x2}, {"filters", w2}}, {}),
                        UsageError, says("'input'"));
  BOOST_CHECK_EXCEPTION(call(operation_named("conv2d"), {{"input", x2}}, {}), UsageError,
                        says("'filters'"));
  BOOST_CHECK_EXCEPTION(call(operation_named("conv2d_transpose"), operands, {}), UsageError,
                        says("'output_shape'"));
}

BOOST_AUTO_TEST_CASE(none_is_the_absent_value) {
  const Array t2 = CorrMM({.num_groups = 2})(x2, w2);

  const Array gradient =
      call(operation_named("CorrMM_gradInputs"), {{"kern", w2}, {"topgrad", t2}},
           {{"num_groups", "2"}, {"shape", "None"}, {"openmp", "None"}, {"subsample", "None"}});
  const Array larger = call(operation_named("bilinear_upsampling"), {{"input", x2}},
                            {{"ratio", "2"}, {"frac_ratio", "None"}, {"batch_size", "None"}});

  BOOST_TEST((gradient == CorrMM_gradInputs({.num_groups = 2})(w2, t2)));
  BOOST_TEST((larger == bilinear_upsampling(x2, {.ratio = 2})));
}

BOOST_AUTO_TEST_CASE(texts_that_cannot_be_read_are_refused) {
  const Tensors operands = {{"input", x2}, {"filters", w2}};
  const auto refuse = [&](const std::string& name, const std::string& text) {
    BOOST_CHECK_EXCEPTION(call(operation_named("conv2d"), operands, {{name, text}}), ValueError,
                          [&](const ValueError& error) {
                            return std::string(error.what()).find(name) != std::string::npos;
                          });
  };

  refuse("border_mode", "((1,x),2)");
  refuse("border_mode", "sam");
  refuse("subsample", "two");
  refuse("filter_flip", "perhaps");
  refuse("num_groups", "1.5");
  refuse("input_shape", "2,3,x,5");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::ops::test
