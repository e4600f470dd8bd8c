// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "core/spec_text.hpp"
#include "gpu/cudnn/choice.hpp"
#include "ops/abstract_conv.hpp"
#include "ops/algorithms.hpp"
#include "ops/bilinear.hpp"
#include "ops/causal.hpp"
#include "ops/conv.hpp"
#include "ops/corr_mm_ops.hpp"
#include "ops/errors.hpp"
#include "ops/execute.hpp"
#include "ops/selection.hpp"
#include "ops/shapes.hpp"
#include "tests/ops/closed_form.hpp"

// One test for every row of the two tables of differences in docs/operations.md.

namespace convict::ops::test {
namespace {

BOOST_AUTO_TEST_SUITE(differences_test)

constexpr std::nullopt_t unknown = std::nullopt;

Problem problem(const std::string& text, Pass pass = Pass::forward) {
  return problem_of(parse_valid_spec(text), pass, Precision::f32, {});
}

BOOST_AUTO_TEST_CASE(the_flag_is_dnn_enabled) {
  BOOST_TEST((parse_flags("dnn.enabled=False").dnn_enabled == Policy::Enabled::no));
  BOOST_CHECK_THROW(parse_flags("dnn.enable=False"), UsageError);
}

BOOST_AUTO_TEST_CASE(excluding_gemm_leaves_the_legacy_op_for_simple_problems) {
  const Policy policy = parse_flags("optimizer_excluding=conv_dnn:conv_gemm");

  BOOST_TEST(select(problem("c2_i5x5_k3_f3x3_flip"), policy).name == "reference.direct");
  BOOST_CHECK_THROW(select(problem("c2_i5x5_k3_f3x3_phalf_flip"), policy), NoImplementationError);
}

BOOST_AUTO_TEST_CASE(causal_outputs_see_the_present) {
  const Array x({1, 1, 3}, std::vector<double>{1, 10, 100});
  const Array w({1, 1, 2}, std::vector<double>{2, 3});

  BOOST_TEST((causal_conv1d(x, w, {1, 1, 2}) == Array({1, 1, 3}, std::vector<double>{2, 23, 230})));
}

BOOST_AUTO_TEST_CASE(causal_filter_length_must_be_known) {
  BOOST_CHECK_THROW(causal_conv1d(Array({1, 1, 3}), Array({1, 1, 2}), {1, 1, unknown}), ValueError);
}

BOOST_AUTO_TEST_CASE(border_mode_to_pad_takes_an_int) {
  using Pads = std::vector<SidePadding>;
  BOOST_TEST((border_mode_to_pad(2, 2, {3, 3}) == Pads{{2, 2}, {2, 2}}));
}

BOOST_AUTO_TEST_CASE(pairs_are_accepted_by_every_function_of_two_axes) {
  const BorderModeArg pairs = {{1, 0}, {0, 2}};
  const Settings settings{{1, 1}, {1, 1}, {{1, 0}, {0, 2}}};
  const Array x = integers({1, 2, 4, 3}, 1);
  const Array w = integers({3, 2, 2, 3}, 2);
  const Array t = integers({1, 3, 4, 3}, 3);

  BOOST_TEST((conv2d(x, w, {.border_mode = pairs}) == closed_forward(x, w, settings)));
  BOOST_TEST((conv2d_transpose(t, w, {1, 2, 4, 3}, {.border_mode = pairs}) ==
              closed_grad_inputs(w, t, x.shape(), settings)));
  BOOST_TEST((conv2d_grad_wrt_weights(x, t, {3, 2, 2, 3}, {.border_mode = pairs}) ==
              closed_grad_weights(x, t, w.shape(), settings)));
}

BOOST_AUTO_TEST_CASE(spatial_sizes_of_a_gradient_must_be_known) {
  const Array w({1, 1, 2, 2});
  const Array t({1, 1, 2, 2});
  BOOST_CHECK_THROW(conv2d_grad_wrt_inputs(t, w, {1, 1, 3, unknown}), ValueError);
  BOOST_CHECK_NO_THROW(conv2d_grad_wrt_inputs(t, w, {unknown, unknown, 3, 3}));
}

BOOST_AUTO_TEST_CASE(gradients_have_the_shape_of_what_they_are_gradients_of) {
  const Array x = integers({2, 3, 5, 4}, 1);
  const Array w = integers({4, 3, 2, 3}, 2);
  const Array t = integers({2, 4, 4, 2}, 3);
  BOOST_TEST((conv2d_grad_wrt_inputs(t, w, {2, 3, 5, 4}).shape() == x.shape()));
  BOOST_TEST((conv2d_grad_wrt_weights(x, t, {4, 3, 2, 3}).shape() == w.shape()));
}

BOOST_AUTO_TEST_CASE(fractional_sizes_are_rounded_up) {
  // ceil(5 * 3 / 2) and ceil(5 * 2 / 3)
  const Array x({1, 1, 5, 5});
  BOOST_TEST(
      (frac_bilinear_upsampling(x, {Fraction{3, 2}, Fraction{2, 3}}).shape() == Dims{1, 1, 8, 4}));
}

BOOST_AUTO_TEST_CASE(choices_on_shape_change_are_kept_for_every_shape) {
  // Every choice is kept per problem; only *_once uses the first problem's for all.
  BOOST_TEST((gpu::cudnn::choice_named("guess_on_shape_change") == gpu::cudnn::Choice{}));
  BOOST_TEST(!gpu::cudnn::choice_named("time_on_shape_change").once);
  BOOST_TEST(gpu::cudnn::choice_named("time_once").once);
}

BOOST_AUTO_TEST_CASE(three_axes_know_more_than_one_cudnn_algorithm) {
  for (const char* name : {"none", "small", "fft_tiling"})
    BOOST_TEST(parse_flags(std::string("dnn.conv.algo_fwd=") + name).dnn_conv_algo_fwd == name);
}

BOOST_AUTO_TEST_CASE(half_pads_half_the_dilated_extent) {
  // k = 3, d = 2: K = 5 pads 2, where k alone would pad 1.
  BOOST_TEST(get_conv_shape_1axis(9, 3, "half", 1, 2).value() == 9);
  const Array x = integers({1, 1, 1, 9}, 1);
  const Array w = integers({1, 1, 1, 3}, 2);
  BOOST_TEST((conv2d(x, w, {.border_mode = "half", .filter_dilation = {1, 2}}) ==
              closed_forward(x, w, {{1, 1}, {1, 2}, {{0, 0}, {2, 2}}})));
}

BOOST_AUTO_TEST_CASE(sizes_of_valid_and_full_heed_stride_and_dilation) {
  BOOST_TEST(get_conv_shape_1axis(10, 3, "valid", 2, 2).value() == 3);
  BOOST_TEST(get_conv_shape_1axis(10, 3, "full", 2, 2).value() == 7);
}

BOOST_AUTO_TEST_CASE(strided_gradient_shapes_keep_their_known_entries) {
  BOOST_TEST((get_conv_gradweights_shape({2, 3, 9, 9}, {2, 4, 4, 8}, "valid", {2, 1}) ==
              Hint{4, 3, unknown, 2}));
  BOOST_TEST((get_conv_gradinputs_shape({4, 3, 2, 2}, {2, 4, 4, 8}, "valid", {1, 2}) ==
              Hint{2, 3, 5, unknown}));
}

BOOST_AUTO_TEST_CASE(shape_functions_read_unshared_filters) {
  BOOST_TEST((get_conv_gradinputs_shape({4, 3, 2, 5, 2, 2}, {2, 4, 3, 2}, "valid", {1, 1}) ==
              Hint{2, 5, 4, 3}));
  BOOST_TEST(
      check_conv_gradinputs_shape({2, 5, 4, 3}, {4, 3, 2, 5, 2, 2}, {2, 4, 3, 2}, "valid", {1, 1}));
}

BOOST_AUTO_TEST_CASE(workspace_is_what_the_kernel_says) {
  const Problem asked = problem("n4_c2_i9x9_k3_f3x3");
  const Kernel& kernel = select(asked, {});
  BOOST_TEST(workspace_bytes(kernel, asked) > 0);
}

BOOST_AUTO_TEST_CASE(three_axes_take_no_pairs) {
  BOOST_CHECK_THROW(AbstractConv3d({.border_mode = {{1, 1}, 0, 0}}), NotImplementedError);
  BOOST_CHECK_THROW(AbstractConv3d({.border_mode = {{1, 2}, 0, 0}}), NotImplementedError);
}

BOOST_AUTO_TEST_CASE(nothing_is_timed_on_first_use) {
  const Decision first = decide(problem("c2_i5x5_k3_f3x3"), {});
  const Decision second = decide(problem("c2_i5x5_k3_f3x3"), {});
  BOOST_TEST(to_string(first) == to_string(second));
}

BOOST_AUTO_TEST_CASE(filter_shape_divides_the_channels_by_the_groups) {
  BOOST_TEST((get_conv_gradweights_shape({2, 6, 5, 5}, {2, 9, 3, 3}, "valid", {1, 1}, {}, 3) ==
              Hint{9, 2, 3, 3}));
}

BOOST_AUTO_TEST_CASE(dilated_filter_extents_are_whole_numbers_or_unknown) {
  BOOST_TEST(get_conv_gradweights_shape_1axis(10, 6, "valid", 1, 2).value() == 3);
  BOOST_TEST(!get_conv_gradweights_shape_1axis(10, 7, "valid", 1, 2).has_value());
}

BOOST_AUTO_TEST_CASE(gemm_gradients_infer_dilated_shapes) {
  const CorrMMArgs args = {.filter_dilation = {2, 1}};
  BOOST_TEST(
      (CorrMM_gradWeights(args).infer_shape({1, 2, 9, 6}, {1, 3, 5, 5}) == Hint{3, 2, 3, 2}));
  BOOST_TEST((CorrMM_gradInputs(args).infer_shape({3, 2, 3, 2}, {1, 3, 5, 5}) == Hint{1, 2, 9, 6}));
}

BOOST_AUTO_TEST_CASE(legacy_gradients_decline_dilation) {
  const Policy policy{.optimizer_excluding = {"conv_gemm"}};
  for (const Pass pass : {Pass::grad_input, Pass::grad_weights})
    BOOST_CHECK_THROW(select(problem("c1_i7x7_k1_f2x2_d2_flip", pass), policy),
                      NoImplementationError);
}

BOOST_AUTO_TEST_CASE(three_axes_heed_filter_flip) {
  const Array x = integers({1, 1, 3, 3, 3}, 1);
  const Array w = integers({1, 1, 2, 2, 2}, 2);
  const Settings straight{{1, 1, 1}, {1, 1, 1}, {{0, 0}, {0, 0}, {0, 0}}, false};
  const Policy including{.metaopt_optimizer_including = {"conv3d2d"}};
  BOOST_TEST((conv3d(x, w, {.filter_flip = false}, including) == closed_forward(x, w, straight)));
}

BOOST_AUTO_TEST_CASE(partial_hints_do_not_break_selection) {
  const Array x = integers({2, 3, 4, 4}, 1);
  const Array w = integers({2, 3, 2, 2}, 2);
  BOOST_TEST((conv2d(x, w, {.input_shape = {2, unknown, 4, 4}}) == conv2d(x, w)));
}

BOOST_AUTO_TEST_CASE(mixed_types_are_brought_to_the_wider_one) {
  const Array x = integers({1, 1, 3, 3}, 1, Precision::f32);
  const Array w = integers({1, 1, 2, 2}, 2, Precision::f64);
  BOOST_TEST((conv2d(x, w) == conv2d(x.as(Precision::f64), w)));
}

BOOST_AUTO_TEST_CASE(every_group_of_three_axes_has_its_filter_gradient) {
  const Array x = integers({2, 4, 3, 3, 3}, 1);
  const Array t = integers({2, 4, 2, 2, 2}, 2);
  const Settings settings{{1, 1, 1}, {1, 1, 1}, {{0, 0}, {0, 0}, {0, 0}}, true, 2};
  BOOST_TEST((conv3d_grad_wrt_weights(x, t, {4, 2, 2, 2, 2}, {.num_groups = 2}) ==
              closed_grad_weights(x, t, {4, 2, 2, 2, 2}, settings)));
}

BOOST_AUTO_TEST_CASE(element_counts_have_64_bits) {
  // 2^17 * 2^17 output elements of one channel, by shape alone.
  const index_t side = index_t{1} << 17;
  BOOST_TEST(AbstractConv({}).flops({1, 1, side, side}, {1, 1, 1, 1}) == 2 * side * side);
  BOOST_CHECK(!refusal(select(problem("c1_i131072x131072_k1_f1x1"), {}),
                       problem("c1_i131072x131072_k1_f1x1")));
}

BOOST_AUTO_TEST_CASE(a_call_does_not_remember_the_shape_of_the_one_before) {
  const AbstractConv op({});
  for (const index_t n : {9, 3, 12}) {
    const Array x = integers({1, 2, n, n}, 1);
    const Array w = integers({2, 2, 3, 3}, 2);
    BOOST_TEST((op(x, w) == closed_forward(x, w, {{1, 1}, {1, 1}, {{0, 0}, {0, 0}}})));
  }
}

BOOST_AUTO_TEST_CASE(empty_operands_keep_beta_times_the_old_result) {
  const Problem empty = [] {
    Problem made = problem("c0_i3x3_k1_f2x2");
    made.beta = 2;
    return made;
  }();
  std::vector<float> result = {1, 2, 3, 4};
  std::vector<std::byte> workspace(workspace_bytes(select(empty, {}), empty));
  select(empty, {}).run(empty, {.output = result.data(),
                                .workspace = workspace.data(),
                                .workspace_bytes = workspace.size()});
  BOOST_TEST(result == (std::vector<float>{2, 4, 6, 8}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(perform_verifies_the_shape_of_the_filter_gradient) {
  const AbstractConv_gradWeights op({});
  BOOST_CHECK_THROW(op.perform(Array({1, 1, 5, 5}), Array({1, 1, 3, 3}), {2, 3}), ValueError);
}

BOOST_AUTO_TEST_CASE(a_kernel_that_fails_says_so) {
  BOOST_CHECK_THROW(
      Corr3dMM()(Array({1, 1, 2, 2, 2}, Precision::f16), Array({1, 1, 1, 1, 1}, Precision::f16)),
      NoImplementationError);
}

BOOST_AUTO_TEST_CASE(corr_mm_can_be_called_with_every_border_mode) {
  const Array x = integers({1, 1, 4, 4}, 1);
  const Array w = integers({1, 1, 3, 3}, 2);
  for (const BorderModeArg& mode :
       {BorderModeArg("valid"), BorderModeArg("half"), BorderModeArg("full"), BorderModeArg(1),
        BorderModeArg{1, 2}, BorderModeArg{{0, 1}, 2}})
    BOOST_CHECK_NO_THROW(CorrMM({.border_mode = mode})(x, w));
}

BOOST_AUTO_TEST_CASE(causal_filters_may_be_unshared) {
  const Array x({1, 1, 2}, std::vector<double>{1, 10});
  const Array w({1, 2, 1, 2}, std::vector<double>{1, 2, 3, 4});
  // y[0] = 1 * 1; y[1] = 3 * 10 + 4 * 1
  BOOST_TEST((causal_conv1d(x, w, {1, 2, 1, 2}, {.unshared = true}) ==
              Array({1, 1, 2}, std::vector<double>{1, 34})));
}

BOOST_AUTO_TEST_CASE(strides_and_dilations_below_one_are_refused) {
  BOOST_CHECK_THROW(AbstractConv({.subsample = {0, 1}}), ValueError);
  BOOST_CHECK_THROW(AbstractConv({.filter_dilation = {1, -1}}), ValueError);
  BOOST_CHECK_THROW(get_conv_shape_1axis(5, 3, "valid", -1), ValueError);
}

BOOST_AUTO_TEST_CASE(an_output_extent_of_zero_is_refused_by_every_route) {
  const Array x({1, 1, 2, 2});
  const Array w({1, 1, 3, 1});
  BOOST_CHECK_THROW(AbstractConv({}).perform(x, w), ValueError);
  BOOST_CHECK_THROW(conv2d(x, w, {}, {.optimizer = Policy::Optimizer::none}), ValueError);
  BOOST_CHECK_THROW(conv2d(x, w), ValueError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::ops::test
