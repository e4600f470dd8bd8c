// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

namespace convict::cli {

/// Writes a file that is not there yet. Throws FileError when it is, EnvironmentError when it
/// cannot be written.
void write_new(const std::filesystem::path& path, std::string_view text);

}  // namespace convict::cli
