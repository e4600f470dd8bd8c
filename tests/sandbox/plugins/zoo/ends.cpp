// SPDX-License-Identifier: Apache-2.0
// Calls that do not return, or not from where they were made.
#include <pthread.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <cstdlib>
#include <mutex>

#include "zoo.hpp"

namespace zoo {
namespace {

constexpr int connection = 3;  // of the worker to the run

int locks_twice(const Problem*, const Buffers*) {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  ::pthread_mutex_lock(&mutex);
  return ::pthread_mutex_lock(&mutex);
}
int waits_for_a_child(const Problem*, const Buffers*) {
  const pid_t child = ::fork();
  if (child == 0) sleep_for_ever();
  return ::waitpid(child, nullptr, 0) == child ? 0 : 1;
}
int reads_a_pipe(const Problem*, const Buffers*) {
  int ends[2];
  char letter = 0;
  return ::pipe(ends) == 0 && ::read(ends[0], &letter, 1) == 1 ? 0 : 1;
}
int sleeps_in_pieces(const Problem*, const Buffers*) {
  for (;;) ::usleep(1000);
}
int spins(const Problem*, const Buffers*) { return loop_for_ever(), 0; }
int steals_the_next_request(const Problem*, const Buffers*) {
  char bytes[4096];
  return ::recv(connection, bytes, sizeof bytes, 0) > 0 ? 0 : 1;
}
int answers_the_request_itself(const Problem* p, const Buffers* b) {
  answer_rightly(p, b);
  const char nonsense[16] = "done";
  return ::send(connection, nonsense, sizeof nonsense, MSG_NOSIGNAL) > 0 ? 0 : 1;
}
int hangs_up(const Problem* p, const Buffers* b) {
  answer_rightly(p, b);
  return ::shutdown(connection, SHUT_RDWR);
}
int puts_a_pipe_over_its_connection(const Problem* p, const Buffers* b) {
  answer_rightly(p, b);
  int ends[2];
  return ::pipe(ends) == 0 && ::dup2(ends[1], connection) == connection ? 0 : 1;
}
int becomes_another_program(const Problem*, const Buffers*) {
  return ::execl("/bin/sleep", "sleep", "100", nullptr);
}
int becomes_a_program_that_ends(const Problem*, const Buffers*) {
  return ::execl("/bin/true", "true", nullptr);
}
int exits_quickly(const Problem*, const Buffers*) { std::quick_exit(0); }
int exits_in_a_thread(const Problem*, const Buffers*) {
  pthread_t thread{};
  ::pthread_create(
      &thread, nullptr, [](void*) -> void* { ::_exit(3); }, nullptr);
  return sleep_for_ever(), 0;
}
int cancels_its_thread(const Problem*, const Buffers*) {
  ::pthread_cancel(::pthread_self());
  return sleep_for_ever(), 0;
}

int sets_an_alarm(const Problem*, const Buffers*) {
  ::alarm(1);
  itimerval soon{};
  soon.it_value.tv_usec = 1000;
  ::setitimer(ITIMER_REAL, &soon, nullptr);
  return sleep_for_ever(), 0;
}
int uses_up_its_processor_time(const Problem*, const Buffers*) {
  itimerval soon{};
  soon.it_value.tv_usec = 1000;
  ::setitimer(ITIMER_PROF, &soon, nullptr);
  return loop_for_ever(), 0;
}
/// Its handlers run when the process ends, which it does not do by itself.
int hangs_at_exit(const Problem* p, const Buffers* b) {
  std::atexit(loop_for_ever);
  return answer_rightly(p, b);
}
int hangs_at_exit_and_exits(const Problem*, const Buffers*) {
  std::atexit(loop_for_ever);
  std::exit(0);
}

const char* sleeps_when_asked(const Problem*) { return sleep_for_ever(), nullptr; }
std::size_t loops_when_asked_for_workspace(const Problem*) { return loop_for_ever(), 0; }
void* plans_for_ever(const Problem*) { return loop_for_ever(), nullptr; }
void* plans(const Problem*) {
  static int plan = 0;
  return &plan;
}
void destroys_for_ever(void*) { loop_for_ever(); }

}  // namespace

std::vector<Kind> ends() {
  std::vector<Kind> kinds = {{"locks_twice", locks_twice},
                             {"waits_for_a_child", waits_for_a_child},
                             {"reads_a_pipe", reads_a_pipe},
                             {"sleeps_in_pieces", sleeps_in_pieces},
                             {"spins", spins},
                             {"steals_the_next_request", steals_the_next_request},
                             {"answers_the_request_itself", answers_the_request_itself},
                             {"hangs_up", hangs_up},
                             {"puts_a_pipe_over_its_connection", puts_a_pipe_over_its_connection},
                             {"becomes_another_program", becomes_another_program},
                             {"becomes_a_program_that_ends", becomes_a_program_that_ends},
                             {"exits_quickly", exits_quickly},
                             {"exits_in_a_thread", exits_in_a_thread},
                             {"cancels_its_thread", cancels_its_thread},
                             {"sets_an_alarm", sets_an_alarm},
                             {"uses_up_its_processor_time", uses_up_its_processor_time},
                             {"hangs_at_exit", hangs_at_exit},
                             {"hangs_at_exit_and_exits", hangs_at_exit_and_exits}};
  const auto add = [&](const char* name) -> convict_kernel& {
    return kinds.emplace_back(Kind{name, answer_rightly}).more;
  };
  add("sleeps_when_asked").refuses = sleeps_when_asked;
  add("loops_when_asked_for_workspace").workspace_bytes = loops_when_asked_for_workspace;
  add("plans_for_ever").plan_create = plans_for_ever;
  convict_kernel& destroyer = add("destroys_its_plan_for_ever");
  destroyer.plan_create = plans;
  destroyer.plan_destroy = destroys_for_ever;
  return kinds;
}

}  // namespace zoo
