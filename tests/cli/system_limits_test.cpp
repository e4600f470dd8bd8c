// SPDX-License-Identifier: Apache-2.0
// What the system gives is asked before a run; limits of a real process are in limits_test.py.
#include "cli/system_limits.hpp"

#include <boost/test/unit_test.hpp>

namespace convict::cli {
namespace {

BOOST_AUTO_TEST_SUITE(system_limits_test)

BOOST_AUTO_TEST_CASE(a_plug_in_of_thousands_of_kernels_is_no_reason_to_end) {
  // With all their threads these workers would have more than a system gives one user.
  BOOST_CHECK_NO_THROW(require_room_for_jobs(2, 2000));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::cli
