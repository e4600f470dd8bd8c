// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>
#include <string>

#include "core/spec_text.hpp"
#include "reference/kernels.hpp"
#include "tests/reference/cases.hpp"

/// Numbers worked by hand. Filters (or, for grad_weights, top gradients) are powers of ten, so that
/// the digits of a result show which operands it met, in which order: with x = 1 2 3 4 and
/// w = 1 10 100 the first output is 1*1 + 2*10 + 3*100 = 321.
namespace convict::tests {

BOOST_AUTO_TEST_SUITE(hand_test)

namespace {

Call forward(std::string_view spec, const Values& input, const Values& filters) {
  return call_of(parse_valid_spec(spec), Pass::forward, {input, filters, {}});
}
Call grad_input(std::string_view spec, const Values& filters, const Values& output) {
  return call_of(parse_valid_spec(spec), Pass::grad_input, {{}, filters, output});
}
Call grad_weights(std::string_view spec, const Values& input, const Values& output) {
  return call_of(parse_valid_spec(spec), Pass::grad_weights, {input, {}, output});
}

/// Compares reference.direct in double and single precision, and truth in both widths.
void check(const Call& call, const Values& expected) {
  BOOST_TEST_CONTEXT(to_string(call.spec) << " " << name_of(call.pass)) {
    BOOST_TEST(direct(call, Precision::f64) == expected, boost::test_tools::per_element());
    BOOST_TEST(direct(call, Precision::f32) == expected, boost::test_tools::per_element());
    BOOST_TEST(truth(call, reference::Width::f64).value == expected,
               boost::test_tools::per_element());
    const reference::Truth wide = truth(call, reference::Width::twice_f64);
    BOOST_TEST(wide.value == expected, boost::test_tools::per_element());
    BOOST_TEST(wide.correction == Values(expected.size(), 0.0), boost::test_tools::per_element());
  }
}

const Values one_to_nine = {1, 2, 3, 4, 5, 6, 7, 8, 9};
const Values one_to_eight = {1, 2, 3, 4, 5, 6, 7, 8};
const Values one_to_five = {1, 2, 3, 4, 5};

}  // namespace

BOOST_AUTO_TEST_CASE(one_axis_correlates_and_its_adjoints_scatter_and_gather) {
  check(forward("c1_i4_k1_f3", {1, 2, 3, 4}, {1, 10, 100}), {321, 432});
  // 1 * (1 10 100 .) + 2 * (. 1 10 100)
  check(grad_input("c1_i4_k1_f3", {1, 10, 100}, {1, 2}), {1, 12, 120, 200});
  // 1 * (1 2 3) + 10 * (2 3 4)
  check(grad_weights("c1_i4_k1_f3", {1, 2, 3, 4}, {1, 10}), {21, 32, 43});
}

BOOST_AUTO_TEST_CASE(two_axes_meet_row_by_row) {
  // x = 1 2 3 / 4 5 6 / 7 8 9, w = 1 10 / 100 1000
  check(forward("c1_i3x3_k1_f2x2", one_to_nine, {1, 10, 100, 1000}), {5421, 6532, 8754, 9865});
  // y = 1 2 / 3 4; the middle gets 1*1000 + 2*100 + 3*10 + 4*1
  check(grad_input("c1_i3x3_k1_f2x2", {1, 10, 100, 1000}, {1, 2, 3, 4}),
        {1, 12, 20, 103, 1234, 2040, 300, 3400, 4000});
  check(grad_weights("c1_i3x3_k1_f2x2", one_to_nine, {1, 10, 100, 1000}), {5421, 6532, 8754, 9865});
}

BOOST_AUTO_TEST_CASE(three_axes_keep_their_order) {
  // x = (1 2 / 3 4) (5 6 / 7 8); the filter takes both planes, one row, both columns
  check(forward("c1_i2x2x2_k1_f2x1x2", one_to_eight, {1, 10, 100, 1000}), {6521, 8743});
  check(grad_input("c1_i2x2x2_k1_f2x1x2", {1, 10, 100, 1000}, {1, 2}),
        {1, 10, 2, 20, 100, 1000, 200, 2000});
  // first row + 10 * second row, in each plane
  check(grad_weights("c1_i2x2x2_k1_f2x1x2", one_to_eight, {1, 10}), {31, 42, 75, 86});
}

BOOST_AUTO_TEST_CASE(stride_steps_over_inputs) {
  check(forward("c1_i5_k1_f2_s2", one_to_five, {1, 10}), {21, 43});
  // The fifth input is never met: its gradient is exactly 0.
  check(grad_input("c1_i5_k1_f2_s2", {1, 10}, {1, 2}), {1, 10, 2, 20, 0});
  check(grad_weights("c1_i5_k1_f2_s2", one_to_five, {1, 10}), {31, 42});
}

BOOST_AUTO_TEST_CASE(dilation_spreads_taps) {
  check(forward("c1_i5_k1_f3_d2", one_to_five, {1, 10, 100}), {531});
  // 1 * (1 . 10) + 2 * (. 1 . 10) + 3 * (. . 1 . 10)
  check(grad_input("c1_i5_k1_f2_d2", {1, 10}, {1, 2, 3}), {1, 2, 13, 20, 30});
  check(grad_weights("c1_i5_k1_f2_d2", one_to_five, {1, 10, 100}), {321, 543});
}

BOOST_AUTO_TEST_CASE(stride_and_dilation_may_differ_per_axis) {
  // x = 1 2 3 4 5 / 6 7 8 9 1 / 2 3 4 5 6: rows 0 and 2, columns 0 1 and 2 3
  const Values x = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6};
  check(forward("c1_i3x5_k1_f2x2_s1x2_d2x1", x, {1, 10, 100, 1000}), {3221, 5443});
  check(grad_input("c1_i3x5_k1_f2x2_s1x2_d2x1", {1, 10, 100, 1000}, {1, 2}),
        {1, 10, 2, 20, 0, 0, 0, 0, 0, 0, 100, 1000, 200, 2000, 0});
  // column pairs (0 2) and (1 3) of rows 0 and 2
  check(grad_weights("c1_i3x5_k1_f2x2_s1x2_d2x1", x, {1, 10}), {31, 42, 42, 53});
}

BOOST_AUTO_TEST_CASE(padding_may_differ_before_and_after) {
  // 0 1 2 3 0 0
  check(forward("c1_i3_k1_f3_p1:2", {1, 2, 3}, {1, 10, 100}), {210, 321, 32, 3});
  // The padded gradient is 1 12 123 234 340 400; positions 1 to 3 are real.
  check(grad_input("c1_i3_k1_f3_p1:2", {1, 10, 100}, {1, 2, 3, 4}), {12, 123, 234});
  check(grad_weights("c1_i3_k1_f3_p1:2", {1, 2, 3}, {1, 10, 100, 1000}), {3210, 321, 32});
}

BOOST_AUTO_TEST_CASE(padding_may_differ_per_axis) {
  // 0 1 2 / 0 3 4 / 0 0 0
  check(forward("c1_i2x2_k1_f2x2_p0:1x1:0", {1, 2, 3, 4}, {1, 10, 100, 1000}),
        {3010, 4321, 30, 43});
  // y = 1 2 / 3 4: the top left input gets 1*10 + 2*1, the bottom left 1*1000 + 2*100 + 3*10 + 4*1
  check(grad_input("c1_i2x2_k1_f2x2_p0:1x1:0", {1, 10, 100, 1000}, {1, 2, 3, 4}),
        {12, 20, 1234, 2040});
  check(grad_weights("c1_i2x2_k1_f2x2_p0:1x1:0", {1, 2, 3, 4}, {1, 10, 100, 1000}),
        {3010, 4321, 30, 43});
}

BOOST_AUTO_TEST_CASE(half_pads_half_the_dilated_filter_on_both_sides) {
  check(forward("c1_i3_k1_f3_phalf", {1, 2, 3}, {1, 10, 100}), {210, 321, 32});
  check(forward("c1_i3_k1_f2_phalf", {1, 2, 3}, {1, 10}), {10, 21, 32, 3});
  check(forward("c1_i3_k1_f2_d2_phalf", {1, 2, 3}, {1, 10}), {20, 31, 2});
  check(grad_input("c1_i3_k1_f3_phalf", {1, 10, 100}, {1, 2, 3}), {12, 123, 230});
  check(grad_weights("c1_i3_k1_f3_phalf", {1, 2, 3}, {1, 10, 100}), {210, 321, 32});
}

BOOST_AUTO_TEST_CASE(full_meets_every_partial_overlap) {
  // 0 0 1 2 3 0 0
  check(forward("c1_i3_k1_f3_pfull", {1, 2, 3}, {1, 10, 100}), {100, 210, 321, 32, 3});
  check(grad_input("c1_i3_k1_f3_pfull", {1, 10, 100}, {1, 2, 3, 4, 5}), {123, 234, 345});
  check(grad_weights("c1_i3_k1_f3_pfull", {1, 2, 3}, {1, 10, 100, 1000, 10000}),
        {32100, 3210, 321});
}

BOOST_AUTO_TEST_CASE(flip_reverses_the_taps_of_every_axis) {
  check(forward("c1_i4_k1_f3_flip", {1, 2, 3, 4}, {1, 10, 100}), {123, 234});
  check(forward("c1_i2x2x2_k1_f2x1x2_flip", one_to_eight, {1, 10, 100, 1000}), {1256, 3478});
  // 1 * (100 10 1 .) + 2 * (. 100 10 1)
  check(grad_input("c1_i4_k1_f3_flip", {1, 10, 100}, {1, 2}), {100, 210, 21, 2});
  check(grad_weights("c1_i4_k1_f3_flip", {1, 2, 3, 4}, {1, 10}), {43, 32, 21});
}

BOOST_AUTO_TEST_CASE(channels_are_summed_and_filters_stacked) {
  // Channels 1 2 and 3 4 at one position; filters (1 10) and (100 1000).
  check(forward("c2_i1_k2_f1", {3, 4}, {1, 10, 100, 1000}), {43, 4300});
  check(grad_input("c2_i1_k2_f1", {1, 10, 100, 1000}, {3, 4}), {403, 4030});
  check(grad_weights("n2_c2_i1_k2_f1", {1, 2, 3, 4}, {1, 10, 100, 1000}), {301, 402, 3010, 4020});
}

BOOST_AUTO_TEST_CASE(groups_see_only_their_own_channels) {
  check(forward("c4_i1_k2_f1_g2", {1, 2, 3, 4}, {1, 10, 100, 1000}), {21, 4300});
  check(grad_input("c4_i1_k2_f1_g2", {1, 10, 100, 1000}, {1, 2}), {1, 10, 200, 2000});
  check(grad_weights("c4_i1_k2_f1_g2", {1, 2, 3, 4}, {1, 10}), {1, 2, 30, 40});
}

BOOST_AUTO_TEST_CASE(groups_may_have_more_filters_than_channels) {
  // Two groups of two channels and three filters.
  const Values w = {1, 10, 10, 1, 1, 1, 1, 10, 10, 1, 1, 100};
  check(forward("c4_i1_k6_f1_g2", {1, 2, 3, 4}, w), {21, 12, 3, 43, 34, 403});
  // 1*1+2*10+3*1, 1*10+2*1+3*1; 4*1+5*10+6*1, 4*10+5*1+6*100
  check(grad_input("c4_i1_k6_f1_g2", w, {1, 2, 3, 4, 5, 6}), {24, 15, 60, 645});
  check(grad_weights("c4_i1_k6_f1_g2", {1, 2, 3, 4}, {1, 10, 100, 2, 20, 200}),
        {1, 2, 10, 20, 100, 200, 6, 8, 60, 80, 600, 800});
}

BOOST_AUTO_TEST_CASE(depthwise_filters_have_one_channel_each) {
  const Values x = {1, 2, 3, 4, 5, 6};
  check(forward("c2_i3_k2_f2_g2", x, {1, 10, 100, 1}), {21, 32, 405, 506});
  check(grad_input("c2_i3_k2_f2_g2", {1, 10, 100, 1}, {1, 2, 3, 4}), {1, 12, 20, 300, 403, 4});
  check(grad_weights("c2_i3_k2_f2_g2", x, {1, 10, 100, 1000}), {21, 32, 5400, 6500});
}

BOOST_AUTO_TEST_CASE(a_channel_multiplier_interleaves_outputs) {
  check(forward("c2_i1_k4_f1_g2", {3, 5}, {1, 10, 100, 1000}), {3, 30, 500, 5000});
  check(grad_input("c2_i1_k4_f1_g2", {1, 10, 100, 1000}, {1, 2, 3, 4}), {21, 4300});
  check(grad_weights("c2_i1_k4_f1_g2", {3, 5}, {1, 10, 100, 1000}), {3, 30, 500, 5000});
}

BOOST_AUTO_TEST_CASE(unshared_filters_have_a_bank_per_output_position) {
  // Banks (1 10) at output 0 and (100 1000) at output 1.
  const Values banks = {1, 10, 100, 1000};
  check(forward("c1_i3_k1_f2_unshared", {1, 2, 3}, banks), {21, 3200});
  check(forward("c1_i3_k1_f2_flip_unshared", {1, 2, 3}, banks), {12, 2300});
  check(forward("c1_i2x2_k1_f1x1_unshared", {1, 2, 3, 4}, banks), {1, 20, 300, 4000});
  check(grad_input("c1_i3_k1_f2_unshared", banks, {1, 2}), {1, 210, 2000});
  check(grad_input("c1_i3_k1_f2_flip_unshared", banks, {1, 2}), {10, 2001, 200});
  // Summed over the batch only: 1*(1 2) + 100*(4 5) and 10*(2 3) + 1000*(5 6).
  check(grad_weights("n2_c1_i3_k1_f2_unshared", {1, 2, 3, 4, 5, 6}, {1, 10, 100, 1000}),
        {401, 502, 5020, 6030});
  check(grad_weights("c1_i3_k1_f2_flip_unshared", {1, 2, 3}, {1, 10}), {2, 1, 30, 20});
}

BOOST_AUTO_TEST_CASE(unshared_banks_come_before_group_channels) {
  // Filters (K, o, C/G, f) = (2, 2, 1, 1): k0 has 1 10, k1 has 100 1000 for its two positions.
  check(forward("c2_i2_k2_f1_g2_unshared", {1, 2, 3, 4}, {1, 10, 100, 1000}), {1, 20, 300, 4000});
  // (1, 2, 2, 1): position 0 has (1 10) for its two channels, position 1 (100 1000).
  check(forward("c2_i2_k1_f1_unshared", {1, 2, 3, 4}, {1, 10, 100, 1000}), {31, 4200});
  check(grad_input("c2_i2_k1_f1_unshared", {1, 10, 100, 1000}, {1, 2}), {1, 200, 10, 2000});
  check(grad_weights("c2_i2_k1_f1_unshared", {1, 2, 3, 4}, {1, 10}), {1, 3, 20, 40});
}

BOOST_AUTO_TEST_CASE(alpha_scales_the_sum_and_beta_the_old_result) {
  const auto scaled = [](Call call, double alpha, double beta, Values old_result) {
    call.alpha = alpha;
    call.beta = beta;
    return with_old_result(std::move(call), std::move(old_result));
  };
  const Call f = forward("c1_i4_k1_f3", {1, 2, 3, 4}, {1, 10, 100});
  check(scaled(f, 2, -1, {7, 8}), {635, 856});
  check(scaled(f, 0, 1, {7, 8}), {7, 8});
  check(scaled(grad_input("c1_i4_k1_f3", {1, 10, 100}, {1, 2}), 0.5, 2, {1, 2, 3, 4}),
        {2.5, 10, 66, 108});
  check(scaled(grad_weights("c1_i4_k1_f3", {1, 2, 3, 4}, {1, 10}), -1, 0.5, {2, 4, 6}),
        {-20, -30, -40});
}

BOOST_AUTO_TEST_CASE(zero_sizes_give_zeros) {
  check(forward("n0_c1_i3_k1_f2", {}, {1, 10}), {});
  check(grad_input("n0_c1_i3_k1_f2", {1, 10}, {}), {});
  check(grad_weights("n0_c1_i3_k1_f2", {}, {}), {0, 0});
  check(forward("c0_i3_k2_f2", {}, {}), {0, 0, 0, 0});
  check(grad_input("c0_i3_k2_f2", {}, {1, 2, 3, 4}), {});
  check(grad_weights("c0_i3_k2_f2", {}, {1, 2, 3, 4}), {});
  check(forward("c1_i3_k0_f2", {1, 2, 3}, {}), {});
  check(grad_input("c1_i3_k0_f2", {}, {}), {0, 0, 0});
  check(grad_weights("c1_i3_k0_f2", {1, 2, 3}, {}), {});
  // No input at all, only padding.
  check(forward("c1_i0_k1_f2_pfull", {}, {1, 10}), {0});
  check(grad_input("c1_i0_k1_f2_pfull", {1, 10}, {1}), {});
  check(grad_weights("c1_i0_k1_f2_pfull", {}, {1}), {0, 0});
}

BOOST_AUTO_TEST_CASE(zero_sizes_still_scale_the_old_result) {
  Call call = with_old_result(grad_weights("n0_c1_i3_k1_f2", {}, {}), {3, 4});
  call.beta = 2;
  check(call, {6, 8});
}

BOOST_AUTO_TEST_CASE(a_filter_reaches_far_behind_its_input) {
  // Padding wider than the dilated filter: outputs that meet no input are 0.
  check(forward("c1_i1_k1_f2_p2:3", {7}, {1, 10}), {0, 70, 7, 0, 0});
  check(grad_input("c1_i1_k1_f2_p2:3", {1, 10}, {1, 2, 3, 4, 5}), {23});
  check(grad_weights("c1_i1_k1_f2_p2:3", {7}, {1, 2, 3, 4, 5}), {21, 14});
}

/// Theano, tests/test_abstract_conv.py: causal convolution and the transposed convolution of ones.
BOOST_AUTO_TEST_CASE(published_numbers_are_reproduced) {
  check(forward("n3_c2_i5_k2_f3_d2_p4:0_flip", {2, 4, 9, 5, 8, 0, 0, 4, 0, 5, 2, 5, 8, 5, 5,
                                                1, 3, 0, 7, 9, 7, 0, 7, 1, 0, 0, 1, 4, 7, 2},
                {5, 3, 1, 3, 1, 0, 6, 4, 9, 2, 2, 7}),
        {10, 20, 63, 37, 88,  12, 24, 70, 46, 120, 13, 34, 47, 64, 78,
         14, 36, 58, 70, 105, 35, 3,  68, 27, 38,  42, 2,  78, 22, 103});

  const Values narrow_row = {2, 2, 4, 4, 4, 4, 4, 4, 2, 2};
  Values expected;
  for (int image = 0; image < 2; ++image)
    for (int row = 0; row < 10; ++row)
      for (const double value : narrow_row)
        expected.push_back(row >= 2 && row <= 7 ? 2 * value : value);
  check(grad_input("n2_c1_i10x10_k2_f4x4_s2", Values(32, 1.0), Values(64, 1.0)), expected);
}

BOOST_AUTO_TEST_CASE(truth_has_magnitude_and_number_of_multiply_adds) {
  // 0 1 -2 0 with w = 1 10 -100: -100*-2 + 10*1 ; 1*1 + 10*-2
  Call call = forward("c1_i2_k1_f3_p1", {1, -2}, {1, 10, -100});
  reference::Truth plain = truth(call);
  BOOST_TEST(plain.value == (Values{210, -19}), boost::test_tools::per_element());
  BOOST_TEST(plain.magnitude == (Values{210, 21}), boost::test_tools::per_element());
  BOOST_TEST(plain.products == (std::vector<index_t>{2, 2}), boost::test_tools::per_element());

  call.alpha = -2;
  call.beta = 3;
  const reference::Truth scaled = truth(with_old_result(call, {5, -7}));
  BOOST_TEST(scaled.value == (Values{-405, 17}), boost::test_tools::per_element());
  BOOST_TEST(scaled.magnitude == (Values{435, 63}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(specs_without_output_or_filter_are_refused_with_a_reason) {
  const auto why = [](std::string_view text) {
    Problem problem{.spec = parse_spec(text), .precision = Precision::f64, .shapes = {}};
    return refusal(reference::kernels().front(), problem).value_or("accepted");
  };
  const auto names = [](const std::string& reason, std::string_view words) {
    return reason.find(words) != std::string::npos;
  };

  BOOST_TEST(names(why("c1_i2_k1_f3"), "output extent of axis 0 is 0"), why("c1_i2_k1_f3"));
  BOOST_TEST(names(why("c1_i5x1_k1_f3x5_s1x3"), "output extent of axis 1 is -1"),
             why("c1_i5x1_k1_f3x5_s1x3"));
  BOOST_TEST(names(why("c1_i5x4_k1_f3x0"), "filter extent of axis 1 is 0"), why("c1_i5x4_k1_f3x0"));
  BOOST_TEST(names(why("c1_i5_k1_f3_s0"), "stride of axis 0 is 0"), why("c1_i5_k1_f3_s0"));
  BOOST_TEST(names(why("c1_i5_k1_f3_d0"), "dilation of axis 0 is 0"), why("c1_i5_k1_f3_d0"));
  BOOST_TEST(names(why("c3_i5_k2_f3_g2"), "in_channels is 3"), why("c3_i5_k2_f3_g2"));
  BOOST_TEST(names(why("c2_i5_k3_f3_g2"), "out_channels is 3"), why("c2_i5_k3_f3_g2"));
  BOOST_TEST(why("c1_i3_k1_f3") == "accepted");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace convict::tests
