// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "core/trial.hpp"

namespace convict::datasets {

/// Reads a file of trials, one a line; what follows a # is a comment, blank lines do not count.
/// `check`, if given, throws InputError for a trial that cannot be used. Throws FileError naming
/// path:line and the value for such a trial and for a line that is no trial; naming the path when
/// the file cannot be read.
std::vector<Trial> read_trials(const std::filesystem::path& path,
                               const std::function<void(const Trial&)>& check = {});

/// Appends `trial` with a line of comment before it. Returns false, without appending, where the
/// file has it already. Creates the file if there is none. Processes that append to one file at the
/// same time wait for each other, and a line is written as a whole or not at all. Throws as
/// read_trials does, and EnvironmentError when the file cannot be written.
bool append_trial(const std::filesystem::path& path, const Trial& trial, std::string_view comment);

}  // namespace convict::datasets
