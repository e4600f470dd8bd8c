// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/verdict.hpp"
#include "datasets/golden.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::fuzz {

inline constexpr std::string_view evidence_format = "convict-evidence";
inline constexpr index_t evidence_version = 1;

/// The contents of an evidence file.
struct Evidence {
  std::string kernel{};
  Trial trial{};                                 ///< reproduces the finding: the shrunk one
  std::optional<datasets::GoldenCase> golden{};  ///< data and truth, unless left out
  std::optional<std::vector<double>> result{};   ///< the subject's, on these data
};

/// Writes one HDF5 file about a finding: as attributes kernel, trial, found_as, outcome, layer,
/// reason and repro; as datasets the operands, truth and bound of the trial that reproduces it, and
/// the subject's result, for which the trial is carried out once more (unless it hung). Data are
/// left out when the spec is invalid, and when they have more than 64 MiB: the trial's seed makes
/// them again. Throws EnvironmentError when the path cannot be written.
void write_evidence(const std::filesystem::path& path, const TrialResult& finding,
                    const sandbox::Subject& subject, sandbox::Sandbox& sandbox);

/// Whether an HDF5 file says that it is an evidence file. Throws FileError when it cannot be read.
bool is_evidence(const std::filesystem::path& path);

/// Throws FileError naming what is wrong with the file.
Evidence read_evidence(const std::filesystem::path& path);

}  // namespace convict::fuzz
