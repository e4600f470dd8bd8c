#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/verdict.hpp"
#include "datasets/golden.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::fuzz {

/// What a file of evidence says.
struct Evidence {
  std::string kernel{};
  Trial trial{};                                 ///< to show it again: the shrunk one
  std::optional<datasets::GoldenCase> golden{};  ///< its data and truth; none where left out
  std::optional<std::vector<double>> result{};   ///< what the subject made of them
};

/// Writes one HDF5 file about a finding: as attributes kernel, trial, found_as, outcome, layer,
/// reason and repro; as datasets the operands, the subject's result, truth and bound of the trial
/// to show it again, which is carried out once more for that (unless it hung). Data are left out
/// where there are none (an invalid spec), or more than 64 MiB of them: the trial's seed makes them
/// anew. Throws EnvironmentError when the path cannot be written.
void write_evidence(const std::filesystem::path& path, const TrialResult& finding,
                    const sandbox::Subject& subject, sandbox::Sandbox& sandbox);

/// Whether an HDF5 file says that it is one of evidence. Throws FileError when it cannot be read.
bool is_evidence(const std::filesystem::path& path);

/// Throws FileError naming what is wrong with the file.
Evidence read_evidence(const std::filesystem::path& path);

}  // namespace convict::fuzz
