// SPDX-License-Identifier: Apache-2.0
#include "cli/plugin_headers.hpp"

#include <fmt/core.h>

#include "core/errors.hpp"

namespace convict::cli {

std::filesystem::path plugin_headers() {
  const auto program = std::filesystem::read_symlink("/proc/self/exe");
  const auto installed = program.parent_path().parent_path() / "include/convict/core";
  const std::filesystem::path source = CONVICT_SOURCE_DIR "/core";
  for (const auto& path : {installed, source})
    if (std::filesystem::exists(path / "plugin.h")) return path;
  throw EnvironmentError(fmt::format("plugin.h is missing: it is neither in {} nor in {}",
                                     installed.string(), source.string()));
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./:=,";
  if (!text.empty() && text.find_first_not_of(plain) == std::string_view::npos)
    return std::string(text);
  std::string word = "'";
  for (const char letter : text) word += letter == '\'' ? "'\\''" : std::string(1, letter);
  return word + "'";
}

}  // namespace convict::cli
