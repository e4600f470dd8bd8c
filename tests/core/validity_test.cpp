// SPDX-License-Identifier: Apache-2.0
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <initializer_list>

#include "core/errors.hpp"
#include "core/spec_text.hpp"
#include "tests/core/generators.hpp"

BOOST_AUTO_TEST_SUITE(validity_test)

using namespace convict;
using generators::Settings;

BOOST_TEST_GLOBAL_FIXTURE(Settings);

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct Invalid {
  std::string text;
  std::string reason;
};
std::ostream& operator<<(std::ostream& out, const Invalid& invalid) { return out << invalid.text; }

const Invalid invalid[] = {
    {"c3_i8_k4_f3_g0", "groups is 0; it must be at least 1"},
    {"c3_i8_k4_f3_g2", "in_channels is 3, which 2 groups do not divide"},
    {"c4_i8_k3_f3_g2", "out_channels is 3, which 2 groups do not divide"},
    {"c3_i8x8_k4_f3x0", "filter extent of axis 1 is 0; it must be at least 1"},
    {"c3_i8x8_k4_f3x3_s1x0", "stride of axis 1 is 0; it must be at least 1"},
    {"c3_i8x8_k4_f3x3_d0x1", "dilation of axis 0 is 0; it must be at least 1"},
    {"c3_i8x2_k4_f3x3", "output extent of axis 1 is 0; it must be at least 1"},
    {"c3_i8x1_k4_f3x3", "output extent of axis 1 is -1"},
    {"c3_i8x8_k4_f3x3_d4", "the dilated filter extent 9 exceeds the padded input extent 8"},
    {"c3_i0_k4_f1", "output extent of axis 0 is 0"},
    {"c1_i9_k1_f3_d9223372036854775807", "dilated filter extent of axis 0 ((f-1)*d+1"},
    {"c1_i9_k1_f4611686018427387905_d2", "dilated filter extent of axis 0 ((f-1)*d+1"},
    {"c1_i9223372036854775807_k1_f1_p1:0", "padded input extent of axis 0"},
    {"c1_i9223372036854775800_k1_f1_p0:8", "padded input extent of axis 0"},
    {"c1_i1_k1_f4611686018427387904_d2_pfull", "padded input extent of axis 0"},
    {"n4294967296_c1073741824_i1_k1_f1", "bytes of the input do not fit in 64 bits"},
    {"c1_i1152921504606846976_k1_f1", "bytes of the input do not fit in 64 bits"},
    {"n0_c1_i1152921504606846976_k1_f1", "bytes of the input do not fit in 64 bits"},
    {"c2147483648_i1_k1073741824_f1", "bytes of the filters do not fit in 64 bits"},
    {"c1_i4294967296_k268435456_f1_unshared", "bytes of the filters do not fit in 64 bits"},
    {"n2147483648_c1_i1_k2147483648_f1", "bytes of the output do not fit in 64 bits"},
    {"n2097152_c2097152_i1_k2097152_f1", "flops do not fit in 64 bits"},
};

/// Sizes multiplied without overflow; everything beyond 64 bits counts as "too large".
bool product_fits(std::initializer_list<index_t> sizes) {
  long double product = 1;
  for (const index_t size : sizes) product *= static_cast<long double>(std::max<index_t>(size, 1));
  return product < 9223372036854775808.0L;
}

/// An independent implementation of why_invalid, in arithmetic that does not overflow: long double
/// has 64-bit significands and holds every sum here exactly up to the limit that it is compared
/// with.
bool is_convolution(const ConvSpec& s) {
  if (s.groups < 1 || s.in_channels % s.groups != 0 || s.out_channels % s.groups != 0) return false;
  Axes o{1, 1, 1};
  for (std::size_t a = 0; a < static_cast<std::size_t>(s.rank); ++a) {
    if (s.filter[a] < 1 || s.stride[a] < 1 || s.dilation[a] < 1) return false;
    if (!product_fits({s.filter[a] - 1, s.dilation[a]})) return false;
    const auto k =
        static_cast<long double>((s.filter[a] - 1)) * static_cast<long double>(s.dilation[a]) + 1;
    if (k >= 9223372036854775808.0L) return false;
    const SidePadding pad = resolve_border(s.border, s.padding[a], static_cast<index_t>(k));
    const long double padded = static_cast<long double>(s.input[a]) +
                               static_cast<long double>(pad.before) +
                               static_cast<long double>(pad.after);
    if (padded >= 9223372036854775808.0L || padded < k) return false;
    o[a] = static_cast<index_t>(padded - k) / s.stride[a] + 1;
  }
  const index_t c = s.in_channels / s.groups;
  const Axes bank = s.unshared ? o : Axes{1, 1, 1};
  return product_fits({8, s.batch, s.in_channels, s.input[0], s.input[1], s.input[2]}) &&
         product_fits({8, s.out_channels, c, s.filter[0], s.filter[1], s.filter[2], bank[0],
                       bank[1], bank[2]}) &&
         product_fits({8, s.batch, s.out_channels, o[0], o[1], o[2]}) &&
         product_fits({2, s.batch, s.out_channels, o[0], o[1], o[2], c, s.filter[0], s.filter[1],
                       s.filter[2]});
}

/// A small convolution with one quantity replaced by any number.
ConvSpec disturbed() {
  ConvSpec spec = *generators::small_valid_spec();
  const index_t value = *generators::number();
  const auto axis = *rc::gen::inRange<std::size_t>(0, static_cast<std::size_t>(spec.rank));
  index_t* const quantities[] = {&spec.batch,        &spec.in_channels,   &spec.out_channels,
                                 &spec.groups,       &spec.input[axis],   &spec.filter[axis],
                                 &spec.stride[axis], &spec.dilation[axis]};
  *quantities[*rc::gen::inRange<std::size_t>(0, std::size(quantities))] = value;
  return spec;
}

}  // namespace

BOOST_DATA_TEST_CASE(what_makes_a_spec_invalid_is_named, invalid) {
  const auto why = why_invalid(parse_spec(sample.text));

  BOOST_REQUIRE(why);
  BOOST_TEST(contains(*why, sample.reason), *why);
}

BOOST_AUTO_TEST_CASE(negative_quantities_are_named) {
  const ConvSpec good = parse_valid_spec("c3_i8x8_k4_f3x3");
  const auto why = [&](auto change) {
    ConvSpec spec = good;
    change(spec);
    return why_invalid(spec).value_or("nothing");
  };

  BOOST_TEST(why([](ConvSpec& s) { s.rank = 0; }) == "rank is 0; it must be 1, 2 or 3");
  BOOST_TEST(why([](ConvSpec& s) { s.rank = 4; }) == "rank is 4; it must be 1, 2 or 3");
  BOOST_TEST(why([](ConvSpec& s) { s.batch = -1; }) == "batch is -1; it must be at least 0");
  BOOST_TEST(why([](ConvSpec& s) { s.in_channels = -3; }) ==
             "in_channels is -3; it must be at least 0");
  BOOST_TEST(why([](ConvSpec& s) { s.out_channels = -4; }) ==
             "out_channels is -4; it must be at least 0");
  BOOST_TEST(why([](ConvSpec& s) { s.groups = -1; }) == "groups is -1; it must be at least 1");
  BOOST_TEST(why([](ConvSpec& s) { s.input[1] = -8; }) ==
             "input extent of axis 1 is -8; it must be at least 0");
  BOOST_TEST(why([](ConvSpec& s) { s.filter[0] = -3; }) ==
             "filter extent of axis 0 is -3; it must be at least 1");
  BOOST_TEST(why([](ConvSpec& s) { s.stride[0] = -1; }) ==
             "stride of axis 0 is -1; it must be at least 1");
  BOOST_TEST(why([](ConvSpec& s) { s.dilation[1] = -1; }) ==
             "dilation of axis 1 is -1; it must be at least 1");
  BOOST_TEST(why([](ConvSpec& s) { s.padding[0].before = -1; }) ==
             "padding before axis 0 is -1; it must be at least 0");
  BOOST_TEST(why([](ConvSpec& s) { s.padding[1].after = -2; }) ==
             "padding after axis 1 is -2; it must be at least 0");
}

BOOST_AUTO_TEST_CASE(values_that_text_cannot_express_are_named) {
  ConvSpec third_axis = parse_valid_spec("c3_i8x8_k4_f3x3");
  third_axis.input[2] = 8;
  ConvSpec padded_twice = parse_valid_spec("c3_i8x8_k4_f3x3_phalf");
  padded_twice.padding[0] = {1, 1};

  BOOST_TEST(why_invalid(third_axis).value_or("") == "axis 2 has values but the rank is 2");
  BOOST_TEST(why_invalid(padded_twice).value_or("") ==
             "axis 0 has explicit padding beside a symbolic border mode");
}

BOOST_AUTO_TEST_CASE(validate_throws_the_reason) {
  BOOST_CHECK_EXCEPTION(
      validate(parse_spec("c3_i8_k4_f3_s0")), SpecError, [](const SpecError& error) {
        return error.what() == std::string("stride of axis 0 is 0; it must be at least 1");
      });
  BOOST_CHECK_NO_THROW(validate(parse_spec("c3_i8_k4_f3")));
}

BOOST_AUTO_TEST_CASE(the_largest_tensor_of_64_bit_bytes_is_legal) {
  const ConvSpec spec = parse_valid_spec("c1_i1152921504606846975_k1_f1");

  BOOST_TEST(input_elements(spec) == 1152921504606846975);
  BOOST_TEST(flops(spec) == 2305843009213693950);
}

BOOST_AUTO_TEST_CASE(products_beyond_64_bits_are_refused_by_name) {
  const index_t sizes[] = {index_t{1} << 32, index_t{1} << 31};

  BOOST_CHECK_EXCEPTION(checked_product(sizes, "the thing"), SpecError,
                        [](const SpecError& error) { return contains(error.what(), "the thing"); });
  BOOST_TEST(checked_product(std::span(sizes).first(1), "the thing") == index_t{1} << 32);
}

BOOST_AUTO_TEST_CASE(generated_convolutions_are_valid) {
  BOOST_TEST(rc::check([] {
    const auto why = why_invalid(*generators::small_valid_spec());
    RC_ASSERT(why.value_or("") == "");
  }));
}

BOOST_AUTO_TEST_CASE(a_spec_is_valid_exactly_when_wide_arithmetic_says_so) {
  int counts[2] = {0, 0};
  BOOST_TEST(rc::check([&] {
    const ConvSpec spec = disturbed();
    const bool accepted = !why_invalid(spec);

    RC_ASSERT(accepted == is_convolution(spec));
    ++counts[accepted];
  }));
  BOOST_TEST(counts[0] > 10);
  BOOST_TEST(counts[1] > 10);
}

BOOST_AUTO_TEST_SUITE_END()
