// SPDX-License-Identifier: Apache-2.0
#include "datasets/files/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "core/errors.hpp"

namespace convict::datasets {
namespace {

[[noreturn]] void throw_system_error(const std::filesystem::path& path, int error) {
  throw EnvironmentError(
      fmt::format("cannot write '{}': {}", path.string(), std::generic_category().message(error)));
}

/// Renaming over a device or a directory would destroy it.
void require_replaceable(const std::filesystem::path& path) {
  std::error_code ignored;
  const auto status = std::filesystem::status(path, ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    throw EnvironmentError(
        fmt::format("cannot write '{}': it exists and is not a regular file", path.string()));
}

void write_all(int descriptor, std::span<const std::byte> bytes,
               const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_system_error(path, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path path)
    : path_(std::move(path)), partial_(path_.string() + ".partial") {
  require_replaceable(path_);
  descriptor_ = ::open(partial_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) throw_system_error(path_, errno);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(partial_.c_str());
}

void AtomicFile::commit(std::span<const std::byte> contents) {
  write_all(descriptor_, contents, path_);
  if (::fsync(descriptor_) != 0) throw_system_error(path_, errno);
  if (::rename(partial_.c_str(), path_.c_str()) != 0) throw_system_error(path_, errno);
  ::close(descriptor_);
  descriptor_ = -1;
}

}  // namespace convict::datasets
