// SPDX-License-Identifier: Apache-2.0
// Answers that are wrong, or right in a wrong way.
#include <sys/mman.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "zoo.hpp"

namespace zoo {
namespace {

std::int64_t results(const Problem* p) {
  return p->batch * p->out_channels * p->output[0] * p->output[1] * p->output[2];
}
float* output(const Buffers* b) { return static_cast<float*>(b->output); }

int fill(const Problem* p, const Buffers* b, float value) {
  for (std::int64_t i = 0; i < results(p); ++i) output(b)[i] = value;
  return 0;
}
int answers_nan(const Problem* p, const Buffers* b) { return fill(p, b, std::nanf("")); }
int answers_infinity(const Problem* p, const Buffers* b) {
  return fill(p, b, std::numeric_limits<float>::infinity());
}
int answers_zeros(const Problem* p, const Buffers* b) { return fill(p, b, 0); }
int answers_nothing(const Problem*, const Buffers*) { return 0; }
int answers_half(const Problem* p, const Buffers* b) {
  const std::int64_t at = results(p) / 2;
  const float old = output(b)[at];
  answer_rightly(p, b);
  output(b)[at] = old;
  return 0;
}
int answers_by_chance(const Problem* p, const Buffers* b) {
  static int calls = 0;
  answer_rightly(p, b);
  if (++calls % 2 == 0) output(b)[0] += 1;
  return 0;
}
int answers_and_says_no(const Problem* p, const Buffers* b) { return answer_rightly(p, b), -1; }
int answers_and_refuses(const Problem* p, const Buffers* b) {
  return answer_rightly(p, b), CONVICT_REFUSED;
}

int overwrites_its_input(const Problem* p, const Buffers* b) {
  answer_rightly(p, b);
  static_cast<float*>(b->input)[0] += 1;
  return 0;
}
int overwrites_its_filters(const Problem* p, const Buffers* b) {
  answer_rightly(p, b);
  static_cast<float*>(b->filters)[0] += 1;
  return 0;
}
int writes_one_too_many(const Problem* p, const Buffers* b) {
  answer_rightly(p, b);
  output(b)[results(p)] = 7;
  return 0;
}
int writes_before_its_output(const Problem* p, const Buffers* b) {
  answer_rightly(p, b);
  output(b)[-1] = 7;
  return 0;
}
int adds_what_lies_behind(const Problem* p, const Buffers* b) {
  answer_rightly(p, b);
  const auto elements = p->batch * p->in_channels * p->input[0] * p->input[1] * p->input[2];
  output(b)[0] += static_cast<const float*>(b->input)[elements];
  return 0;
}
int adds_its_workspace(const Problem* p, const Buffers* b) {
  answer_rightly(p, b);
  output(b)[0] += *static_cast<const float*>(b->workspace);
  return 0;
}
std::size_t a_page(const Problem*) { return 4096; }

/// Changes the arguments themselves, which are the worker's.
int changes_its_arguments(const Problem* p, const Buffers* b) {
  answer_rightly(p, b);
  std::memset(const_cast<Problem*>(p), 0xFF, sizeof *p);
  std::memset(const_cast<Buffers*>(b), 0xFF, offsetof(Buffers, message));
  return 0;
}
int remembers_its_first_answer(const Problem* p, const Buffers* b) {
  static float first[64];
  static bool has_answered = false;
  if (!has_answered) {
    answer_rightly(p, b);
    std::memcpy(first, b->output, sizeof(float) * static_cast<std::size_t>(results(p)));
    has_answered = true;
  }
  std::memcpy(b->output, first, sizeof(float) * static_cast<std::size_t>(results(p)));
  return 0;
}
/// Lifts the protection of an operand, and overwrites it.
int unprotects_its_operands(const Problem* p, const Buffers* b) {
  answer_rightly(p, b);
  const auto page = reinterpret_cast<std::uintptr_t>(b->input) & ~std::uintptr_t{4095};
  ::mprotect(reinterpret_cast<void*>(page), 4096, PROT_READ | PROT_WRITE);
  static_cast<float*>(b->input)[0] = 12345;
  return 0;
}

}  // namespace

std::vector<Kind> answers() {
  std::vector<Kind> kinds = {{"answers_nan", answers_nan},
                             {"answers_infinity", answers_infinity},
                             {"answers_zeros", answers_zeros},
                             {"answers_nothing", answers_nothing},
                             {"answers_half", answers_half},
                             {"answers_by_chance", answers_by_chance},
                             {"answers_and_says_no", answers_and_says_no},
                             {"answers_and_refuses", answers_and_refuses},
                             {"overwrites_its_input", overwrites_its_input},
                             {"overwrites_its_filters", overwrites_its_filters},
                             {"writes_one_too_many", writes_one_too_many},
                             {"writes_before_its_output", writes_before_its_output},
                             {"adds_what_lies_behind", adds_what_lies_behind},
                             {"adds_its_workspace", adds_its_workspace},
                             {"changes_its_arguments", changes_its_arguments},
                             {"remembers_its_first_answer", remembers_its_first_answer},
                             {"unprotects_its_operands", unprotects_its_operands}};
  for (Kind& kind : kinds)
    if (kind.run == adds_its_workspace) kind.more.workspace_bytes = a_page;
  return kinds;
}

}  // namespace zoo
