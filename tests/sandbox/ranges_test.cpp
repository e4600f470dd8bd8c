// SPDX-License-Identifier: Apache-2.0
// The ranges of the numbers and names in a plug-in's table.
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <type_traits>

#include "core/errors.hpp"
#include "sandbox/host/plugin_kernel.hpp"

namespace convict {
namespace {

BOOST_AUTO_TEST_SUITE(ranges_test)

/// A field of convict_kernel with a value, and what is said of it; nothing is said of a good one.
struct Claim {
  const char* field;
  std::function<void(convict_kernel&)> set;
  const char* words;
};

template <auto Field>
Claim claim(const char* field, std::int64_t value, const char* words) {
  return {field,
          [value](convict_kernel& kernel) {
            kernel.*Field = static_cast<std::remove_reference_t<decltype(kernel.*Field)>>(value);
          },
          words};
}

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t largest_32 = std::numeric_limits<std::int32_t>::max();

#define CONVICT_CLAIM(field, value, words) claim<&convict_kernel::field>(#field, value, words)
const Claim claims[] = {
    CONVICT_CLAIM(required_alignment, std::int64_t{1} << 61,
                  "required_alignment 2305843009213693952; it must be 0 or a power of two up to "
                  "4096"),
    CONVICT_CLAIM(required_alignment, largest, "required_alignment 9223372036854775807; it must"),
    CONVICT_CLAIM(required_alignment, 8192, "required_alignment 8192; it must"),
    CONVICT_CLAIM(required_alignment, 48, "required_alignment 48; it must be 0 or a power of two"),
    CONVICT_CLAIM(required_alignment, -1, "required_alignment -1; it must"),
    CONVICT_CLAIM(required_alignment, -largest - 1, "required_alignment -9223372036854775808"),
    CONVICT_CLAIM(required_alignment, 0, ""),
    CONVICT_CLAIM(required_alignment, 4096, ""),
    CONVICT_CLAIM(over_read, std::int64_t{1} << 36,
                  "over_read 68719476736; it must be from 0 to 4096"),
    CONVICT_CLAIM(over_read, largest, "over_read 9223372036854775807; it must be from 0 to 4096"),
    CONVICT_CLAIM(over_read, 4097, "over_read 4097; it must be from 0 to 4096"),
    CONVICT_CLAIM(over_read, 4096, ""),
    CONVICT_CLAIM(accumulation_depth, largest,
                  "accumulation_depth 9223372036854775807; it must be from 0 to 1099511627776"),
    CONVICT_CLAIM(accumulation_depth, -1, "accumulation_depth -1; it must be from 0"),
    CONVICT_CLAIM(accumulation_depth, std::int64_t{1} << 40, ""),
    CONVICT_CLAIM(truncation_block, largest,
                  "truncation_block 9223372036854775807; it must be from 0 to 1099511627776"),
    CONVICT_CLAIM(truncation_block, -1, "truncation_block -1; it must be from 0"),
    CONVICT_CLAIM(winograd_tile, largest_32, "winograd_tile 2147483647; it must be from 1 to 1024"),
    CONVICT_CLAIM(winograd_tile, 0, "winograd_tile 0; it must be from 1 to 1024"),
    CONVICT_CLAIM(winograd_taps, 1025, "winograd_taps 1025; it must be from 1 to 1024"),
    CONVICT_CLAIM(winograd_taps, -7, "winograd_taps -7; it must be from 1 to 1024"),
    CONVICT_CLAIM(winograd_tile, 40, ""),
    CONVICT_CLAIM(accumulator, -1, "accumulator -1; it must be 0 or one of"),
    CONVICT_CLAIM(accumulator, largest_32, "accumulator 2147483647; it must be 0 or one of"),
    CONVICT_CLAIM(input_rounding, 64, "input_rounding 64; it must be 0 or one of"),
    CONVICT_CLAIM(transform_axes, -1, "transform_axes -1; the bits that mean something are 7"),
    CONVICT_CLAIM(transform_fallback, -1, "transform_fallback -1; it must be one of"),
    CONVICT_CLAIM(arithmetic, largest_32, "arithmetic 2147483647; it must be one of"),
    CONVICT_CLAIM(arithmetic, -1, "arithmetic -1; it must be one of"),
    CONVICT_CLAIM(passes, -1, "passes -1; the bits that mean something are 7"),
    CONVICT_CLAIM(precisions, -largest_32 - 1, "precisions -2147483648; the bits that mean"),
    CONVICT_CLAIM(special_strides, -1, "special_strides -1; the bits that mean something are 3"),
};
#undef CONVICT_CLAIM

BOOST_AUTO_TEST_CASE(every_number_of_a_table_has_a_range) {
  for (const Claim& claimed : claims) {
    sandbox::KernelRecord record;
    sandbox::put_text(record.name, "mine");
    record.kernel.passes = CONVICT_FORWARD;
    record.kernel.precisions = CONVICT_F32;
    record.kernel.arithmetic = CONVICT_WINOGRAD;
    record.kernel.winograd_tile = 2;
    record.kernel.winograd_taps = 3;
    claimed.set(record.kernel);

    std::string why;
    try {
      sandbox::kernel_of(record, "plugin");
    } catch (const FileError& error) {
      why = error.what();
    }

    const std::string words = claimed.words;
    BOOST_TEST(why.starts_with(words.empty() ? "" : "kernel 'mine' has " + words),
               claimed.field << ": " << why);
    BOOST_TEST(why.empty() == words.empty(), claimed.field << ": " << why);
  }
}

BOOST_AUTO_TEST_CASE(names_that_control_a_terminal_are_rejected) {
  for (const char* name : {"a\x1b[2J", "a\nb",
                           "a\x9b"
                           "2J",
                           "\xE2\x80\xAE"
                           "ba",
                           "a\x7f"}) {
    sandbox::KernelRecord record;
    sandbox::put_text(record.name, name);
    BOOST_CHECK_THROW(sandbox::kernel_of(record, "plugin"), FileError);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict
