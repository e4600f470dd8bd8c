// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace convict::cli {

std::string_view version();

/// Facts that results may depend on, for journals and reports: version, compiler, build type, CPU,
/// cores, system, start time, GPU, variables that change what libraries compute.
std::vector<std::pair<std::string, std::string>> environment();

/// Cores this process may use.
int available_cores();

/// Local time as 20261122-153000, for names of folders.
std::string timestamp();

}  // namespace convict::cli
