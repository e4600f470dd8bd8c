// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

namespace convict::fuzzing {

/// A file in memory, for functions that read a path. Its contents are replaced again and again.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(::memfd_create("fuzzed", MFD_CLOEXEC)) {
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "memfd_create");
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

  void hold(std::string_view contents) const {
    const auto size = static_cast<off_t>(contents.size());
    if (::ftruncate(descriptor_, 0) != 0 || ::ftruncate(descriptor_, size) != 0 ||
        ::pwrite(descriptor_, contents.data(), contents.size(), 0) != static_cast<ssize_t>(size))
      throw std::system_error(errno, std::generic_category(), "a file in memory");
  }

 private:
  int descriptor_;
};

}  // namespace convict::fuzzing
