// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "oracle/truth/case.hpp"

namespace convict::cli {

/// The golden set that comes with convict: installed beside the program (../share/convict), or in
/// the source tree it was built from. Throws EnvironmentError when it is in neither place.
std::filesystem::path golden_path();
oracle::GoldenCases golden_set();

/// Reads a golden file; a trial may occur once. Throws FileError.
oracle::GoldenCases read_golden_cases(const std::filesystem::path& path);

}  // namespace convict::cli
