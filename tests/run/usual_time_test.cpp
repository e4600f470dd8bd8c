// SPDX-License-Identifier: Apache-2.0
#include "run/usual_time.hpp"

#include <boost/test/unit_test.hpp>

namespace convict::run {
namespace {

BOOST_AUTO_TEST_SUITE(usual_time_test)

UsualTime after(std::size_t calls, double multiply_adds, double seconds) {
  UsualTime time;
  for (std::size_t i = 0; i < calls; ++i) time.add(multiply_adds, seconds);
  return time;
}

BOOST_AUTO_TEST_CASE(there_is_no_limit_before_the_kernel_is_known) {
  BOOST_TEST(!after(UsualTime::least_calls - 1, 1000, 0.1).limit(1000).has_value());
  BOOST_TEST(after(UsualTime::least_calls, 1000, 0.1).limit(1000).has_value());
}

BOOST_AUTO_TEST_CASE(the_limit_is_fifty_times_the_slowest_call_with_as_much_work) {
  UsualTime time = after(20, 1000, 0.1);
  time.add(1000, 0.2);
  time.add(10, 0.3);  // less work took longer: so may this

  BOOST_TEST(*time.limit(1000) == 15.0);
}

BOOST_AUTO_TEST_CASE(a_fast_kernel_may_take_a_second) {
  BOOST_TEST(*after(20, 1000, 1e-5).limit(1000) == 1.0);
}

BOOST_AUTO_TEST_CASE(the_limit_grows_with_the_work_beyond_what_was_seen) {
  const UsualTime time = after(20, 1024, 0.1);

  BOOST_TEST(*time.limit(1024) == 5.0);
  BOOST_TEST(*time.limit(1024 * 16) == 80.0);
  BOOST_TEST(*time.limit(3) == 5.0);
  BOOST_TEST(*time.limit(0) == 5.0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::run
