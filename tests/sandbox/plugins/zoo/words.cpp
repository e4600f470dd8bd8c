// SPDX-License-Identifier: Apache-2.0
// Words that are too many, or that would control a terminal, or that are none.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>

#include "zoo.hpp"

namespace zoo {
namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20;
constexpr const char* evil = "\x1b[2J\a\r\n\x9b\xff words\n";

void flood(std::FILE* stream) {
  const std::string line(mebibyte - 1, 'x');
  for (int i = 0; i < 2; ++i) std::fprintf(stream, "%s\n", line.c_str());
  std::fflush(stream);
}
int floods_standard_output(const Problem* p, const Buffers* b) {
  return flood(stdout), answer_rightly(p, b);
}
int floods_standard_error(const Problem* p, const Buffers* b) {
  return flood(stderr), answer_rightly(p, b);
}
int floods_and_aborts(const Problem*, const Buffers*) {
  flood(stderr);
  std::fprintf(stderr, "the end of it\n");
  std::abort();
}
int dies_with_control_characters(const Problem*, const Buffers*) {
  std::fputs(evil, stderr);
  std::abort();
}
int fails_with_control_characters(const Problem*, const Buffers* b) {
  std::strncpy(b->message, evil, b->message_bytes - 1);
  return 3;
}
int fails_with_words_without_an_end(const Problem*, const Buffers* b) {
  std::memset(b->message, 'x', b->message_bytes);
  return 3;
}
int throws_a_mebibyte(const Problem*, const Buffers*) {
  throw std::runtime_error(std::string(mebibyte, 'x'));
}
int throws_control_characters(const Problem*, const Buffers*) { throw std::runtime_error(evil); }
struct Wordless : std::exception {
  const char* what() const noexcept override { return nullptr; }
};
int throws_without_words(const Problem*, const Buffers*) { throw Wordless(); }
struct Unreadable : std::exception {
  const char* what() const noexcept override { return reinterpret_cast<const char*>(8); }
};
int throws_what_cannot_be_read(const Problem*, const Buffers*) { throw Unreadable(); }
int throws_a_string(const Problem*, const Buffers*) { throw std::string("words"); }

const char* refuses_in_a_mebibyte(const Problem*) {
  static const std::string words(mebibyte, 'x');
  return words.c_str();
}
const char* refuses_without_words(const Problem*) { return ""; }
const char* refuses_with_control_characters(const Problem*) { return evil; }

}  // namespace

std::vector<Kind> words() {
  std::vector<Kind> kinds = {{"floods_standard_output", floods_standard_output},
                             {"floods_standard_error", floods_standard_error},
                             {"floods_and_aborts", floods_and_aborts},
                             {"dies_with_control_characters", dies_with_control_characters},
                             {"fails_with_control_characters", fails_with_control_characters},
                             {"fails_with_words_without_an_end", fails_with_words_without_an_end},
                             {"throws_a_mebibyte", throws_a_mebibyte},
                             {"throws_control_characters", throws_control_characters},
                             {"throws_without_words", throws_without_words},
                             {"throws_what_cannot_be_read", throws_what_cannot_be_read},
                             {"throws_a_string", throws_a_string}};
  const auto add = [&](const char* name) -> convict_kernel& {
    return kinds.emplace_back(Kind{name, answer_rightly}).more;
  };
  add("refuses_in_a_mebibyte").refuses = refuses_in_a_mebibyte;
  add("refuses_without_words").refuses = refuses_without_words;
  add("refuses_with_control_characters").refuses = refuses_with_control_characters;
  return kinds;
}

}  // namespace zoo
