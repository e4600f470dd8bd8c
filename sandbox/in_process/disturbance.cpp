// SPDX-License-Identifier: Apache-2.0
#include "sandbox/in_process/disturbance.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <random>
#include <string_view>

namespace convict::sandbox {
namespace {

constexpr int stop_signal = SIGURG;
constexpr unsigned longest_stop_us = 200;
constexpr unsigned longest_pause_us = 20;

/// Decides how long the threads are stopped; changed by every stop.
std::atomic<std::uint32_t> stops = 0;

void sleep_us(unsigned microseconds) {
  const timespec time{.tv_sec = 0, .tv_nsec = static_cast<long>(microseconds) * 1000};
  ::nanosleep(&time, nullptr);
}

void stop_this_thread(int) {
  const int before = errno;
  const std::uint32_t number = stops.fetch_add(1, std::memory_order_relaxed) * 2654435761U;
  sleep_us((number >> 16) % longest_stop_us);
  errno = before;
}

/// The handler stays: a signal may arrive after the disturbance is over.
void install_handler() {
  struct sigaction now {};
  ::sigaction(stop_signal, nullptr, &now);
  if (now.sa_handler == stop_this_thread) return;
  struct sigaction action {};
  action.sa_handler = stop_this_thread;
  action.sa_flags = SA_RESTART;
  ::sigaction(stop_signal, &action, nullptr);
}

pid_t this_thread() { return static_cast<pid_t>(::syscall(SYS_gettid)); }

/// Lists the threads of this process without allocating memory: a stopped thread may hold the
/// allocator's lock.
class ThreadList {
 public:
  ThreadList() : directory_(::open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}
  ~ThreadList() {
    if (directory_ >= 0) ::close(directory_);
  }
  ThreadList(const ThreadList&) = delete;
  ThreadList& operator=(const ThreadList&) = delete;

  template <class Visit>
  void for_each(Visit visit) {
    if (directory_ < 0 || ::lseek(directory_, 0, SEEK_SET) < 0) return;
    alignas(dirent64) std::array<char, 4096> entries;
    for (;;) {
      const long length = ::syscall(SYS_getdents64, directory_, entries.data(), entries.size());
      if (length <= 0) return;
      for (long at = 0; at < length;) {
        const auto* const entry = reinterpret_cast<const dirent64*>(entries.data() + at);
        const std::string_view name = entry->d_name;
        pid_t thread = 0;
        if (std::from_chars(name.data(), name.data() + name.size(), thread).ec == std::errc{} &&
            thread > 0)
          visit(thread);
        at += entry->d_reclen;
      }
    }
  }

 private:
  int directory_;
};

}  // namespace

Disturbance::Disturbance(std::uint32_t seed, Of of) {
  if (seed == 0) return;
  install_handler();
  if (of == Of::this_call) {
    ThreadList().for_each([&](pid_t thread) { spared_.push_back(thread); });
    std::erase(spared_, this_thread());
    std::ranges::sort(spared_);
  }
  disturber_ = std::thread([this, seed] { disturb(seed); });
  const bool one_processor = seed % 2 == 1;
  cpu_set_t before;
  const int processor = ::sched_getcpu();
  if (!one_processor || processor < 0 || ::sched_getaffinity(0, sizeof before, &before) != 0)
    return;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<std::size_t>(processor), &one);
  if (::sched_setaffinity(0, sizeof one, &one) == 0) processors_ = before;
}

Disturbance::~Disturbance() {
  if (!disturber_.joinable()) return;
  over_ = true;
  disturber_.join();
  if (processors_) ::sched_setaffinity(0, sizeof *processors_, &*processors_);
}

void Disturbance::disturb(std::uint32_t seed) {
  sigset_t own;
  ::sigemptyset(&own);
  ::sigaddset(&own, stop_signal);
  ::pthread_sigmask(SIG_BLOCK, &own, nullptr);
  ::prctl(PR_SET_TIMERSLACK, 1000UL);  // ns; by default sleeps last 50 us longer
  ThreadList threads;
  std::minstd_rand random(seed);
  const pid_t process = ::getpid();
  const pid_t self = this_thread();
  while (!over_) {
    threads.for_each([&](pid_t thread) {
      if (over_ || thread == self || std::ranges::binary_search(spared_, thread)) return;
      if (random() % 2 == 0) ::syscall(SYS_tgkill, process, thread, stop_signal);
    });
    sleep_us(static_cast<unsigned>(random()) % longest_pause_us);
  }
}

}  // namespace convict::sandbox
