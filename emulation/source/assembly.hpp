// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "emulation/source/text.hpp"

namespace convict::emulation {

/// An instruction of PTX: `@!p ld.global.f32 a, [b+4]`.
struct Instruction {
  std::string guard;                  ///< `!p` or empty
  std::vector<std::string> words;     ///< of the opcode: ld, global, f32
  std::vector<std::string> operands;  ///< as they stand: `{a, b}`, `[c+16]`, `%0`
  std::string text;                   ///< for messages

  bool has(std::string_view word) const;
  /// The last word of the opcode, which is a type in most instructions.
  const std::string& type() const { return words.back(); }
};

/// The last token of the `asm volatile("...": ...)` whose word is at `at`, its parenthesis.
std::size_t end_of_assembly(const Text& text, std::size_t at);

/// The statement in C++ (emulation/device/include/convict_device/ptx.hpp) that does what the
/// assembly does, without a semicolon. Throws InputError naming an instruction that it does not
/// know.
std::string assembly_as_cpp(const Text& text, std::size_t at);

/// One statement of C++; `site` is an expression. Empty when the instruction is not known.
std::string instruction_as_cpp(const Instruction& instruction, const std::string& site);

}  // namespace convict::emulation
