// SPDX-License-Identifier: Apache-2.0
#include "cli/new_file.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "core/errors.hpp"

namespace convict::cli {

void write_new(const std::filesystem::path& path, std::string_view text) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "wx"),
                                                             std::fclose);
  if (!file && errno == EEXIST)
    throw FileError(fmt::format("{} exists; take another name or folder", path.string()));
  const bool written = file &&
                       std::fwrite(text.data(), 1, text.size(), file.get()) == text.size() &&
                       std::fflush(file.get()) == 0;
  if (!written)
    throw EnvironmentError(
        fmt::format("{} cannot be written: {}", path.string(), std::strerror(errno)));
}

}  // namespace convict::cli
