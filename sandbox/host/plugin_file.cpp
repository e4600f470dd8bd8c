// SPDX-License-Identifier: Apache-2.0
#include "sandbox/host/plugin_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/errors.hpp"

namespace convict::sandbox {

PluginFile::PluginFile(const std::string& path)
    // The loader searches the system's folders for a name without a slash.
    : path_(std::filesystem::absolute(path).lexically_normal().string()) {
  const auto state = look();
  if (!state) throw FileError(fmt::format("plug-in {}: {}", path_, std::strerror(ENOENT)));
  state_ = *state;
  file_ = std::make_shared<const Descriptor>(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
}

std::string PluginFile::stem() const { return std::filesystem::path(path_).stem().string(); }

std::optional<PluginFile::State> PluginFile::look() const {
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) {
    if (errno == ENOENT) return std::nullopt;
    throw FileError(fmt::format("plug-in {}: {}", path_, std::strerror(errno)));
  }
  if (!S_ISREG(status.st_mode))
    throw FileError(fmt::format(
        "plug-in {}: not a file; it must be a shared object or a script in Python", path_));
  return State{status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size),
               status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

std::string PluginFile::path_to_load() const {
  const auto state = look();
  if (!state) return fmt::format("/proc/{}/fd/{}", ::getpid(), file_->get());
  if (*state != state_)
    throw FileError(fmt::format("plug-in {}: changed while it was under test; start again", path_));
  return path_;
}

}  // namespace convict::sandbox
