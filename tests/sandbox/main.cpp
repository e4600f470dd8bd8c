// SPDX-License-Identifier: Apache-2.0
// The main function of a test program that loads plug-ins: it is also the program of the workers.
#define BOOST_TEST_MODULE convict
#define BOOST_TEST_NO_MAIN
#include <boost/test/unit_test.hpp>

#include "sandbox/sandbox.hpp"
#include "tests/sandbox/built_ins.hpp"

int main(int argc, char* argv[]) {
  if (argc > 1 && argv[1] == convict::sandbox::worker_argument)
    return convict::sandbox::worker_main(argc, argv, convict::test_built_ins());
  return boost::unit_test::unit_test_main(&init_unit_test, argc, argv);
}
