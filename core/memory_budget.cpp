// SPDX-License-Identifier: Apache-2.0
#include "core/memory_budget.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <optional>

namespace convict {
namespace {

constexpr auto unlimited = std::numeric_limits<std::size_t>::max();

std::optional<std::size_t> number_in(const std::string& path) {
  std::ifstream file(path);
  std::size_t number = 0;
  return file >> number ? std::optional(number) : std::nullopt;  // "max" is none
}

/// The number behind `key` in a file of lines "KEY NUMBER"; 0 if there is none.
std::size_t number_of(const std::string& path, std::string_view key) {
  std::ifstream file(path);
  std::string word;
  for (std::size_t number = 0; file >> word >> number; file.ignore(256, '\n'))
    if (word == key) return number;
  return 0;
}

/// What the limits of a control group and of those around it leave. Memory of files that are in no
/// use can be had as well.
std::size_t left_by_group(const std::string& root, std::string group, bool is_second_version) {
  const auto* const limit = is_second_version ? "/memory.max" : "/memory.limit_in_bytes";
  const auto* const usage = is_second_version ? "/memory.current" : "/memory.usage_in_bytes";
  const auto* const files = is_second_version ? "inactive_file" : "total_inactive_file";
  std::size_t least = unlimited;
  for (;;) {
    const std::string folder = root + group;
    const auto most = number_in(folder + limit);
    const auto used = number_in(folder + usage);
    if (most && used) {
      const std::size_t kept = *used - std::min(*used, number_of(folder + "/memory.stat", files));
      least = std::min(least, *most - std::min(*most, kept));
    }
    if (group.empty() || group == "/") return least;
    group.erase(group.rfind('/'));
  }
}

/// Lines of /proc/self/cgroup (cgroups(7)): "4:memory:/a/b" of version 1, "0::/a/b" of version 2.
std::size_t left_by_groups() {
  std::size_t least = unlimited;
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const std::string group = line.substr(second + 1);
    if (controllers == ",,") least = std::min(least, left_by_group("/sys/fs/cgroup", group, true));
    if (controllers.find(",memory,") != std::string::npos)
      least = std::min(least, left_by_group("/sys/fs/cgroup/memory", group, false));
  }
  return least;
}

}  // namespace

std::size_t available_memory() {
  constexpr std::size_t kibibyte = 1024;
  std::size_t bytes = number_of("/proc/meminfo", "MemAvailable:") * kibibyte;
  if (bytes == 0)
    bytes = static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) *
            static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return std::min(bytes, left_by_groups());
}

std::string memory_text(double bytes) {
  constexpr std::array units = {"KiB", "MiB", "GiB"};
  constexpr double step = 1024;
  std::size_t unit = 0;
  for (bytes /= step; unit + 1 < units.size() && bytes >= step / 10; bytes /= step) ++unit;
  constexpr double few = 10;
  return fmt::format("{:.{}f} {}", bytes, bytes < few ? 1 : 0, units[unit]);
}

MemoryBudget& MemoryBudget::of_process() {
  constexpr std::size_t part = 4;
  static MemoryBudget budget(available_memory() / part);
  return budget;
}

std::optional<std::string> MemoryBudget::why_too_large(std::string_view what, double bytes) const {
  if (bytes <= static_cast<double>(bytes_)) return std::nullopt;
  return fmt::format(
      "too large here: {} {:.0f} bytes ({}); the trials of a run may have {} together", what, bytes,
      memory_text(bytes), memory_text(static_cast<double>(bytes_)));
}

void MemoryBudget::lessen(Share& share, std::size_t bytes) {
  taken_ -= share.bytes_ - bytes;
  if (const auto held = held_.find(share.holder_); held != held_.end()) {
    held->second -= share.bytes_ - bytes;
    if (held->second == 0) held_.erase(held);
  }
  share.bytes_ = bytes;
  changed_.notify_all();
}

void MemoryBudget::enlarge(Share& share, std::size_t bytes) {
  lessen(share, 0);  // of the thread that had it
  share.holder_ = std::this_thread::get_id();
  share.bytes_ = bytes;
  held_[share.holder_] += bytes;
  taken_ += bytes;
}

void MemoryBudget::give_back(Share& share, std::size_t bytes_left) {
  const std::scoped_lock lock(mutex_);
  lessen(share, bytes_left);
}

bool MemoryBudget::all_holders_wait() const {
  return std::ranges::all_of(held_, [&](const auto& held) {
    return held.second < small || std::ranges::find(waiting_, held.first) != waiting_.end();
  });
}

void MemoryBudget::take(Share& share, std::size_t bytes) {
  if (bytes <= share.bytes_) return give_back(share, bytes);
  std::unique_lock lock(mutex_);
  if (bytes < small) return enlarge(share, bytes);
  const auto me = std::this_thread::get_id();
  const std::size_t mine = share.holder_ == me ? share.bytes_ : 0;
  const auto own = held_.find(me);
  const std::size_t others = own == held_.end() ? 0 : own->second - mine;
  const double wanted = static_cast<double>(others) + static_cast<double>(bytes);
  if (auto why = why_too_large("it takes", wanted)) throw TooLarge(*why);
  waiting_.push_back(me);
  changed_.notify_all();
  changed_.wait(lock, [&] {
    const bool fits = taken_ - share.bytes_ + bytes <= bytes_;
    return fits || (waiting_.front() == me && all_holders_wait());
  });
  std::erase(waiting_, me);
  const std::size_t more = bytes - share.bytes_;
  if (const std::size_t now = available_memory(); more > now) {
    changed_.notify_all();
    throw TooLarge(fmt::format("too large here: it takes {} bytes, and {} are available now", bytes,
                               memory_text(static_cast<double>(now))));
  }
  enlarge(share, bytes);
}

}  // namespace convict
