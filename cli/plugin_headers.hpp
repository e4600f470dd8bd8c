// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace convict::cli {

/// The folder of plugin.h and plugin.hpp: installed beside the program (../include/convict/core),
/// or in the source tree it was built from. Throws EnvironmentError when it is in neither place.
std::filesystem::path plugin_headers();

/// One word for a shell.
std::string shell_word(std::string_view text);

}  // namespace convict::cli
