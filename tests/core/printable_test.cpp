// SPDX-License-Identifier: Apache-2.0
#include "core/printable.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

namespace convict {
namespace {

BOOST_AUTO_TEST_SUITE(printable_test)

BOOST_AUTO_TEST_CASE(text_without_control_characters_stays_as_it_is) {
  for (const std::string text :
       {"", "c1_i4_k1_f3/forward/f32", "M\xC3\xB6ndays \xE2\x80\xA6 \xF0\x9F\x98\x80", "a\\x1bb"})
    BOOST_TEST(printable(text) == text);
}

BOOST_AUTO_TEST_CASE(control_characters_and_bytes_that_are_no_text_become_escapes) {
  BOOST_TEST(printable("a\x1b[2Jb\n\t\r\a\x7f") == "a\\x1b[2Jb\\x0a\\x09\\x0d\\x07\\x7f");
  BOOST_TEST(printable(std::string_view("a\0b", 3)) == "a\\x00b");
  BOOST_TEST(printable("\xC2\x9B"
                       "2J") == "\\xc2\\x9b2J");               // the C1 form of ESC [
  BOOST_TEST(printable("\xE2\x80\xAE") == "\\xe2\\x80\\xae");  // from right to left
  BOOST_TEST(printable("\xE2\x81\xA6\xE2\x80\xA8") == "\\xe2\\x81\\xa6\\xe2\\x80\\xa8");
  BOOST_TEST(printable("\xFF\xC0\x80\xED\xA0\x80") == "\\xff\\xc0\\x80\\xed\\xa0\\x80");
  BOOST_TEST(printable("\xE2\x80") == "\\xe2\\x80");  // cut short
}

BOOST_AUTO_TEST_CASE(escaping_twice_is_escaping_once) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);

  BOOST_TEST(printable(printable(all)) == printable(all));
}

BOOST_AUTO_TEST_CASE(json_says_the_same_without_control_characters) {
  BOOST_TEST(printable_json("\"a\\u001b \xC2\x9B\x7f\xE2\x80\xAE \xC3\xB6\"") ==
             "\"a\\u001b \\u009b\\u007f\\u202e \xC3\xB6\"");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict
