// SPDX-License-Identifier: Apache-2.0
#include "cli/golden_set.hpp"

#include <fmt/core.h>

#include "core/errors.hpp"

namespace convict::cli {

std::filesystem::path golden_path() {
  const auto program = std::filesystem::read_symlink("/proc/self/exe");
  const auto installed = program.parent_path().parent_path() / "share/convict/golden.h5";
  const std::filesystem::path source = CONVICT_SOURCE_DIR "/datasets/golden.h5";
  for (const auto& path : {installed, source})
    if (std::filesystem::exists(path)) return path;
  throw EnvironmentError(fmt::format("the golden set is missing: neither {} nor {} exists",
                                     installed.string(), source.string()));
}

oracle::GoldenCases golden_set() { return read_golden_cases(golden_path()); }

oracle::GoldenCases read_golden_cases(const std::filesystem::path& path) {
  oracle::GoldenCases cases;
  for (datasets::GoldenCase& golden : datasets::read_golden(path)) {
    std::string text = to_string(golden.trial);
    if (!cases.emplace(text, std::move(golden)).second)
      throw FileError(fmt::format("{}: trial {} occurs twice", path.string(), text));
  }
  return cases;
}

}  // namespace convict::cli
