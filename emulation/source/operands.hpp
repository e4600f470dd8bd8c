// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include "emulation/source/assembly.hpp"

namespace convict::emulation {

/// Where the functions are that instructions of PTX become.
inline constexpr const char* space = "::convict_device::ptx::";

/// b32, f32 and so on.
const std::set<std::string, std::less<>>& types();
std::string type_name(const std::string& type);

/// A register, operand of the statement, special register or number, as an expression.
std::string value(std::string text);
/// The parts of `{a, b}`, or the operand itself.
std::vector<std::string> values(const std::string& operand);
/// The operand as a value of a type, and the statement that gives an operand one.
std::string as(const std::string& type, const std::string& operand);
std::string set(const std::string& type, const std::string& to, const std::string& expression);
/// `[a+16]` in the state space that the opcode names.
std::string pointer(const std::string& operand, bool is_shared);
bool is_shared(const Instruction& instruction);

// One statement each, or empty: ld and st, red and atom, cp.async, ldmatrix.
std::string memory_access(const Instruction& instruction, const std::string& site);
std::string atomic(const Instruction& instruction, const std::string& site);
std::string asynchronous_copy(const Instruction& instruction, const std::string& site);
std::string load_of_matrices(const Instruction& instruction, const std::string& site);

}  // namespace convict::emulation
