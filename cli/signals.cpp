// SPDX-License-Identifier: Apache-2.0
#include "cli/signals.hpp"

#include <unistd.h>

#include <csignal>
#include <cstring>

#include "cli/command.hpp"
#include "run/run_suite.hpp"

namespace convict::cli {
namespace {

std::atomic<bool> stop = false;
std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);

void write_text(const char* text) {
  [[maybe_unused]] const auto written = write(STDERR_FILENO, text, std::strlen(text));
}

void on_interrupt(int) {
  if (interrupted.exchange(true)) _exit(exit_interrupted);
  stop = true;
}

/// A file would become larger than the system allows (ulimit -f). The write fails as well, and so
/// may those of the orderly end: these signals do not end the process as a second Ctrl-C does.
void on_file_too_large(int) {
  interrupted = true;
  stop = true;
}

bool is_ignored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void on_death(int signal) {
  write_text("\nconvict: a kernel crashed this process. Trials that were under way:\n");
  run::for_each_trial_in_flight([](const char* line) {
    write_text("  ");
    write_text(line);
    write_text("\n");
  });
  write_text(
      "The journal has all results before. In a worker process (convict conform --sandbox, convict "
      "fuzz,\nconvict replay) a crash ends only its trial.\n");
  std::signal(signal, SIG_DFL);
  raise(signal);
}

}  // namespace

void handle_signals() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  if (!is_ignored(SIGHUP))
    sigaction(SIGHUP, &action, nullptr);  // nohup lets a run outlive its terminal
  action.sa_handler = on_file_too_large;
  sigaction(SIGXFSZ, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
#if !defined(__SANITIZE_ADDRESS__)  // its report has more details
  action.sa_handler = on_death;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT})
    sigaction(signal, &action, nullptr);
#else
  static_cast<void>(on_death);
#endif
}

const std::atomic<bool>& stop_requested() { return stop; }
void request_stop() { stop = true; }
bool interrupted_by_user() { return interrupted; }

}  // namespace convict::cli
