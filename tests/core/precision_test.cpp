// SPDX-License-Identifier: Apache-2.0
#include "core/precision.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>

#include "core/half.hpp"
#include "core/pass.hpp"

BOOST_AUTO_TEST_SUITE(precision_test)

using namespace convict;

namespace {

using Double = std::numeric_limits<double>;
using Float = std::numeric_limits<float>;

static_assert(unit_roundoff(Precision::f64) == Double::epsilon() / 2);
static_assert(smallest_normal(Precision::f64) == Double::min());
static_assert(smallest_subnormal(Precision::f64) == Double::denorm_min());
static_assert(largest_finite(Precision::f64) == Double::max());

static_assert(unit_roundoff(Precision::f32) == Float::epsilon() / 2);
static_assert(smallest_normal(Precision::f32) == static_cast<double>(Float::min()));
static_assert(smallest_subnormal(Precision::f32) == static_cast<double>(Float::denorm_min()));
static_assert(largest_finite(Precision::f32) == static_cast<double>(Float::max()));

static_assert(unit_roundoff(Precision::f16) == 0x1p-11);
static_assert(smallest_normal(Precision::f16) == 0x1p-14);
static_assert(smallest_subnormal(Precision::f16) == 0x1p-24);
static_assert(largest_finite(Precision::f16) == 65504);
static_assert(largest_finite(Precision::f16a16) == 65504);

static_assert(unit_roundoff(Precision::bf16) == 0x1p-8);
static_assert(smallest_subnormal(Precision::bf16) == 0x1p-133);
static_assert(largest_finite(Precision::bf16) == 0x1.FEp127);

static_assert(unit_roundoff(Precision::tf32) == 0x1p-11);
static_assert(smallest_normal(Precision::tf32) == 0x1p-126);
static_assert(largest_finite(Precision::tf32) == 0x1.FFCp127);

static_assert(storage_of(Precision::tf32) == Precision::f32);
static_assert(storage_of(Precision::f16a16) == Precision::f16);
static_assert(storage_of(Precision::bf16) == Precision::bf16);
static_assert(accumulator_of(Precision::f64) == Precision::f64);
static_assert(accumulator_of(Precision::tf32) == Precision::f32);
static_assert(accumulator_of(Precision::bf16) == Precision::f32);
static_assert(accumulator_of(Precision::f16) == Precision::f32);
static_assert(accumulator_of(Precision::f16a16) == Precision::f16);

}  // namespace

BOOST_AUTO_TEST_CASE(names_of_precisions_and_passes_read_back) {
  for (const Precision precision : all_precisions)
    BOOST_TEST((precision_named(name_of(precision)) == precision));
  for (const Pass pass : all_passes) BOOST_TEST((pass_named(name_of(pass)) == pass));
  BOOST_TEST(!precision_named("F32"));
  BOOST_TEST(!precision_named(""));
  BOOST_TEST(!pass_named("backward"));
}

BOOST_AUTO_TEST_CASE(the_storage_type_has_the_bytes_of_the_precision) {
  for (const Precision precision : all_precisions) {
    const std::size_t bytes =
        with_storage_type(precision, [](auto value) { return sizeof(value); });
    BOOST_TEST(static_cast<index_t>(bytes) == bytes_of(precision));
  }
}

BOOST_AUTO_TEST_CASE(the_edges_of_a_format_survive_rounding_to_it) {
  for (const Precision precision : all_precisions) {
    const FloatFormat format = format_of(precision);
    BOOST_TEST(round_to(format, largest_finite(precision)) == largest_finite(precision));
    BOOST_TEST(round_to(format, smallest_normal(precision)) == smallest_normal(precision));
    BOOST_TEST(round_to(format, smallest_subnormal(precision)) == smallest_subnormal(precision));
    BOOST_TEST(round_to(format, 1 + 2 * unit_roundoff(precision)) ==
               1 + 2 * unit_roundoff(precision));
    BOOST_TEST(round_to(format, 1 + unit_roundoff(precision)) == 1);
  }
}

BOOST_AUTO_TEST_SUITE_END()
