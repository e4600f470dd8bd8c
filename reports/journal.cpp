#include "reports/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/errors.hpp"
#include "reports/journal_lines.hpp"

namespace convict::reports {
namespace {

std::string system_reason() { return std::strerror(errno); }

int create(const std::filesystem::path& path) {
  // O_APPEND, so that two processes handed the same directory cannot overwrite each other's lines.
  const int descriptor =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor >= 0) return descriptor;
  if (errno == EEXIST)
    throw InputError(fmt::format("{} exists already; give another --out", path.string()));
  throw EnvironmentError(fmt::format("cannot create {}: {}", path.string(), system_reason()));
}

}  // namespace

Journal::Journal(const std::filesystem::path& directory) : path_(directory / "journal.jsonl") {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error)
    throw EnvironmentError(
        fmt::format("cannot create the folder {}: {}", directory.string(), error.message()));
  descriptor_ = create(path_);
}

Journal::~Journal() { ::close(descriptor_); }

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

void Journal::begin(const RunInfo& info) { write_line(line_of(info)); }
void Journal::trial(const TrialResult& result) { write_line(line_of(result)); }
void Journal::end(const RunEnd& end) { write_line(line_of(end)); }

}  // namespace convict::reports
