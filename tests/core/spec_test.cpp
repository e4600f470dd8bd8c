// SPDX-License-Identifier: Apache-2.0
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "core/errors.hpp"
#include "core/layout.hpp"
#include "core/spec_text.hpp"
#include "tests/core/generators.hpp"

BOOST_AUTO_TEST_SUITE(spec_test)

using namespace convict;
using generators::Settings;

BOOST_TEST_GLOBAL_FIXTURE(Settings);

namespace {

constexpr index_t output(index_t n, index_t k, index_t s, index_t d, BorderMode mode,
                         SidePadding sides = {}) {
  const index_t dilated = dilated_extent(k, d);
  return output_extent(n, dilated, resolve_border(mode, sides, dilated), s);
}
constexpr auto valid = BorderMode::valid;
constexpr auto half = BorderMode::half;
constexpr auto full = BorderMode::full;
constexpr auto none = BorderMode::none;

// Output extents of one axis, worked by hand, in constant expressions: (n, k, s, d, border).
static_assert(output(3, 3, 1, 1, valid) == 1);
static_assert(output(2, 3, 1, 1, valid) == 0);
static_assert(output(1, 3, 1, 1, valid) == -1);
static_assert(output(3, 5, 2, 1, valid) == 0);
static_assert(output(3, 6, 2, 1, valid) == -1);
static_assert(output(1, 5, 3, 1, valid) == -1);
static_assert(output(0, 1, 1, 1, valid) == 0);
static_assert(output(0, 3, 1, 1, valid) == -2);
static_assert(output(4, 0, 1, 1, valid) == 5);
static_assert(output(5, 2, 1, 1, half) == 6);
static_assert(output(5, 3, 1, 1, half) == 5);
static_assert(output(5, 4, 1, 1, half) == 6);
static_assert(output(5, 2, 1, 2, half) == 5);
static_assert(output(5, 2, 1, 3, half) == 6);
static_assert(output(6, 4, 1, 2, half) == 6);
static_assert(output(6, 4, 2, 1, half) == 4);
static_assert(output(0, 2, 1, 1, half) == 1);
static_assert(output(0, 3, 1, 1, half) == 0);
static_assert(output(5, 2, 1, 1, full) == 6);
static_assert(output(5, 3, 2, 2, full) == 5);
static_assert(output(0, 3, 1, 1, full) == 2);
static_assert(output(0, 1, 1, 1, full) == 0);
static_assert(output(4, 2, 1, 1, none, {1, 2}) == 6);
static_assert(output(4, 2, 2, 1, none, {0, 3}) == 3);

// The input that an output came from, and the filter.
static_assert(input_extent(1, 3, resolve_border(full, {}, 3), 1) == -1);
static_assert(input_extent(6, 2, resolve_border(half, {}, 2), 1) == 5);
static_assert(input_extent(5, 5, {0, 0}, 3, 2) == 19);
static_assert(filter_extent(10, 6, {0, 0}, 1, 2) == 3);
static_assert(!filter_extent(10, 7, {0, 0}, 1, 2));
static_assert(!filter_extent(3, 4, {0, 0}, 1, 1));
static_assert(!filter_extent(3, 5, {0, 0}, 1, 1));

static_assert(floor_div(-1, 2) == -1 && floor_div(-4, 2) == -2 && floor_div(5, 2) == 2);
static_assert(ceil_div(-1, 2) == 0 && ceil_div(4, 2) == 2 && ceil_div(5, 2) == 3);

/// Calls visit(n, o, K, pad, s, d, k) for every small axis that has at least one output.
template <class Visit>
void for_small_axes(Visit visit) {
  for (index_t k = 1; k <= 4; ++k)
    for (index_t d = 1; d <= 3; ++d)
      for (index_t s = 1; s <= 4; ++s)
        for (index_t l = 0; l <= 3; ++l)
          for (index_t r = 0; r <= 3; ++r)
            for (index_t n = 0; n <= 12; ++n) {
              const index_t dilated = dilated_extent(k, d);
              const index_t o = output_extent(n, dilated, {l, r}, s);
              if (o >= 1) visit(n, o, dilated, SidePadding{l, r}, s, d, k);
            }
}

}  // namespace

BOOST_AUTO_TEST_CASE(division_rounds_down_and_up_for_every_sign) {
  for (index_t a = -20; a <= 20; ++a)
    for (index_t b = 1; b <= 7; ++b) {
      const double quotient = static_cast<double>(a) / static_cast<double>(b);
      BOOST_TEST(static_cast<double>(floor_div(a, b)) == std::floor(quotient));
      BOOST_TEST(static_cast<double>(ceil_div(a, b)) == std::ceil(quotient));
    }
}

BOOST_AUTO_TEST_CASE(output_extent_counts_the_windows_that_fit) {
  for_small_axes(
      [](index_t n, index_t o, index_t dilated, SidePadding pad, index_t s, index_t, index_t) {
        index_t windows = 0;
        for (index_t start = 0; start + dilated <= pad.before + n + pad.after; start += s)
          ++windows;
        BOOST_TEST(o == windows);
      });
}

BOOST_AUTO_TEST_CASE(input_extent_with_the_right_remainder_is_the_inverse_of_output_extent) {
  for_small_axes(
      [](index_t n, index_t o, index_t dilated, SidePadding pad, index_t s, index_t, index_t) {
        const index_t unused = (n + pad.before + pad.after - dilated) % s;
        BOOST_TEST(input_extent(o, dilated, pad, s, unused) == n);
        for (index_t e = 0; e < s; ++e)
          BOOST_TEST(output_extent(input_extent(o, dilated, pad, s, e), dilated, pad, s) == o);
        BOOST_TEST(output_extent(input_extent(o, dilated, pad, s, s), dilated, pad, s) == o + 1);
      });
}

BOOST_AUTO_TEST_CASE(filter_extent_is_the_filter_that_leaves_no_row_unused) {
  for_small_axes([](index_t n, index_t o, index_t, SidePadding pad, index_t s, index_t d, index_t) {
    std::optional<index_t> found;
    for (index_t k = 1; k <= 20; ++k)
      if (input_extent(o, dilated_extent(k, d), pad, s) == n) found = k;
    BOOST_TEST((filter_extent(n, o, pad, s, d) == found));
  });
}

BOOST_AUTO_TEST_CASE(derived_quantities_of_the_example_are_those_worked_by_hand) {
  const ConvSpec spec = parse_valid_spec("n2_c6_i12x9_k9_f5x6_s1x2_d2x1_p1:0x2:1_g3_flip");

  BOOST_TEST(dilated_extent(spec, 0) == 9);
  BOOST_TEST(dilated_extent(spec, 1) == 6);
  BOOST_TEST((output_extents(spec) == Axes{5, 4, 1}));
  BOOST_TEST(input_elements(spec) == 2 * 6 * 12 * 9);
  BOOST_TEST(filter_elements(spec) == 9 * 2 * 5 * 6);
  BOOST_TEST(output_elements(spec) == 2 * 9 * 5 * 4);
  BOOST_TEST(flops(spec) == 2 * (2 * 9 * 5 * 4) * (2 * 5 * 6));
}

BOOST_AUTO_TEST_CASE(unshared_filters_have_one_bank_per_output_position) {
  const ConvSpec shared = parse_valid_spec("n2_c4_i6x5_k6_f3x2_g2");
  const ConvSpec unshared = parse_valid_spec("n2_c4_i6x5_k6_f3x2_g2_unshared");

  BOOST_TEST(filter_elements(unshared) == 4 * 4 * filter_elements(shared));
  BOOST_TEST(flops(unshared) == flops(shared));
}

BOOST_AUTO_TEST_CASE(empty_batch_and_channels_make_empty_tensors_and_no_work) {
  BOOST_TEST(input_elements(parse_valid_spec("n0_c3_i8_k4_f3")) == 0);
  BOOST_TEST(flops(parse_valid_spec("n0_c3_i8_k4_f3")) == 0);
  BOOST_TEST(filter_elements(parse_valid_spec("c0_i8_k4_f3")) == 0);
  BOOST_TEST(output_elements(parse_valid_spec("c0_i8_k4_f3")) == 24);
  BOOST_TEST(output_elements(parse_valid_spec("c3_i8_k0_f3")) == 0);
  BOOST_TEST(output_elements(parse_valid_spec("c3_i0_k2_f3_p2")) == 4);
}

BOOST_AUTO_TEST_CASE(lifting_puts_axes_of_extent_one_in_front) {
  const ConvSpec spec = parse_valid_spec("n2_c6_i12x9_k9_f5x6_s1x2_d2x1_p1:0x2:1_g3_flip");

  BOOST_TEST(to_string(lifted(spec)) == "n2_c6_i1x12x9_k9_f1x5x6_s1x1x2_d1x2x1_p0x1:0x2:1_g3_flip");
  BOOST_TEST(to_string(lifted(parse_valid_spec("c1_i8_k1_f3_s2_phalf_unshared"))) ==
             "c1_i1x1x8_k1_f1x1x3_s1x1x2_phalf_unshared");
}

BOOST_AUTO_TEST_CASE(lifting_changes_neither_sizes_nor_work_nor_memory_order) {
  BOOST_TEST(rc::check([] {
    const ConvSpec spec = *generators::small_valid_spec();
    const ConvSpec cube = lifted(spec);

    RC_ASSERT(!why_invalid(cube));
    RC_ASSERT(cube.rank == 3);
    RC_ASSERT(input_elements(cube) == input_elements(spec));
    RC_ASSERT(filter_elements(cube) == filter_elements(spec));
    RC_ASSERT(output_elements(cube) == output_elements(spec));
    RC_ASSERT(flops(cube) == flops(spec));
    RC_ASSERT((shapes_of(cube) == shapes_of(spec)));
    RC_ASSERT((lifted(cube) == cube));
  }));
}

BOOST_AUTO_TEST_CASE(explicit_padding_says_the_same_as_the_border_mode) {
  BOOST_TEST(to_string(with_explicit_padding(parse_spec("c1_i8x8_k1_f3x4_d2x1_phalf"))) ==
             "c1_i8x8_k1_f3x4_d2x1_p2");
  BOOST_TEST(to_string(with_explicit_padding(parse_spec("c1_i8x8_k1_f3x4_d2x1_pfull"))) ==
             "c1_i8x8_k1_f3x4_d2x1_p4x3");
  BOOST_TEST(to_string(with_explicit_padding(parse_spec("c1_i8x8_k1_f3x4_pvalid"))) ==
             "c1_i8x8_k1_f3x4");
  BOOST_TEST(rc::check([] {
    const ConvSpec spec = *generators::small_valid_spec();
    const ConvSpec written_out = with_explicit_padding(spec);

    RC_ASSERT(written_out.border == BorderMode::none);
    RC_ASSERT(!why_invalid(written_out));
    RC_ASSERT((output_extents(written_out) == output_extents(spec)));
    for (int axis = 0; axis < spec.rank; ++axis)
      RC_ASSERT((padding_of(written_out, axis) == padding_of(spec, axis)));
  }));
}

BOOST_AUTO_TEST_SUITE_END()
