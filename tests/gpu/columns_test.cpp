// SPDX-License-Identifier: Apache-2.0
#include "gpu/toeplitz/columns.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "core/spec_text.hpp"
#include "datasets/random.hpp"

BOOST_AUTO_TEST_SUITE(columns_test)

using namespace convict;
using namespace convict::gpu;

namespace {

constexpr index_t largest = std::numeric_limits<index_t>::max();

/// Dividends for which a quotient may be wrong: near powers of two and multiples of `divisor`.
std::vector<index_t> telling(index_t divisor, datasets::Draws& draw) {
  std::vector<index_t> numbers = {0, 1, largest, largest - 1, largest / divisor * divisor};
  for (int shift = 1; shift < 63; ++shift)
    for (const index_t change : {-1, 0, 1}) numbers.push_back((index_t{1} << shift) + change);
  for (int i = 0; i < 20; ++i) {
    const index_t multiple = draw.below(largest / divisor) * divisor;
    numbers.insert(numbers.end(), {multiple, std::max<index_t>(multiple, 1) - 1, multiple + 1});
  }
  return numbers;
}

void check_divisor(index_t divisor, datasets::Draws& draw) {
  const Divisor by(divisor);
  for (const index_t number : telling(divisor, draw)) {
    const auto [quotient, remainder] = by(number);
    BOOST_REQUIRE_MESSAGE(
        quotient == number / divisor && remainder == number % divisor,
        number << " by " << divisor << " gives " << quotient << " rest " << remainder);
  }
}

template <class T>
bool same(T a, T b) {
  const double x = static_cast<double>(a), y = static_cast<double>(b);
  return std::isnan(x) ? std::isnan(y) : x == y && std::signbit(x) == std::signbit(y);
}

template <class T>
void check_narrowed(float value) {
  BOOST_REQUIRE_MESSAGE(same(narrowed<T>(value), T(value)), value);
}

/// Every value of the 16-bit type, the midpoints between them, and the neighbours of both.
template <class T>
void check_conversions() {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    T here, next;
    here.bits = static_cast<std::uint16_t>(bits);
    next.bits = static_cast<std::uint16_t>(bits + 1);
    BOOST_REQUIRE_MESSAGE(same(widened(here), static_cast<float>(here)), bits);
    const float value = widened(here), half = value + (widened(next) - value) / 2;
    for (const float start : {value, half})
      for (const float to : {-INFINITY, start, INFINITY})
        check_narrowed<T>(std::nextafter(start, to));
  }
  datasets::Draws draw(2, 2);
  for (int i = 0; i < 1000000; ++i)
    check_narrowed<T>(
        std::bit_cast<float>(static_cast<std::uint32_t>(draw.below(index_t{1} << 32))));
}

Columns columns_of(const char* text) {
  const Geometry g = geometry_of(parse_spec(text));
  const index_t positions = volume(g.output);
  return {.geometry = g,
          .images = g.batch,
          .channels = g.in_channels,
          .x_image_stride = g.in_channels * volume(g.input),
          .x_channel_stride = volume(g.input),
          .positions = positions,
          .row_stride = positions,
          .image_stride = g.in_channels * volume(g.filter) * positions,
          .box = {{0, 0, 0}, g.input}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(arithmetic)

BOOST_AUTO_TEST_CASE(dividing_by_multiplying_gives_quotient_and_remainder) {
  datasets::Draws draw(1, 1);
  for (index_t divisor = 1; divisor < 300; ++divisor) check_divisor(divisor, draw);
  for (int shift = 8; shift < 63; ++shift)
    for (const index_t change : {-1, 0, 1}) check_divisor((index_t{1} << shift) + change, draw);
  for (int i = 0; i < 500; ++i)
    check_divisor(1 + draw.below(largest) / (1 + draw.below(1 << 20)), draw);
  check_divisor(largest, draw);
}

BOOST_AUTO_TEST_CASE(conversions_of_16_bit_types_are_those_of_core) {
  check_conversions<f16>();
  check_conversions<bf16>();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(maps)

BOOST_AUTO_TEST_CASE(output_positions_are_those_of_the_geometry) {
  for (const char* text : {"c1_i9_k1_f3_s2_d3_p4:1", "c1_i9x7_k1_f3x2_s3x1_d1x2_p2x0_flip",
                           "c1_i5x6x7_k1_f2x3x1_s1x2x4_d2x1x1_p1:0x2:3x0_flip"}) {
    const ColumnMap map = map_of(columns_of(text));
    const Geometry& g = map.columns.geometry;
    for (int axis = 0; axis < 3; ++axis)
      for (index_t in = 0; in < g.input[static_cast<std::size_t>(axis)]; ++in)
        for (index_t tap = 0; tap < g.filter[static_cast<std::size_t>(axis)]; ++tap)
          BOOST_TEST(map.output_position(axis, in, tap) == g.output_position(axis, in, tap));
  }
}

BOOST_AUTO_TEST_CASE(threads_beyond_2_to_the_31_work_at_the_site_that_division_gives) {
  Columns columns = columns_of("n7_c5_i1290x1301x1303_k1_f3x3x3_phalf");
  columns.first_position = 12345;
  columns.positions -= 12345;
  const ColumnMap map = map_of(columns);
  datasets::Draws draw(3, 3);
  BOOST_TEST(map.fill_threads() > index_t{1} << 36);
  for (int i = 0; i < 100000; ++i) {
    const index_t thread = i == 0 ? map.fill_threads() - 1 : draw.below(map.fill_threads());
    const index_t position = thread % columns.positions, plane = thread / columns.positions;
    const index_t raster = position + 12345;

    const ColumnMap::Site site = map.fill_site(thread);

    BOOST_REQUIRE(site.image == plane / 5 && site.channel == plane % 5);
    BOOST_REQUIRE(site.position == position);
    BOOST_REQUIRE(site.at[0] == raster / 1303 / 1301 && site.at[1] == raster / 1303 % 1301);
    BOOST_REQUIRE(site.at[2] == raster % 1303);
  }
  for (int i = 0; i < 100000; ++i) {
    const index_t thread = i == 0 ? map.gather_threads() - 1 : draw.below(map.gather_threads());

    const ColumnMap::Site site = map.gather_site(thread);

    const index_t element = map.position_in_plane(site.at[0], site.at[1], site.at[2]);
    BOOST_REQUIRE((site.image * 5 + site.channel) * columns.x_channel_stride + element == thread);
    BOOST_REQUIRE(map.plane(site) + element == thread);
  }
}

BOOST_AUTO_TEST_CASE(a_column_holds_what_its_position_meets_of_the_padded_image) {
  // Two channels of 2 x 3, padded by one row above and one column on the right.
  Columns columns = columns_of("c2_i2x3_k1_f2x2_p1:0x0:1");
  const float x[] = {1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16};
  std::vector<float> matrix(8 * 6, NAN);
  const ColumnMap map = map_of(columns);

  for (index_t t = 0; t < map.fill_threads(); ++t) fill_column(map, t, x, matrix.data());

  const std::vector<float> expected = {0,  0,  0,  1,  2,  3,   //
                                       0,  0,  0,  2,  3,  0,   //
                                       1,  2,  3,  4,  5,  6,   //
                                       2,  3,  0,  5,  6,  0,   //
                                       0,  0,  0,  11, 12, 13,  //
                                       0,  0,  0,  12, 13, 0,   //
                                       11, 12, 13, 14, 15, 16,  //
                                       12, 13, 0,  15, 16, 0};
  BOOST_TEST(matrix == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(gathering_touches_its_box_alone) {
  Columns columns = columns_of("c1_i4x5_k1_f3x3_p1");
  columns.box = {{0, 1, 2}, {1, 2, 2}};
  const ColumnMap map = map_of(columns);
  const std::vector<float> matrix(9 * 20, 1);
  std::vector<float> x(20, -7);

  for (index_t t = 0; t < map.gather_threads(); ++t)
    gather_element(map, t, matrix.data(), Scaling<float>{2, 1}, x.data());

  for (index_t i = 0; i < 20; ++i) {
    const bool inside = i / 5 >= 1 && i / 5 < 3 && i % 5 >= 2 && i % 5 < 4;
    BOOST_TEST(x[static_cast<std::size_t>(i)] == (inside ? 2 * 9 - 7 : -7));
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
