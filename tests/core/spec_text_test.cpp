// SPDX-License-Identifier: Apache-2.0
#include "core/spec_text.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "core/errors.hpp"
#include "tests/core/generators.hpp"

BOOST_AUTO_TEST_SUITE(spec_text_test)

using convict::BorderMode;
using convict::ConvSpec;
using convict::parse_spec;
using convict::SidePadding;
using convict::SpecError;

namespace {

/// The error message of the parser for `text`; empty when it accepts it.
std::string complaint(std::string_view text) {
  try {
    parse_spec(text);
  } catch (const SpecError& error) {
    return error.what();
  }
  return "";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct Malformed {
  std::string text;
  std::string problem;
  int column;  ///< that the message names, counted from 1
};
std::ostream& operator<<(std::ostream& out, const Malformed& m) { return out << m.text; }

const Malformed malformed[] = {
    {"", "expected 'c'", 1},
    {"_", "expected 'c'", 2},
    {"n2", "expected '_'", 3},
    {"n_c1_i8_k1_f3", "expected batch n", 2},
    {"N2_c1_i8_k1_f3", "expected 'c'", 1},
    {"i8x8_k4_f3x3", "expected 'c'", 1},
    {"c3_k4_i8x8_f3x3", "expected '_i'", 3},
    {"c3_i8x8_f3x3", "expected '_k'", 8},
    {"c3_i8x8_f3x3_k4", "expected '_k'", 8},
    {"c3_i8x8_k4", "expected '_f'", 11},
    {"c3_c3_i8x8_k4_f3x3", "expected '_i'", 3},
    {"c3_i8x8_k4_k4_f3x3", "expected '_f'", 11},
    {"c3 _i8x8_k4_f3x3", "expected '_i'", 3},
    {"n-1_c3_i8x8_k4_f3x3", "expected batch n", 2},
    {"c-3_i8x8_k4_f3x3", "expected input channels c", 2},
    {"c3_i8x-8_k4_f3x3", "expected input extent", 7},
    {"c3_i8x8_k+4_f3x3", "expected output channels k", 10},
    {"c03_i8x8_k4_f3x3", "leading zero", 2},
    {"c3_i8x08_k4_f3x3", "leading zero", 7},
    {"n00_c3_i8x8_k4_f3x3", "leading zero", 2},
    {"n9999999999999999999_c3_i8_k4_f3", "batch n does not fit in 64 bits", 2},
    {"c3_i9223372036854775808_k4_f3", "input extent does not fit in 64 bits", 5},
    {"c3_i_k4_f3", "expected input extent", 5},
    {"c3_i8x_k4_f3x3", "expected input extent", 7},
    {"c3_ix8_k4_f3x3", "expected input extent", 5},
    {"c3_i8xx8_k4_f3x3", "expected input extent", 7},
    {"c3_i8x8x8x8_k4_f3x3x3x3", "the input has 4 axes", 5},
    {"c3_i8x8_k4_f3", "filter has 1 values but the input has 2 axes", 13},
    {"c3_i8x8_k4_f3x3x3", "filter has 3 values but the input has 2 axes", 13},
    {"c3_i8_k4_f3x3", "filter has 2 values but the input has 1 axes", 11},
    {"c3_i8x8_k4_f3x3_s1x1x1", "stride has 3 values but the input has 2 axes", 18},
    {"c3_i8x8x8_k4_f3x3x3_d2x2", "dilation has 2 values but the input has 3 axes", 22},
    {"c3_i8x8x8_k4_f3x3x3_p1x2", "padding has 2 values but the input has 3 axes", 22},
    {"c3_i8x8_k4_f3x3_s", "expected stride", 18},
    {"c3_i8x8_k4_f3x3_s2x", "expected stride", 20},
    {"c3_i8x8_k4_f3x3_d-1", "expected dilation", 18},
    {"c3_i8x8_k4_f3x3_p", "expected padding: valid, half, full, or numbers", 18},
    {"c3_i8x8_k4_f3x3_psame", "expected padding: valid, half, full, or numbers", 18},
    {"c3_i8x8_k4_f3x3_pvalidx1", "expected padding: valid, half, full, or numbers", 18},
    {"c3_i8x8_k4_f3x3_p1:", "expected padding after", 20},
    {"c3_i8x8_k4_f3x3_p1:x2", "expected padding after", 20},
    {"c3_i8x8_k4_f3x3_p:1", "expected padding: valid, half, full, or numbers", 18},
    {"c3_i8x8_k4_f3x3_p1:2:3", "unknown, repeated or misplaced", 21},
    {"c3_i8x8_k4_f3x3_p01", "padding has a leading zero", 18},
    {"c3_i8x8_k4_f3x3_g", "expected groups g", 18},
    {"c3_i8x8_k4_f3x3_s2_s2", "unknown, repeated or misplaced", 19},
    {"c3_i8x8_k4_f3x3_d2_s2", "unknown, repeated or misplaced", 19},
    {"c3_i8x8_k4_f3x3_g3_p1", "unknown, repeated or misplaced", 19},
    {"c3_i8x8_k4_f3x3_flip_flip", "unknown, repeated or misplaced", 21},
    {"c3_i8x8_k4_f3x3_unshared_flip", "unknown, repeated or misplaced", 25},
    {"c3_i8x8_k4_f3x3_flipped", "unknown, repeated or misplaced", 16},
    {"c3_i8x8_k4_f3x3_Flip", "unknown, repeated or misplaced", 16},
    {"c3_i8x8_k4_f3x3_q7", "unknown, repeated or misplaced", 16},
    {"c3_i8x8_k4_f3x3_", "unknown, repeated or misplaced", 16},
    {"c3_i8x8_k4_f3x3 ", "unknown, repeated or misplaced", 16},
    {"c3_i8x8_k4_f3x3\n", "unknown, repeated or misplaced", 16},
    {"c3_i8x8_k4_f3x3_g3;ls", "unknown, repeated or misplaced", 19},
};

}  // namespace

using convict::generators::Settings;
BOOST_TEST_GLOBAL_FIXTURE(Settings);

BOOST_AUTO_TEST_CASE(the_example_of_the_grammar_means_what_it_says) {
  const ConvSpec spec = parse_spec("n2_c6_i12x9_k9_f5x6_s1x2_d2x1_p1:0x2:1_g3_flip");

  const ConvSpec expected{.rank = 2,
                          .batch = 2,
                          .in_channels = 6,
                          .out_channels = 9,
                          .groups = 3,
                          .input = {12, 9, 1},
                          .filter = {5, 6, 1},
                          .stride = {1, 2, 1},
                          .dilation = {2, 1, 1},
                          .border = BorderMode::none,
                          .padding = {SidePadding{1, 0}, SidePadding{2, 1}, SidePadding{}},
                          .flip = true,
                          .unshared = false};
  BOOST_TEST((spec == expected));
  BOOST_TEST(to_string(spec) == "n2_c6_i12x9_k9_f5x6_s1x2_d2x1_p1:0x2:1_g3_flip");
}

BOOST_AUTO_TEST_CASE(defaults_are_one_image_unit_steps_no_padding_one_group) {
  const ConvSpec spec = parse_spec("c3_i8_k4_f2");

  const ConvSpec expected{
      .rank = 1, .in_channels = 3, .out_channels = 4, .input = {8, 1, 1}, .filter = {2, 1, 1}};
  BOOST_TEST((spec == expected));
}

BOOST_AUTO_TEST_CASE(one_number_serves_every_axis) {
  BOOST_TEST((parse_spec("c1_i8x8x8_k1_f3x3x3_s2_d3_p1:2") ==
              parse_spec("c1_i8x8x8_k1_f3x3x3_s2x2x2_d3x3x3_p1:2x1:2x1:2")));
}

BOOST_AUTO_TEST_CASE(canonical_text_omits_defaults_and_repetition) {
  BOOST_TEST(to_string(parse_spec("n1_c1_i8x8_k1_f3x3_s1x1_d1_p0:0_g1")) == "c1_i8x8_k1_f3x3");
  BOOST_TEST(to_string(parse_spec("_c1_i8x8_k1_f3x3_s2x2_p1:1x1")) == "c1_i8x8_k1_f3x3_s2_p1");
}

BOOST_AUTO_TEST_CASE(symbolic_border_modes_are_kept) {
  for (const std::string mode : {"valid", "half", "full"}) {
    const std::string text = "c1_i8x8_k1_f3x3_p" + mode + "_unshared";
    BOOST_TEST(to_string(parse_spec(text)) == text);
  }
}

BOOST_AUTO_TEST_CASE(the_text_of_every_spec_parses_back_to_it) {
  BOOST_TEST(rc::check([] {
    const ConvSpec spec = *convict::generators::any_spec();
    RC_ASSERT((parse_spec(to_string(spec)) == spec));
  }));
}

BOOST_AUTO_TEST_CASE(text_that_was_damaged_is_refused_or_means_another_spec) {
  BOOST_TEST(rc::check([] {
    const ConvSpec spec = *convict::generators::any_spec();
    const std::string text = to_string(spec);
    std::string damaged = text;
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    damaged.erase(at, 1);
    try {
      const ConvSpec other = parse_spec(damaged);
      RC_ASSERT(!(other == spec));
      RC_ASSERT((parse_spec(to_string(other)) == other));
    } catch (const SpecError& error) {
      RC_ASSERT(contains(error.what(), damaged));
      RC_ASSERT(contains(error.what(), "column"));
    }
  }));
}

BOOST_DATA_TEST_CASE(malformed_text_is_refused_with_problem_and_column, malformed) {
  const std::string message = complaint(sample.text);

  BOOST_TEST(contains(message, "bad spec '" + sample.text + "'"), message);
  BOOST_TEST(contains(message, sample.problem), message);
  BOOST_TEST(contains(message, " at column " + std::to_string(sample.column) + " ("), message);
}

BOOST_AUTO_TEST_CASE(the_offending_token_is_quoted) {
  BOOST_TEST(complaint("c3_i8x8_k4_f3x3_q7_g2") ==
             "bad spec 'c3_i8x8_k4_f3x3_q7_g2': unknown, repeated or misplaced token (order: n c i "
             "k f s d p g flip unshared) at column 16 ('_q7')");
  BOOST_TEST(complaint("c3_i8x8_k4_f3x3_s") ==
             "bad spec 'c3_i8x8_k4_f3x3_s': expected stride (a non-negative integer) at column 18 "
             "(end of text)");
}

BOOST_AUTO_TEST_CASE(well_formed_text_of_no_convolution_parses_but_does_not_validate) {
  BOOST_TEST(parse_spec("c3_i8x8_k4_f3x3_s0").stride[0] == 0);
  BOOST_CHECK_EXCEPTION(convict::parse_valid_spec("c3_i8x8_k4_f3x3_s0"), SpecError,
                        [](const SpecError& error) {
                          return contains(error.what(), "c3_i8x8_k4_f3x3_s0") &&
                                 contains(error.what(), "stride of axis 0 is 0");
                        });
}

BOOST_AUTO_TEST_SUITE_END()
