#pragma once

// The main of a test program that loads plug-ins: as a worker it serves, else it runs the tests.
#define BOOST_TEST_NO_MAIN
#include <boost/test/unit_test.hpp>
#include <string>

#include "sandbox/sandbox.hpp"

/// A shared object that tests/plugins builds.
inline std::string plugin_path(const std::string& name) {
  return std::string(CONVICT_TEST_PLUGINS) + "/" + name + ".so";
}

int main(int argc, char* argv[]) {
  if (argc > 1 && argv[1] == convict::sandbox::worker_argument)
    return convict::sandbox::worker_main(argc, argv);
  return boost::unit_test::unit_test_main(&init_unit_test, argc, argv);
}
