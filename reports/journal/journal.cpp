// SPDX-License-Identifier: Apache-2.0
#include "reports/journal/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
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

int create(const std::filesystem::path& path) {
  // O_APPEND, so that two processes handed the same directory cannot overwrite each other's lines.
  const int descriptor =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor >= 0) return descriptor;
  if (errno == EEXIST)
    throw InputError(
        fmt::format("{} exists already; give another --out, or --resume to go on with a search",
                    path.string()));
  throw EnvironmentError(fmt::format("cannot create {}: {}", path.string(), system_reason()));
}

/// How much of a journal stays when its run goes on: whole lines up to an end line.
std::uintmax_t kept_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw FileError(fmt::format("cannot read {}", path.string()));
  std::uintmax_t kept = 0;
  for (std::string line; std::getline(file, line) && !file.eof();) {
    if (line.starts_with(R"({"type":"end")")) break;
    kept += line.size() + 1;
  }
  return kept;
}

}  // namespace

Journal::Journal(std::filesystem::path path, int descriptor)
    : path_(std::move(path)), descriptor_(descriptor), begun_(true) {}

Journal::Journal(Journal&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      begun_(other.begun_) {}

Journal Journal::resumed(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / "journal.jsonl";
  std::error_code error;
  std::filesystem::resize_file(path, kept_bytes(path), error);
  if (error)
    throw EnvironmentError(fmt::format("cannot cut {}: {}", path.string(), error.message()));
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (descriptor < 0)
    throw EnvironmentError(fmt::format("cannot write to {}: {}", path.string(), system_reason()));
  return {path, descriptor};
}

Journal::Journal(const std::filesystem::path& directory) : path_(directory / "journal.jsonl") {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error)
    throw EnvironmentError(
        fmt::format("cannot create the folder {}: {}", directory.string(), error.message()));
  descriptor_ = create(path_);
}

Journal::~Journal() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Journal::write_line(std::string text) {
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
