// SPDX-License-Identifier: Apache-2.0
// Processes and threads that are left behind. Those that answer rightly pass: what they left is
// ended, and told.
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "zoo.hpp"

namespace zoo {
namespace {

void ignore_signals() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_IGN);
}
/// A process in a session of its own, whose parent has ended.
void start_daemon(void (*live)()) {
  const pid_t between = ::fork();
  if (between == 0) {
    ::setsid();
    if (::fork() == 0) live();
    ::_exit(0);
  }
  ::waitpid(between, nullptr, 0);
}
int leaves_a_daemon(const Problem* p, const Buffers* b) {
  start_daemon(sleep_for_ever);
  return answer_rightly(p, b);
}
int leaves_a_daemon_that_ignores_signals(const Problem* p, const Buffers* b) {
  start_daemon([] {
    ignore_signals();
    sleep_for_ever();
  });
  return answer_rightly(p, b);
}
/// Not all the time, or nothing else would be tried in this run.
int leaves_a_daemon_that_works(const Problem* p, const Buffers* b) {
  start_daemon([] {
    for (volatile int i = 0;; ++i)
      if (i % 100'000 == 0) ::usleep(20'000);
  });
  return answer_rightly(p, b);
}
int leaves_a_child(const Problem* p, const Buffers* b) {
  if (::fork() == 0) sleep_for_ever();
  return answer_rightly(p, b);
}
int leaves_a_dead_child(const Problem* p, const Buffers* b) {
  if (::fork() == 0) ::_exit(0);
  return answer_rightly(p, b);
}
/// Three generations, two children each: never more than 14 of a call.
int leaves_a_family(const Problem* p, const Buffers* b) {
  for (int generation = 0; generation < 3; ++generation) {
    const bool is_first = ::fork() == 0;
    const bool is_child = is_first || ::fork() == 0;
    if (!is_child) return generation == 0 ? answer_rightly(p, b) : (sleep_for_ever(), 0);
  }
  return sleep_for_ever(), 0;
}
int leaves_a_stopped_child(const Problem* p, const Buffers* b) {
  if (::fork() == 0) {
    ::raise(SIGSTOP);
    ::_exit(0);
  }
  return answer_rightly(p, b);
}
int leaves_its_group(const Problem* p, const Buffers* b) {
  ::setpgid(0, 0);
  ::setsid();
  return answer_rightly(p, b);
}
int outlives_its_parent(const Problem* p, const Buffers* b) {
  ::prctl(PR_SET_PDEATHSIG, 0);
  ::signal(SIGTERM, SIG_IGN);
  return answer_rightly(p, b);
}
/// The parent answers wrongly, its child rightly and at the same time.
int answers_from_two_processes(const Problem* p, const Buffers* b) {
  const pid_t child = ::fork();
  answer_rightly(p, b);
  if (child == 0) ::_exit(0);
  return 0;
}

void start_thread(void* (*live)(void*), void* argument = nullptr) {
  pthread_t thread{};
  ::pthread_create(&thread, nullptr, live, argument);
  ::pthread_detach(thread);
}
int leaves_sleeping_threads(const Problem* p, const Buffers* b) {
  for (int i = 0; i < 20; ++i)
    start_thread([](void*) -> void* { return sleep_for_ever(), nullptr; });
  return answer_rightly(p, b);
}
/// A thread of its second call writes when the next one is prepared: between calls all is closed.
int leaves_a_thread_that_writes(const Problem* p, const Buffers* b) {
  static int calls = 0;
  answer_rightly(p, b);
  if (++calls == 2)
    start_thread(
        [](void* output) -> void* {
          ::usleep(50'000);
          for (;;) *static_cast<volatile float*>(output) = 7;
        },
        b->output);
  return 0;
}
const char* waits_when_asked(const Problem* p) { return ::usleep(100'000), refuse_rightly(p); }
int leaves_a_thread_that_forks(const Problem* p, const Buffers* b) {
  start_thread([](void*) -> void* {
    ::usleep(1000);
    if (::fork() == 0) sleep_for_ever();
    return nullptr;
  });
  return answer_rightly(p, b);
}

}  // namespace

std::vector<Kind> processes() {
  std::vector<Kind> kinds = {
      {"leaves_a_daemon", leaves_a_daemon},
      {"leaves_a_daemon_that_ignores_signals", leaves_a_daemon_that_ignores_signals},
      {"leaves_a_daemon_that_works", leaves_a_daemon_that_works},
      {"leaves_a_child", leaves_a_child},
      {"leaves_a_dead_child", leaves_a_dead_child},
      {"leaves_a_family", leaves_a_family},
      {"leaves_a_stopped_child", leaves_a_stopped_child},
      {"leaves_its_group", leaves_its_group},
      {"outlives_its_parent", outlives_its_parent},
      {"answers_from_two_processes", answers_from_two_processes},
      {"leaves_sleeping_threads", leaves_sleeping_threads},
      {"leaves_a_thread_that_writes", leaves_a_thread_that_writes},
      {"leaves_a_thread_that_forks", leaves_a_thread_that_forks}};
  for (Kind& kind : kinds)
    if (kind.run == leaves_a_thread_that_writes) kind.more.refuses = waits_when_asked;
  return kinds;
}

}  // namespace zoo
