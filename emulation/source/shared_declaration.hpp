// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "emulation/source/text.hpp"

namespace convict::emulation {

/// A declaration of shared memory, `extern __shared__ float a[];` or
/// `__shared__ float a[4], b;`, and what stands for it.
struct SharedDeclaration {
  std::size_t first = 0, last = 0;  ///< its tokens, with the semicolon
  std::string type;                 ///< a struct with the declared names as members
  std::string local;                ///< the struct, and a variable for each name
  std::vector<std::pair<std::string, std::string>> uses;  ///< name, expression
};

/// The declaration with `__shared__` at `at`; `number` makes the struct's name unique.
SharedDeclaration shared_declaration(const Text& text, std::size_t at, int number);

}  // namespace convict::emulation
