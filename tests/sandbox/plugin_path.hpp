// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

/// A shared object that tests/sandbox/plugins builds.
inline std::string plugin_path(const std::string& name) {
  return std::string(CONVICT_TEST_PLUGINS) + "/" + name + ".so";
}
