// SPDX-License-Identifier: Apache-2.0
#include "core/layout.hpp"

#include <boost/test/unit_test.hpp>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "core/errors.hpp"
#include "core/spec_text.hpp"
#include "tests/core/generators.hpp"

BOOST_AUTO_TEST_SUITE(layout_test)

using namespace convict;
using generators::Settings;

BOOST_TEST_GLOBAL_FIXTURE(Settings);

namespace {

static_assert(row_major<3>({2, 3, 4}).strides == std::array<index_t, 3>{12, 4, 1});
static_assert(row_major<3>({2, 3, 4}).offset({1, 2, 3}) == 23);
static_assert(row_major<3>({2, 3, 4}).elements() == 24);
static_assert(Shape<2>{{0, 4}, {10, 1}}.span() == 0);
static_assert(Shape<2>{{2, 3}, {10, 2}}.span() == 15);
static_assert(Shape<2>{{2, 3}, {-10, 2}}.span() == 15);
static_assert(Shape<2>{{2, 3}, {-10, 2}}.before_first() == 10);
static_assert(Shape<2>{{0, 3}, {-10, 2}}.before_first() == 0);
static_assert(Shape<2>{{2, 3}, {0, 1}}.repeats());
static_assert(!Shape<2>{{1, 3}, {0, 1}}.repeats() && !Shape<2>{{2, 0}, {0, 1}}.repeats());

using Index5 = std::array<index_t, 5>;
using Index8 = std::array<index_t, 8>;

/// Where image element (n, c, i0, i1, i2) lies, from the definition of the layout.
index_t image_offset(const InputShape& s, const Index5& at, const Layout& layout, index_t pitch) {
  const auto [n, c, i0, i1, i2] = at;
  const auto [batch, channels, e0, e1, e2] = s.extents;
  if (layout == Layout::nchw) return (((n * channels + c) * e0 + i0) * e1 + i1) * (e2 + pitch) + i2;
  return (((n * e0 + i0) * e1 + i1) * e2 + i2) * (channels + pitch) + c;
}

/// Where filter element (k, o0, o1, o2, c, f0, f1, f2) lies.
index_t filter_offset(const FilterShape& s, const Index8& at, const Layout& layout) {
  const auto [k, o0, o1, o2, c, f0, f1, f2] = at;
  const auto [filters, p0, p1, p2, channels, e0, e1, e2] = s.extents;
  const index_t bank = ((k * p0 + o0) * p1 + o1) * p2 + o2;
  if (layout == Layout::nchw) return (((bank * channels + c) * e0 + f0) * e1 + f1) * e2 + f2;
  return (((bank * e0 + f0) * e1 + f1) * e2 + f2) * channels + c;
}

TensorShapes shapes_with(const char* steps, const char* layout = "nchw") {
  return shapes_of(parse_valid_spec("n2_c3_i6x7_k4_f3x2"), parse_layout(layout), 0,
                   parse_steps(steps));
}

template <std::size_t Rank>
std::array<AxisStep, Rank> any_steps() {
  std::array<AxisStep, Rank> steps;
  for (AxisStep& step : steps)
    if (*rc::gen::inRange(0, 3) == 0)
      step = {.times = *rc::gen::inRange<index_t>(-3, 4),
              .unused = *rc::gen::inRange<index_t>(0, 4),
              .multiple = *rc::gen::inRange<index_t>(1, 9)};
  return steps;
}
Steps any_steps() { return {any_steps<5>(), any_steps<8>(), any_steps<5>()}; }

template <std::size_t Rank>
AxisOrder<Rank> any_order() {
  AxisOrder<Rank> order;
  std::iota(order.begin(), order.end(), std::uint8_t{0});
  for (std::size_t i = Rank; i-- > 1;)
    std::swap(order[i], order[*rc::gen::inRange<std::size_t>(0, i + 1)]);
  return order;
}
Layout any_layout() {
  if (*rc::gen::arbitrary<bool>()) return uniform_layout(any_order<5>());
  return {any_order<5>(), any_order<8>(), any_order<5>()};
}

/// No two elements of the shape lie at the same place, and all lie inside its memory.
template <std::size_t Rank>
bool has_room_for_all(const Shape<Rank>& shape) {
  std::set<index_t> places;
  for_each_index(shape, [&](const auto& index) { places.insert(shape.offset(index)); });
  return places.empty() || (static_cast<index_t>(places.size()) == shape.elements() &&
                            *places.begin() == -shape.before_first() &&
                            *places.rbegin() == shape.span() - shape.before_first() - 1);
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_steps_of_slices_are_those_worked_by_hand) {
  // x[:, :3] of 5 channels: images are 5 * 42 elements apart.
  BOOST_TEST((shapes_with("c+2:-:-").input.strides == Index5{210, 42, 42, 7, 1}));
  // x[::2, :, :, ::3]: rows of 21, every third element used.
  BOOST_TEST((shapes_with("n*2.w*3:-:-").input.strides == Index5{756, 126, 126, 21, 3}));
  // w[:, :, 0] of (4, 3, 5, 3, 2).
  BOOST_TEST((shapes_with("-:c*5:-").filters.strides == Index8{90, 90, 90, 90, 30, 6, 2, 1}));
  BOOST_TEST((shapes_with("-:t+4:-").filters.strides == Index8{90, 90, 90, 90, 30, 6, 2, 1}));
  // Rows at multiples of 8, planes at multiples of 64: 6 rows of 8 are 48.
  BOOST_TEST((shapes_with("c%64.h%8:-:-").input.strides == Index5{192, 64, 48, 8, 1}));
  // Reversed rows and every other image, repeated channels.
  BOOST_TEST((shapes_with("c*0.w*-1:-:-").input.strides == Index5{42, 0, 42, 7, -1}));
  BOOST_TEST(shapes_with("n*-2.w*-1:-:-").input.before_first() == 252 + 6);
  BOOST_TEST((shapes_with("-:-:-", "nchw:rsck:chwn").filters.strides ==
              Index8{1, 1, 1, 1, 4, 72, 24, 12}));
  BOOST_TEST((shapes_with("-:-:-", "nchw:rsck:chwn").output.strides == Index5{1, 48, 48, 12, 2}));
}

BOOST_AUTO_TEST_CASE(elements_have_places_of_their_own_in_every_layout) {
  BOOST_TEST(rc::check([] {
    const ConvSpec spec = *generators::small_valid_spec();
    const Steps steps = without_repeats(any_steps());

    const TensorShapes shapes =
        shapes_of(spec, any_layout(), *rc::gen::inRange<index_t>(0, 3), steps);

    RC_PRE(shapes.input.elements() + shapes.filters.elements() + shapes.output.elements() < 4000);
    RC_ASSERT(has_room_for_all(shapes.input));
    RC_ASSERT(has_room_for_all(shapes.filters));
    RC_ASSERT(has_room_for_all(shapes.output));
  }));
}

BOOST_AUTO_TEST_CASE(the_texts_of_layouts_and_steps_parse_back_to_them) {
  BOOST_TEST(rc::check([] {
    const Layout layout = any_layout();
    const Steps steps = any_steps();
    RC_ASSERT(parse_layout(to_string(layout)) == layout);
    RC_ASSERT(parse_steps(to_string(steps)) == steps);
  }));
}

BOOST_AUTO_TEST_CASE(texts_leave_out_what_follows) {
  BOOST_TEST(to_string(Layout::nchw) == "nchw");
  BOOST_TEST(to_string(Layout::nhwc) == "nhwc");
  BOOST_TEST((parse_layout("ncdhw") == Layout::nchw));
  BOOST_TEST((parse_layout("ndhwc:kzpqtrsc:nhwc") == Layout::nhwc));
  BOOST_TEST(to_string(parse_layout("nhwc:krsc:nchw")) == "nhwc:krsc:nchw");
  BOOST_TEST(to_string(parse_layout("chwn:crsk:chwn")) == "chwn");
  BOOST_TEST(to_string(parse_layout("cdwhn:crstkqpz:nchw")) == "cdwhn:crstkqpz:nchw");
  BOOST_TEST(to_string(parse_steps("c*1+2%1:-:-")) == "c+2:-:-");
}

BOOST_AUTO_TEST_CASE(shapes_of_the_example_are_those_worked_by_hand) {
  const TensorShapes shapes =
      shapes_of(parse_valid_spec("n2_c6_i12x9_k9_f5x6_s1x2_d2x1_p1:0x2:1_g3"), Layout::nchw, 3);

  BOOST_TEST((shapes.input == InputShape{{2, 6, 1, 12, 9}, {864, 144, 144, 12, 1}}));
  BOOST_TEST((shapes.output == InputShape{{2, 9, 1, 5, 4}, {315, 35, 35, 7, 1}}));
  BOOST_TEST((shapes.filters.extents == Index8{9, 1, 1, 1, 2, 1, 5, 6}));
  BOOST_TEST(shapes.filters.strides[0] == 60);
  BOOST_TEST(shapes.filters.strides[4] == 30);
}

BOOST_AUTO_TEST_CASE(every_element_lies_where_the_layout_puts_it) {
  BOOST_TEST(rc::check([] {
    const ConvSpec spec = *generators::small_valid_spec();
    const Layout layout = *rc::gen::element(Layout::nchw, Layout::nhwc);
    const index_t pitch = *rc::gen::inRange<index_t>(0, 5);

    const TensorShapes shapes = shapes_of(spec, layout, pitch);

    RC_ASSERT(shapes.input.elements() == input_elements(spec));
    RC_ASSERT(shapes.filters.elements() == filter_elements(spec));
    RC_ASSERT(shapes.output.elements() == output_elements(spec));
    for (const InputShape& image : {shapes.input, shapes.output})
      for_each_index(image, [&](const Index5& at) {
        RC_ASSERT(image.offset(at) == image_offset(image, at, layout, pitch));
        RC_ASSERT(image.offset(at) < image.span());
      });
    for_each_index(shapes.filters, [&](const Index8& at) {
      RC_ASSERT(shapes.filters.offset(at) == filter_offset(shapes.filters, at, layout));
    });
  }));
}

BOOST_AUTO_TEST_CASE(a_pitch_that_no_memory_can_hold_is_refused) {
  const ConvSpec spec = parse_valid_spec("n2_c3_i8x8_k4_f3x3");

  BOOST_CHECK_THROW(shapes_of(spec, Layout::nchw, 9223372036854775807), SpecError);
  BOOST_CHECK_THROW(shapes_of(spec, Layout::nchw, index_t{1} << 55), SpecError);
  BOOST_CHECK_NO_THROW(shapes_of(spec, Layout::nchw, index_t{1} << 50));
}

BOOST_AUTO_TEST_CASE(a_shared_bank_is_read_at_every_output_position) {
  const ConvSpec spec = parse_valid_spec("c2_i6x5_k3_f2x2");
  const FilterShape bank = shapes_of(spec).filters;

  const FilterShape everywhere = broadcast_over_positions(bank, {1, 5, 4});

  BOOST_TEST((everywhere.extents == Index8{3, 1, 5, 4, 2, 1, 2, 2}));
  for_each_index(everywhere, [&](const Index8& at) {
    Index8 shared = at;
    shared[1] = shared[2] = shared[3] = 0;
    BOOST_TEST(everywhere.offset(at) == bank.offset(shared));
  });
}

BOOST_AUTO_TEST_CASE(unshared_banks_stay_apart) {
  const ConvSpec spec = parse_valid_spec("c2_i6x5_k3_f2x2_unshared");
  const FilterShape banks = shapes_of(spec).filters;

  BOOST_TEST((broadcast_over_positions(banks, {1, 5, 4}) == FilterShape{banks.extents, [&] {
                                                                          auto strides =
                                                                              banks.strides;
                                                                          strides[1] = 0;
                                                                          return strides;
                                                                        }()}));
}

BOOST_AUTO_TEST_CASE(for_each_index_visits_row_major_and_nothing_of_an_empty_tensor) {
  std::vector<index_t> visited;
  const auto shape = row_major<3>({2, 3, 2});

  for_each_index(shape, [&](const auto& at) { visited.push_back(shape.offset(at)); });
  for_each_index(row_major<2>({3, 0}), [&](const auto&) { visited.push_back(-1); });

  std::vector<index_t> expected(12);
  for (std::size_t i = 0; i < expected.size(); ++i) expected[i] = static_cast<index_t>(i);
  BOOST_TEST(visited == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_tensor_owns_what_its_views_show) {
  Tensor<int, 2> tensor({2, 3}, 7);

  tensor.view()(1, 2) = 9;

  BOOST_TEST(tensor.values() == (std::vector<int>{7, 7, 7, 7, 7, 9}),
             boost::test_tools::per_element());
  BOOST_TEST(std::as_const(tensor).view()(1, 2) == 9);
}

BOOST_AUTO_TEST_SUITE_END()
