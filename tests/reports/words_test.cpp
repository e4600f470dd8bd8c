// SPDX-License-Identifier: Apache-2.0
#include "reports/words.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

namespace convict::reports {
namespace {

BOOST_AUTO_TEST_SUITE(words_test)

BOOST_AUTO_TEST_SUITE(words)

BOOST_AUTO_TEST_CASE(counts_are_grouped_by_thousands) {
  BOOST_TEST(grouped(0) == "0");
  BOOST_TEST(grouped(999) == "999");
  BOOST_TEST(grouped(1000) == "1,000");
  BOOST_TEST(grouped(1234567) == "1,234,567");
  BOOST_TEST(counted(1, "trial") == "1 trial");
  BOOST_TEST(counted(2000, "trial") == "2,000 trials");
}

BOOST_AUTO_TEST_CASE(durations_have_the_unit_that_fits) {
  BOOST_TEST(duration_text(0.04) == "40 ms");
  BOOST_TEST(duration_text(0.4) == "0.4 s");
  BOOST_TEST(duration_text(9.96) == "10 s");
  BOOST_TEST(duration_text(59.4) == "59 s");
  BOOST_TEST(duration_text(59.6) == "1 min 00 s");
  BOOST_TEST(duration_text(185) == "3 min 05 s");
  BOOST_TEST(duration_text(3600 * 2 + 7 * 60) == "2 h 07 min");
  BOOST_TEST(duration_text(std::nan("")) == "?");
}

BOOST_AUTO_TEST_CASE(nan_is_worse_than_every_number) {
  const double nan = std::nan("");
  BOOST_TEST(is_worse(nan, std::numeric_limits<double>::infinity()));
  BOOST_TEST(!is_worse(std::numeric_limits<double>::infinity(), nan));
  BOOST_TEST(!is_worse(nan, nan));
  BOOST_TEST(is_worse(2, 1));
  BOOST_TEST(!is_worse(1, 1));
}

BOOST_AUTO_TEST_CASE(a_reason_is_followed_by_the_pattern_of_the_wrong_elements) {
  Verdict verdict;
  verdict.reason = "3 of 100 elements wrong";
  BOOST_TEST(reason_text(verdict) == "3 of 100 elements wrong");
  verdict.pattern = "odd rows";
  BOOST_TEST(reason_text(verdict) == "3 of 100 elements wrong: odd rows");
}

BOOST_AUTO_TEST_CASE(a_verdict_without_a_reason_says_what_decided_it) {
  BOOST_TEST(reason_text({.outcome = Outcome::fail, .layer = "exact"}) ==
             "fail, found by: exact comparison");
  BOOST_TEST(reason_text({.outcome = Outcome::fail, .layer = "memory safety"}) ==
             "fail, found by: memory safety");
  BOOST_TEST(reason_text({}) == "no reason given");
}

BOOST_AUTO_TEST_CASE(printable_text_has_no_control_characters_and_is_utf_8) {
  BOOST_TEST(printable("plain caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80") ==
             "plain caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
  BOOST_TEST(printable("a\nb\x1b[0m\x7f") == "a\\x0ab\\x1b[0m\\x7f");
  BOOST_TEST(printable("\xff\xc3") == "\\xff\\xc3");
  BOOST_TEST(printable("\xc0\x80") == "\\xc0\\x80");           // overlong
  BOOST_TEST(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // a surrogate
  BOOST_TEST(printable("\xef\xbf\xbf") == "\\xef\\xbf\\xbf");  // not allowed in XML
  BOOST_TEST(printable("\xc2\x9b") == "\\xc2\\x9b");           // a C1 control
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::reports
