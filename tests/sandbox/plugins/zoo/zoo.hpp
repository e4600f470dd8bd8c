// SPDX-License-Identifier: Apache-2.0
// A zoo of hostile kernels, each with one bad habit, which its name says. tests/cli/zoo_test.py
// tries all of them in one run and knows how each must end. None harms the machine: no more than a
// few processes, and no memory beyond what the run allows.
#pragma once

#include <signal.h>
#include <unistd.h>

#include <vector>

#include "core/plugin.h"

extern "C" {
int answer_rightly(const convict_problem* problem, const convict_buffers* buffers);
const char* refuse_rightly(const convict_problem* problem);
}

namespace zoo {

using Problem = convict_problem;
using Buffers = convict_buffers;

struct Kind {
  const char* name;
  int (*run)(const Problem*, const Buffers*);
  convict_kernel more{};  ///< what else it has: plans, refuses, workspace
};

/// The kinds of one file each.
std::vector<Kind> answers();
std::vector<Kind> ends();
std::vector<Kind> faults();
std::vector<Kind> memory();
std::vector<Kind> processes();
std::vector<Kind> states();
std::vector<Kind> words();

inline void sleep_for_ever() {
  for (;;) ::pause();
}
inline void loop_for_ever() {
  volatile bool ended = false;
  while (!ended) {
  }
}

}  // namespace zoo
