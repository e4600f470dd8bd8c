// SPDX-License-Identifier: Apache-2.0
// The main of a test program; ctest runs the suite of one of its files at a time.
#define BOOST_TEST_MODULE convict
#include <boost/test/unit_test.hpp>
