// SPDX-License-Identifier: Apache-2.0
#include "datasets/files/trial_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include "core/errors.hpp"
#include "datasets/files/lines.hpp"

namespace convict::datasets {
namespace {

std::string system_reason() { return std::generic_category().message(errno); }

/// Owns a file descriptor. Closing it also releases the lock on the file.
class Opened {
 public:
  explicit Opened(int descriptor) : descriptor_(descriptor) {}
  ~Opened() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  operator int() const { return descriptor_; }

 private:
  int descriptor_;
};

std::string contents_of(int descriptor, const std::filesystem::path& path) {
  std::string text;
  std::array<char, 1 << 14> block;
  for (;;) {
    const ssize_t size = ::read(descriptor, block.data(), block.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0)
      throw FileError(fmt::format("cannot read {}: {}", path.string(), system_reason()));
    if (size == 0) return text;
    text.append(block.data(), static_cast<std::size_t>(size));
  }
}

std::vector<Trial> parse(std::string_view text, const std::filesystem::path& path,
                         const std::function<void(const Trial&)>& check) {
  std::vector<Trial> trials;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = without_comment(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    try {
      trials.push_back(parse_trial(line));
      if (check) check(trials.back());
    } catch (const InputError& error) {
      throw FileError(fmt::format("{}:{}: {}", path.string(), number, error.what()));
    }
  }
  return trials;
}

/// Appends all of `text`. On an error the file gets its old length, `size`, back.
void append(int descriptor, std::string_view text, std::size_t size,
            const std::filesystem::path& path) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const std::string reason = system_reason();
      static_cast<void>(!::ftruncate(descriptor, static_cast<off_t>(size)));
      throw EnvironmentError(fmt::format("cannot write to {}: {}", path.string(), reason));
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string comment_line(std::string_view comment) {
  std::string line = "# ";
  for (const char letter : comment) line += letter == '\n' || letter == '\r' ? ' ' : letter;
  return line + '\n';
}

}  // namespace

std::vector<Trial> read_trials(const std::filesystem::path& path,
                               const std::function<void(const Trial&)>& check) {
  const Opened file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file < 0) throw FileError(fmt::format("cannot read {}: {}", path.string(), system_reason()));
  return parse(contents_of(file, path), path, check);
}

bool append_trial(const std::filesystem::path& path, const Trial& trial, std::string_view comment) {
  const Opened file(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (file < 0 || ::flock(file, LOCK_EX) != 0)
    throw EnvironmentError(fmt::format("cannot write to {}: {}", path.string(), system_reason()));
  const std::string text = contents_of(file, path);
  const std::vector<Trial> known = parse(text, path, {});
  if (std::ranges::find(known, trial) != known.end()) return false;
  const bool torn = !text.empty() && text.back() != '\n';
  append(file, (torn ? "\n" : "") + comment_line(comment) + to_string(trial) + '\n', text.size(),
         path);
  return true;
}

}  // namespace convict::datasets
