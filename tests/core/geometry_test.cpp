// SPDX-License-Identifier: Apache-2.0
#include "core/geometry.hpp"

#include <boost/test/unit_test.hpp>

#include "core/spec_text.hpp"
#include "tests/core/generators.hpp"

BOOST_AUTO_TEST_SUITE(geometry_test)

using namespace convict;
using generators::Settings;

BOOST_TEST_GLOBAL_FIXTURE(Settings);

namespace {

constexpr Geometry two_axes{.batch = 1,
                            .in_channels = 1,
                            .out_channels = 1,
                            .groups = 1,
                            .group_in_channels = 1,
                            .group_out_channels = 1,
                            .input = {1, 9, 7},
                            .filter = {1, 3, 2},
                            .output = {1, 4, 3},
                            .stride = {1, 2, 3},
                            .dilation = {1, 2, 1},
                            .pad_before = {0, 1, 0},
                            .flip = false,
                            .unshared = false};

// Index maps are constant expressions: position = o s - l + u d.
static_assert(two_axes.input_position(1, 0, 0) == -1);
static_assert(two_axes.input_position(1, 3, 2) == 9);
static_assert(two_axes.input_position(2, 2, 1) == 7);
static_assert(two_axes.output_position(1, 9, 2) == 3);
static_assert(two_axes.output_position(1, 8, 2) == -1);
static_assert(two_axes.inside_input(1, 8) && !two_axes.inside_input(1, 9));
static_assert(!two_axes.inside_input(1, -1) && two_axes.inside_input(1, 0));

/// Calls visit(geometry) for one-axis problems over all small parameters; the axis is number 2.
template <class Visit>
void for_small_geometries(Visit visit) {
  for (const bool flip : {false, true})
    for (index_t k = 1; k <= 4; ++k)
      for (index_t d = 1; d <= 3; ++d)
        for (index_t s = 1; s <= 4; ++s)
          for (index_t l = 0; l <= 3; ++l)
            for (index_t n = 0; n <= 9; ++n) {
              ConvSpec spec{.rank = 1, .flip = flip};
              spec.input[0] = n;
              spec.filter[0] = k;
              spec.stride[0] = s;
              spec.dilation[0] = d;
              spec.padding[0] = {l, 1};
              if (!why_invalid(spec)) visit(geometry_of(spec), spec);
            }
}

/// The output position whose window meets `in` with `tap`, by trying them all; -1 for none.
index_t searched_output_position(const Geometry& g, index_t in, index_t tap) {
  for (index_t o = 0; o < g.output[2]; ++o)
    if (g.input_position(2, o, tap) == in) return o;
  return -1;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_geometry_of_the_example_is_that_worked_by_hand) {
  const Geometry g =
      geometry_of(parse_valid_spec("n2_c6_i12x9_k9_f5x6_s1x2_d2x1_p1:0x2:1_g3_flip"));

  BOOST_TEST(g.batch == 2);
  BOOST_TEST(g.group_in_channels == 2);
  BOOST_TEST(g.group_out_channels == 3);
  BOOST_TEST((g.input == Axes{1, 12, 9}));
  BOOST_TEST((g.filter == Axes{1, 5, 6}));
  BOOST_TEST((g.output == Axes{1, 5, 4}));
  BOOST_TEST((g.stride == Axes{1, 1, 2}));
  BOOST_TEST((g.dilation == Axes{1, 2, 1}));
  BOOST_TEST((g.pad_before == Axes{0, 1, 2}));
  BOOST_TEST(g.flip);
  BOOST_TEST(!g.unshared);
}

BOOST_AUTO_TEST_CASE(input_position_is_the_formula) {
  for_small_geometries([](const Geometry& g, const ConvSpec& spec) {
    for (index_t o = 0; o < g.output[2]; ++o)
      for (index_t u = 0; u < spec.filter[0]; ++u) {
        const index_t phi = spec.flip ? spec.filter[0] - 1 - u : u;
        BOOST_TEST(g.input_position(2, o, u) ==
                   o * spec.stride[0] - spec.padding[0].before + phi * spec.dilation[0]);
      }
  });
}

BOOST_AUTO_TEST_CASE(output_position_is_the_inverse_of_input_position) {
  for_small_geometries([](const Geometry& g, const ConvSpec&) {
    for (index_t in = -6; in < 24; ++in)
      for (index_t u = 0; u < g.filter[2]; ++u)
        if (g.output_position(2, in, u) != searched_output_position(g, in, u))
          BOOST_ERROR("input " << in << ", tap " << u << ": " << g.output_position(2, in, u)
                               << " instead of " << searched_output_position(g, in, u));
  });
}

BOOST_AUTO_TEST_CASE(every_window_stays_within_the_padded_input) {
  BOOST_TEST(rc::check([] {
    const ConvSpec spec = *generators::small_valid_spec();
    const Geometry g = geometry_of(spec);
    const ConvSpec cube = lifted(spec);

    for (int axis = 0; axis < max_rank; ++axis) {
      const auto a = static_cast<std::size_t>(axis);
      const SidePadding pad = padding_of(cube, axis);
      const index_t near = g.flip ? g.filter[a] - 1 : 0;
      const index_t far = g.filter[a] - 1 - near;
      const index_t last = g.input_position(axis, g.output[a] - 1, far);
      RC_ASSERT(g.input_position(axis, 0, near) == -pad.before);
      RC_ASSERT(last < g.input[a] + pad.after);
      RC_ASSERT(last + g.stride[a] >= g.input[a] + pad.after);
    }
  }));
}

BOOST_AUTO_TEST_SUITE_END()
