// SPDX-License-Identifier: Apache-2.0
#include "ops/shapes.hpp"

#include <boost/test/unit_test.hpp>

#include "ops/errors.hpp"
#include "ops/hints.hpp"

namespace convict::ops::test {
namespace {

BOOST_AUTO_TEST_SUITE(shapes_test)

using Border = BorderModeArg;
constexpr std::nullopt_t unknown = std::nullopt;

struct Row {
  index_t n, k, d, s, output;
};

void check_rows(const Border& border, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const Size output = get_conv_shape_1axis(row.n, row.k, border, row.s, row.d);
    BOOST_TEST(output.value() == row.output, to_string(border)
                                                 << " n " << row.n << " k " << row.k << " d "
                                                 << row.d << " s " << row.s << " gave " << *output);
  }
}

BOOST_AUTO_TEST_CASE(output_extents_are_those_of_theano_and_aesara_and_are_not_clamped) {
  check_rows("valid", {{3, 3, 1, 1, 1},
                       {2, 3, 1, 1, 0},
                       {1, 3, 1, 1, -1},
                       {3, 5, 1, 2, 0},
                       {3, 6, 1, 2, -1},
                       {1, 5, 1, 3, -1},
                       {0, 1, 1, 1, 0},
                       {0, 3, 1, 1, -2},
                       {4, 0, 1, 1, 5}});
  check_rows("half", {{5, 2, 1, 1, 6},
                      {5, 3, 1, 1, 5},
                      {5, 4, 1, 1, 6},
                      {5, 2, 2, 1, 5},
                      {5, 2, 3, 1, 6},
                      {6, 4, 2, 1, 6},
                      {6, 4, 1, 2, 4},
                      {0, 2, 1, 1, 1},
                      {0, 3, 1, 1, 0}});
  check_rows("full", {{5, 2, 1, 1, 6}, {5, 3, 2, 2, 5}, {0, 3, 1, 1, 2}, {0, 1, 1, 1, 0}});
  check_rows(Border{1, 2}, {{4, 2, 1, 1, 6}});
  check_rows(Border{0, 3}, {{4, 2, 1, 2, 3}});
  check_rows(2, {{4, 3, 1, 1, 6}});
}

BOOST_AUTO_TEST_CASE(anything_unknown_makes_an_axis_unknown) {
  BOOST_TEST(!get_conv_shape_1axis(unknown, 3, "valid", 1).has_value());
  BOOST_TEST(!get_conv_shape_1axis(5, unknown, "valid", 1).has_value());
  BOOST_TEST(!get_conv_shape_1axis(5, 3, unknown, 1).has_value());
  BOOST_TEST(!get_conv_shape_1axis(5, 3, "valid", unknown).has_value());
  BOOST_TEST(!get_conv_shape_1axis(5, 3, "valid", 1, unknown).has_value());
  BOOST_TEST(!get_conv_gradweights_shape_1axis(5, unknown, "valid", 1).has_value());
  BOOST_TEST(!get_conv_gradinputs_shape_1axis(unknown, 3, "valid", 1).has_value());
}

BOOST_AUTO_TEST_CASE(one_axis_refuses_bad_borders_strides_and_dilations) {
  BOOST_CHECK_THROW(get_conv_shape_1axis(5, 3, -1, 1), ValueError);
  BOOST_CHECK_THROW(get_conv_shape_1axis(5, 3, Border{1, -1}, 1), ValueError);
  BOOST_CHECK_THROW(get_conv_shape_1axis(5, 3, "same", 1), TypeError);
  BOOST_CHECK_THROW(get_conv_shape_1axis(5, 3, Border{1, 1, 1}, 1), TypeError);
  BOOST_CHECK_THROW(get_conv_shape_1axis(5, 3, "valid", 0), ValueError);
  BOOST_CHECK_THROW(get_conv_shape_1axis(5, 3, "valid", 1, -2), ValueError);
}

BOOST_AUTO_TEST_CASE(output_shape_reads_the_last_filter_extents) {
  const Hint image = {2, 6, 10, unknown};

  const Hint shared = get_conv_output_shape(image, {9, 2, 3, 3}, Border{{1, 2}, 0}, {2, 1}, {2, 1});
  const Hint unshared = get_conv_output_shape(image, {9, 8, 1, 2, 3, 3}, "valid", {1, 1});

  BOOST_TEST((shared == Hint{2, 9, 5, unknown}));
  BOOST_TEST((unshared == Hint{2, 9, 8, unknown}));
  BOOST_TEST((get_conv_output_shape({1, 1, 4, 5, 6}, {3, 1, 2, 2, 2}, 1, {1, 2, 1}) ==
              Hint{1, 3, 5, 3, 7}));
  BOOST_CHECK_THROW(get_conv_output_shape(image, {9, 2, 3, 3}, "valid", {1}), ValueError);
  BOOST_CHECK_THROW(get_conv_output_shape(image, {9, 2, 3}, "valid", {1, 1}), ValueError);
  BOOST_CHECK_THROW(get_conv_output_shape(image, {9, 2, 3, 3}, Border{1, 1, 1}, {1, 1}),
                    ValueError);
}

BOOST_AUTO_TEST_CASE(filter_extents_follow_from_image_and_output_at_stride_one) {
  // K = n + l + r - o + 1 or, for 'full', o - n + 1.
  BOOST_TEST(get_conv_gradweights_shape_1axis(10, 8, "valid", 1).value() == 3);
  BOOST_TEST(get_conv_gradweights_shape_1axis(10, 12, "full", 1).value() == 3);
  BOOST_TEST(get_conv_gradweights_shape_1axis(10, 9, Border{1, 0}, 1).value() == 3);
  BOOST_TEST(get_conv_gradweights_shape_1axis(10, 6, "valid", 1, 2).value() == 3);
  BOOST_TEST(get_conv_gradweights_shape_1axis(10, 14, "full", 1, 2).value() == 3);
  BOOST_TEST(!get_conv_gradweights_shape_1axis(10, 4, "valid", 2).has_value());
  BOOST_TEST(!get_conv_gradweights_shape_1axis(10, 10, "half", 1).has_value());
}

BOOST_AUTO_TEST_CASE(filter_shape_is_the_true_one_with_groups_and_banks) {
  const Hint image = {2, 6, 5, 5};
  const Hint top = {2, 9, 3, 3};

  BOOST_TEST((get_conv_gradweights_shape(image, top, "valid", {1, 1}, {}, 3) == Hint{9, 2, 3, 3}));
  BOOST_TEST((get_conv_gradweights_shape(image, top, "valid", {1, 1}, {}, 3, true) ==
              Hint{9, 3, 3, 2, 3, 3}));
  BOOST_TEST((get_conv_gradweights_shape(image, top, "valid", {2, 1}) == Hint{9, 6, unknown, 3}));
  BOOST_CHECK_THROW(get_conv_gradweights_shape(image, top, "valid", {1, 1}, {}, 4), ValueError);
  BOOST_CHECK_THROW(get_conv_gradweights_shape(image, top, "valid", {1, 1}, {}, 0), ValueError);
}

BOOST_AUTO_TEST_CASE(input_shape_follows_from_filters_and_output_at_stride_one) {
  // n = o + K - 1 - l - r
  BOOST_TEST(get_conv_gradinputs_shape_1axis(3, 8, "valid", 1).value() == 10);
  BOOST_TEST(get_conv_gradinputs_shape_1axis(3, 1, "full", 1).value() == -1);
  BOOST_TEST(get_conv_gradinputs_shape_1axis(4, 6, "half", 1).value() == 5);
  BOOST_TEST(get_conv_gradinputs_shape_1axis(3, 6, Border{1, 2}, 1, 2).value() == 7);
  BOOST_TEST(!get_conv_gradinputs_shape_1axis(3, 8, "valid", 2).has_value());
  BOOST_TEST((get_conv_gradinputs_shape({9, 2, 3, 3}, {2, 9, 3, 4}, "valid", {1, 2}, {}, 3) ==
              Hint{2, 6, 5, unknown}));
}

BOOST_AUTO_TEST_CASE(input_shape_reads_the_channels_of_a_bank) {
  BOOST_TEST((get_conv_gradinputs_shape({9, 3, 4, 2, 3, 3}, {2, 9, 3, 4}, "valid", {1, 1}, {}, 3) ==
              Hint{2, 6, 5, 6}));
}

BOOST_AUTO_TEST_CASE(shapes_are_checked_entry_by_entry_and_unknown_ones_agree) {
  const Hint image = {2, 6, 5, 5};
  const Hint kern = {9, 2, 3, 3};
  const auto holds = [&](const Hint& output, const Hint& subsample = {1, 1}) {
    return check_conv_gradinputs_shape(image, kern, output, "valid", subsample);
  };

  BOOST_TEST(holds({2, 9, 3, 3}));
  BOOST_TEST(holds({unknown, 9, unknown, 3}));
  BOOST_TEST(!holds({3, 9, 3, 3}));
  BOOST_TEST(!holds({2, 8, 3, 3}));
  BOOST_TEST(!holds({2, 9, 3, 4}));
  BOOST_TEST(!holds({2, 9, 3}));
  BOOST_TEST(!holds({2, 9, 3, 3}, {1}));
  BOOST_TEST(!check_conv_gradinputs_shape(image, {9, 2, 3}, {2, 9, 3, 3}, "valid", {1, 1}));
  BOOST_TEST(!check_conv_gradinputs_shape(image, kern, {2, 9, 3, 3}, "valid", {1, 1}, {1}));
}

BOOST_AUTO_TEST_CASE(banks_are_checked_too) {
  const Hint image = {2, 6, 5, 5};

  BOOST_TEST(check_conv_gradinputs_shape(image, {9, 3, 3, 2, 3, 3}, {2, 9, 3, 3}, "valid", {1, 1}));
  BOOST_TEST(
      !check_conv_gradinputs_shape(image, {9, 3, 4, 2, 3, 3}, {2, 9, 3, 3}, "valid", {1, 1}));
}

BOOST_AUTO_TEST_CASE(border_modes_become_pads_of_dilated_extents) {
  using Pads = std::vector<SidePadding>;

  BOOST_TEST((border_mode_to_pad("valid", 2, {5, 4}) == Pads{{0, 0}, {0, 0}}));
  BOOST_TEST((border_mode_to_pad("half", 2, {5, 4}) == Pads{{2, 2}, {2, 2}}));
  BOOST_TEST((border_mode_to_pad("full", 2, {5, 4}) == Pads{{4, 4}, {3, 3}}));
  BOOST_TEST((border_mode_to_pad({1, {2, 3}}, 2, {5, 4}) == Pads{{1, 1}, {2, 3}}));
  BOOST_TEST((border_mode_to_pad({{1, 2}, 0, 0}, 3, {5, 4, 3}) == Pads{{1, 2}, {0, 0}, {0, 0}}));
}

BOOST_AUTO_TEST_CASE(border_mode_to_pad_refuses_what_theano_and_aesara_refuse) {
  BOOST_CHECK_THROW(border_mode_to_pad({1, 1, 1}, 2, {3, 3}), ValueError);
  BOOST_CHECK_THROW(border_mode_to_pad({1, {1, 2, 3}}, 2, {3, 3}), NotImplementedError);
  BOOST_CHECK_THROW(border_mode_to_pad({1, {1, -2}}, 2, {3, 3}), ValueError);
  BOOST_CHECK_THROW(border_mode_to_pad({1, -1}, 2, {3, 3}), ValueError);
  BOOST_CHECK_THROW(border_mode_to_pad("same", 2, {3, 3}), ValueError);
  BOOST_CHECK_THROW(border_mode_to_pad(-1, 2, {3, 3}), ValueError);
}

BOOST_AUTO_TEST_CASE(assert_conv_shape_names_the_entry) {
  BOOST_TEST((assert_conv_shape({0, 0, 1, unknown}) == Hint{0, 0, 1, unknown}));
  BOOST_CHECK_EXCEPTION(assert_conv_shape({1, -1, 3, 3}), ValueError, [](const ValueError& e) {
    return std::string(e.what()).find("shape[1] of (1, -1, 3, 3) is -1") != std::string::npos;
  });
  BOOST_CHECK_THROW(assert_conv_shape({1, 1, 0, 3}), ValueError);
}

BOOST_AUTO_TEST_CASE(assert_shape_throws_only_when_the_flag_is_on) {
  const Array x({2, 3});
  const Policy on{.conv_assert_shape = true};

  BOOST_TEST(&assert_shape(x, {2, 4}, "x", {}) == &x);
  BOOST_TEST(&assert_shape(x, {2, unknown}, "x", on) == &x);
  BOOST_CHECK_THROW(assert_shape(x, {2, 4}, "x", on), AssertionError);
  BOOST_CHECK_THROW(assert_shape(x, {2, 3, unknown}, "x", on), AssertionError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::ops::test
