// SPDX-License-Identifier: Apache-2.0
#include "reports/journal/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "core/errors.hpp"
#include "reports/journal/journal_lines.hpp"

namespace convict::reports {
namespace {

std::string system_reason() { return std::strerror(errno); }

/// Takes the lock on the journal for this process; a kill releases it. False when another process
/// has it. File systems without locks (some network mounts) exclude nobody.
bool lock(int descriptor) {
  while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) return true;
  }
  return true;
}

InputError in_use(const std::filesystem::path& path) {
  return InputError(fmt::format(
      "{}: another run is writing to it; wait for its end, or give another --out", path.string()));
}

std::filesystem::path path_in(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error)
    throw EnvironmentError(
        fmt::format("cannot create the folder {}: {}", directory.string(), error.message()));
  return directory / "journal.jsonl";
}

int create(const std::filesystem::path& path) {
  const int descriptor =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor >= 0) return descriptor;
  if (errno != EEXIST)
    throw EnvironmentError(fmt::format("cannot create {}: {}", path.string(), system_reason()));
  const int existing = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool free = existing < 0 || lock(existing);
  if (existing >= 0) ::close(existing);
  if (!free) throw in_use(path);
  throw InputError(fmt::format(
      "{} exists already; give another --out, or --resume to go on with a search", path.string()));
}

/// How much of a journal stays when its run goes on: whole lines up to an end line; nothing of one
/// that was killed within its first line.
std::uintmax_t kept_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw FileError(fmt::format("cannot read {}", path.string()));
  std::uintmax_t kept = 0;
  for (std::string line; std::getline(file, line) && !file.eof();) {
    if (content_of(line).starts_with(R"({"type":"end")")) break;
    kept += line.size() + 1;
  }
  return kept;
}

}  // namespace

Journal::Journal(std::filesystem::path path, int descriptor)
    : path_(std::move(path)), descriptor_(descriptor) {
  if (!lock(descriptor_)) {
    ::close(descriptor_);
    throw in_use(path_);
  }
}

Journal::Journal(Journal&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      begun_(other.begun_),
      keeps_(other.keeps_) {}

Journal Journal::resumed(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / "journal.jsonl";
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (descriptor < 0 && errno == ENOENT)
    throw FileError(fmt::format("cannot read {}: {}", path.string(), system_reason()));
  if (descriptor < 0)
    throw EnvironmentError(fmt::format("cannot write to {}: {}", path.string(), system_reason()));
  Journal journal(path, descriptor);
  journal.keeps_ = kept_bytes(path);
  journal.begun_ = journal.keeps_ > 0;
  return journal;
}

// Braces, not parentheses: the folder is made before the file.
Journal::Journal(const std::filesystem::path& directory)
    : Journal{path_in(directory), create(directory / "journal.jsonl")} {}

Journal::~Journal() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

/// A deleted file takes lines as any other does; they would be lost.
void Journal::require_in_place() const {
  struct stat here {};
  struct stat there {};
  if (::fstat(descriptor_, &here) == 0 && ::stat(path_.c_str(), &there) == 0 &&
      here.st_ino == there.st_ino && here.st_dev == there.st_dev)
    return;
  throw EnvironmentError(
      fmt::format("{} was deleted or moved while the run was writing to it", path_.string()));
}

void Journal::write_line(std::string text) {
  require_in_place();
  if (const auto keeps = std::exchange(keeps_, std::nullopt))
    if (::ftruncate(descriptor_, static_cast<off_t>(*keeps)) != 0)
      throw EnvironmentError(fmt::format("cannot cut {}: {}", path_.string(), system_reason()));
  text += '\n';
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0)
      throw EnvironmentError(
          fmt::format("cannot write to {}: {}", path_.string(), system_reason()));
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

void Journal::begin(const run::RunInfo& info) {
  if (!std::exchange(begun_, true)) write_line(line_of(info));
}
void Journal::trial(const TrialResult& result) { write_line(line_of(result)); }
void Journal::checkpoint(const run::Checkpoint& checkpoint) { write_line(line_of(checkpoint)); }
void Journal::end(const run::RunEnd& end) { write_line(line_of(end)); }

}  // namespace convict::reports
