// SPDX-License-Identifier: Apache-2.0
#include "cli/system_limits.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <mutex>
#include <string>
#include <system_error>
#include <vector>

#include "cli/command.hpp"
#include "core/errors.hpp"
#include "core/trial.hpp"
#include "reports/words.hpp"

namespace convict::cli {
namespace {

constexpr rlim_t kib = 1024;
constexpr rlim_t mib = 1024 * kib;
constexpr const char* blas_threads = "OPENBLAS_NUM_THREADS";
/// Below these, libraries crash before they can report that memory is short.
constexpr rlim_t least_address_space = 256 * mib;
constexpr rlim_t least_stack = 1 * mib;
/// What a process had mapped more than at its start, measured with 1, 2 and 8 jobs over the suite
/// core (64-bit Linux, glibc 2.36): 540 MiB, and 100 MiB for each job, rounded up. Most of that are
/// addresses only: stacks, heaps of threads, buffers of OpenBLAS.
constexpr rlim_t address_space = 512 * mib;
constexpr rlim_t address_space_per_job = 128 * mib;

bool blas_was_held = false;

void require_at_least(rlim_t least, int limit, const char* what, const char* option) {
  rlimit now{};
  if (getrlimit(static_cast<__rlimit_resource>(limit), &now) != 0 || now.rlim_cur >= least) return;
  std::array<char, 200> text{};
  const auto end = fmt::format_to_n(text.data(), text.size(),
                                    "convict: the {} is limited to {} KiB (ulimit {}); it must be "
                                    "at least {} KiB\n",
                                    what, now.rlim_cur / kib, option, least / kib);
  [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), end.size);
  _exit(exit_environment);
}

/// Runs before the initializers of libraries that are part of the program, OpenBLAS among them,
/// which starts a thread for every processor. convict gives each call of BLAS one thread, and where
/// memory or threads are short OpenBLAS waits for its threads for ever, or ends the process by
/// SIGINT.
__attribute__((constructor(101))) void before_libraries_start() {
  require_at_least(least_address_space, RLIMIT_AS, "address space", "-v");
  require_at_least(least_stack, RLIMIT_STACK, "stack", "-s");
  if (std::getenv(blas_threads) != nullptr) return;
  blas_was_held = setenv(blas_threads, "1", 0) == 0;
}

/// Threads that only wait, all at the same time.
class WaitingThreads {
 public:
  WaitingThreads() { pthread_attr_init(&attributes_); }
  ~WaitingThreads() {
    {
      const std::scoped_lock lock(mutex_);
      over_ = true;
    }
    end_.notify_all();
    for (const pthread_t thread : threads_) pthread_join(thread, nullptr);
    pthread_attr_destroy(&attributes_);
  }
  WaitingThreads(const WaitingThreads&) = delete;
  WaitingThreads& operator=(const WaitingThreads&) = delete;

  std::size_t number() const { return threads_.size(); }
  /// Starts one more; an error number, or 0.
  int start() {
    pthread_t thread{};
    int error = 0;
    // The least stack depends on the thread-local variables of all libraries; sanitizers have many.
    do {
      pthread_attr_setstacksize(&attributes_, stack_bytes_);
      error = pthread_create(&thread, &attributes_, wait, this);
    } while (error == EINVAL && (stack_bytes_ *= 2) <= most_stack_bytes);
    if (error == 0) threads_.push_back(thread);
    return error;
  }

 private:
  static void* wait(void* argument) {
    auto* const self = static_cast<WaitingThreads*>(argument);
    std::unique_lock lock(self->mutex_);
    self->end_.wait(lock, [&] { return self->over_; });
    return nullptr;
  }

  static constexpr std::size_t most_stack_bytes = 16 * mib;
  std::size_t stack_bytes_ = 64 * kib;
  pthread_attr_t attributes_{};
  std::mutex mutex_;
  std::condition_variable end_;
  bool over_ = false;
  std::vector<pthread_t> threads_;
};

void require_threads(int jobs, std::size_t workers) {
  // A process of its own for each worker, and a fork server; OpenMP keeps the threads of a kernel.
  const std::size_t in_a_job = most_threads + workers * (most_threads + 1);
  const std::size_t needed = static_cast<std::size_t>(jobs) * in_a_job;
  // A plug-in may have thousands of kernels, few of which start threads; and while these threads
  // wait, other programs must be able to start theirs.
  constexpr std::size_t most_tried = 1024;
  WaitingThreads threads;
  while (threads.number() < std::min(needed, most_tried)) {
    const int error = threads.start();
    if (error != 0)
      throw EnvironmentError(
          fmt::format("{} at once take up to {} threads and processes, and the system starts {} "
                      "({}; ulimit -u, "
                      "or a limit of the container); give a smaller --jobs",
                      reports::counted(static_cast<std::size_t>(jobs), "job"), needed,
                      threads.number(), std::generic_category().message(error)));
  }
}

rlim_t mapped_bytes() {
  std::ifstream status("/proc/self/statm");
  rlim_t pages = 0;
  status >> pages;
  return pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

/// Of this process's address space in bytes; RLIM_INFINITY: none.
rlim_t address_space_limit() {
  rlimit limit{};
  return getrlimit(RLIMIT_AS, &limit) == 0 ? limit.rlim_cur : RLIM_INFINITY;
}

void require_address_space(int jobs) {
  const rlim_t allowed = address_space_limit();
  const rlim_t needed =
      mapped_bytes() + address_space + static_cast<rlim_t>(jobs) * address_space_per_job;
  if (allowed < needed)
    throw EnvironmentError(fmt::format(
        "{} at once take about {} MiB of address space, and {} MiB are allowed (ulimit "
        "-v); give a smaller --jobs or a higher limit",
        reports::counted(static_cast<std::size_t>(jobs), "job"), needed / mib, allowed / mib));
}

bool exit_is_expected = true;

void on_exit_of_a_library() {
  if (exit_is_expected) return;
  std::fputs(
      "convict: a library ended this process; if its message above speaks of threads or memory, "
      "give a smaller --jobs\n",
      stderr);
  _exit(exit_environment);
}

/// Why standard output takes nothing more. The stream does not keep the error number of a write
/// that failed earlier, so this writes again.
int output_error() { return write(STDOUT_FILENO, "\n", 1) == 1 ? EIO : errno; }

/// Writes out what is buffered for standard output. False, with a message, when it does not take
/// it, unless the reader has gone away (`| head`).
bool flush_output() {
  std::cout.flush();
  if (std::fflush(stdout) == 0 && std::cout.good() && std::ferror(stdout) == 0) return true;
  const int error = output_error();
  if (error == EPIPE) return true;
  fmt::print(stderr, "convict: cannot write to standard output: {}\n",
             std::generic_category().message(error));
  return false;
}

}  // namespace

void restore_environment() {
  if (blas_was_held) unsetenv(blas_threads);
}

void occupy_standard_streams() {
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(number, F_GETFD) < 0 &&
        open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
      return;
}

void require_room_for_jobs(int jobs, std::size_t workers) {
  require_address_space(jobs);
  require_threads(jobs, workers);
}

void tell_unexpected_exits() {
  exit_is_expected = false;
  std::atexit(on_exit_of_a_library);
}

int end_of_process(int code) {
  exit_is_expected = true;
  if (!flush_output() && code != exit_interrupted) code = exit_environment;
  // As a shared library OpenBLAS started its threads before anything here ran, and its destructor
  // waits for ever for one that found no memory, or that the system did not start.
  if (address_space_limit() != RLIM_INFINITY || code == exit_environment) _exit(code);
  return code;
}

}  // namespace convict::cli
