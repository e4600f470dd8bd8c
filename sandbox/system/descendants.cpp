// SPDX-License-Identifier: Apache-2.0
#include "sandbox/system/descendants.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "sandbox/system/descriptor.hpp"

namespace convict::sandbox {
namespace {

/// Empty when the process is gone.
std::string contents_of(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  std::array<char, 4096> chunk{};
  for (;;) {
    const auto length = file.get() < 0 ? 0 : ::read(file.get(), chunk.data(), chunk.size());
    if (length <= 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(length));
  }
}

/// The number that follows the first `label` in `text` and optional blanks; else 0.
std::size_t number_behind(std::string_view text, std::string_view label) {
  const std::size_t at = text.find(label);
  if (at == std::string_view::npos) return 0;
  text.remove_prefix(at + label.size());
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  std::size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// Resident memory of a process in bytes.
struct Resident {
  std::size_t own = 0;     ///< anonymous memory, and of files
  std::size_t shared = 0;  ///< memory that may be other processes' as well
};

/// What /proc/PID/status says.
Resident resident_of(pid_t process) {
  const std::string text = contents_of(fmt::format("/proc/{}/status", process));
  const auto bytes = [&](std::string_view label) { return number_behind(text, label) << 10; };
  return {.own = bytes("\nRssAnon:\t") + bytes("\nRssFile:\t"), .shared = bytes("\nRssShmem:\t")};
}

/// Every page divided by the number of processes that map it (proportional set size). The system
/// walks through all pages to compute it.
Resident proportional_of(pid_t process) {
  const std::string text = contents_of(fmt::format("/proc/{}/smaps_rollup", process));
  const auto bytes = [&](std::string_view label) { return number_behind(text, label) << 10; };
  const std::size_t shared = bytes("\nPss_Shmem:");
  return {.own = bytes("\nPss:") - shared, .shared = shared};
}

using FileId = std::pair<dev_t, ino_t>;

std::size_t bytes_in(const struct stat& file) {
  constexpr std::size_t block_bytes = 512;
  return static_cast<std::size_t>(file.st_blocks) * block_bytes;
}

/// Adds the files in memory that a process holds open and that are not in `counted`.
std::size_t open_memory(pid_t process, std::set<FileId>& counted) {
  std::size_t bytes = 0;
  std::error_code error;
  const std::filesystem::path files = fmt::format("/proc/{}/fd", process);
  for (std::filesystem::directory_iterator entry(files, error), end; !error && entry != end;
       entry.increment(error)) {
    struct stat file {};
    struct statfs system {};
    const char* const path = entry->path().c_str();
    if (::stat(path, &file) != 0 || !S_ISREG(file.st_mode) || ::statfs(path, &system) != 0)
      continue;
    const bool in_memory = system.f_type == TMPFS_MAGIC || system.f_type == HUGETLBFS_MAGIC;
    if (in_memory && counted.emplace(file.st_dev, file.st_ino).second) bytes += bytes_in(file);
  }
  return bytes;
}

std::vector<pid_t> processes_below(pid_t ancestor) {
  std::vector<pid_t> found = children_of(ancestor);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::vector<pid_t> more = children_of(found[i]);
    found.insert(found.end(), more.begin(), more.end());
  }
  return found;
}

std::vector<pid_t> listed_children_of(pid_t process) {
  std::vector<pid_t> children;
  std::error_code error;
  const std::filesystem::path tasks = fmt::format("/proc/{}/task", process);
  for (std::filesystem::directory_iterator task(tasks, error), end; !error && task != end;
       task.increment(error)) {
    const std::string text = contents_of(task->path() / "children");
    const char* at = text.data();
    const char* const last = at + text.size();
    for (pid_t child = 0; at < last; ++at) {
      const auto [behind, failed] = std::from_chars(at, last, child);
      if (failed != std::errc{}) break;
      children.push_back(child);
      at = behind;
    }
  }
  return children;
}

/// For kernels that do not list children: looks at the parent of every process.
std::vector<pid_t> found_children_of(pid_t process) {
  std::vector<pid_t> children;
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/proc", error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    pid_t id = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), id).ec != std::errc{}) continue;
    // "PID (NAME) STATE PARENT ..."; the name may hold anything, also blanks and parentheses.
    const std::string stat = contents_of(fmt::format("/proc/{}/stat", id));
    const std::size_t name_end = stat.rfind(')');
    if (name_end == std::string::npos || name_end + 4 >= stat.size()) continue;
    const auto parent = number_behind(std::string_view(stat).substr(name_end + 3), " ");
    if (static_cast<pid_t>(parent) == process) children.push_back(id);
  }
  return children;
}

}  // namespace

std::vector<pid_t> children_of(pid_t process) {
  static const bool listed =
      std::filesystem::exists(fmt::format("/proc/self/task/{}/children", ::getpid()));
  return listed ? listed_children_of(process) : found_children_of(process);
}

std::size_t living_below(pid_t ancestor) {
  const auto lives = [](pid_t process) {
    const std::string status = contents_of(fmt::format("/proc/{}/status", process));
    const std::size_t at = status.find("\nState:\t");
    return at != std::string::npos && status.find_first_of("ZX", at) != at + 8;
  };
  const std::vector<pid_t> processes = processes_below(ancestor);
  return static_cast<std::size_t>(std::ranges::count_if(processes, lives));
}

pid_t session_of(pid_t process) { return std::max<pid_t>(::getsid(process), 0); }

/// statm holds "size resident shared ..." in pages.
std::size_t anonymous_bytes(pid_t process) {
  static const auto page_bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::string text = contents_of(fmt::format("/proc/{}/statm", process));
  const std::size_t resident = number_behind(text, " ");
  const std::size_t second = text.find(' ');
  if (second == std::string::npos) return 0;
  const std::size_t shared = number_behind(std::string_view(text).substr(second + 1), " ");
  return (resident - std::min(resident, shared)) * page_bytes;
}

std::size_t memory_below(pid_t ancestor, int but_for, std::size_t enough) {
  const std::vector<pid_t> processes = processes_below(ancestor);
  struct stat left_out {};
  std::set<FileId> counted;
  std::size_t left_out_bytes = 0;
  if (::fstat(but_for, &left_out) == 0) {
    counted.emplace(left_out.st_dev, left_out.st_ino);
    left_out_bytes = bytes_in(left_out);
  }
  std::size_t opened = 0;
  for (const pid_t process : processes) opened += open_memory(process, counted);
  const auto sum = [&](Resident (*measure)(pid_t)) {
    Resident all;
    for (const pid_t process : processes) {
      const Resident one = measure(process);
      all.own += one.own;
      all.shared += one.shared;
    }
    // How much of the left out file a process maps is not known.
    return all.own + std::max(opened, all.shared - std::min(all.shared, left_out_bytes));
  };
  const std::size_t bytes = sum(resident_of);
  return bytes <= enough || processes.size() < 2 ? bytes : sum(proportional_of);
}

int end_children(const std::function<bool(pid_t)>& is_one, double most_s) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::duration<double>(most_s);
  int ended = 0;
  while (Clock::now() < deadline) {
    std::vector<pid_t> children = children_of(::getpid());
    std::erase_if(children, [&](pid_t child) { return !is_one(child); });
    if (children.empty()) break;
    for (const pid_t child : children) ::kill(child, SIGKILL);
    for (const pid_t child : children) {
      if (::waitpid(child, nullptr, WNOHANG) != 0)
        ++ended;
      else
        ::usleep(200);
    }
  }
  return ended;
}

}  // namespace convict::sandbox
