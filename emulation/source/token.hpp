// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace convict::emulation {

/// A piece of preprocessed C++.
struct Token {
  enum class Kind { word, number, text, sign, space, marker };
  Kind kind = Kind::space;
  /// What stands in the source. `text`: a literal with its prefix and quotes; `sign`: one
  /// character; `marker`: a whole line of the preprocessor, without its end; `space`: any white
  /// space.
  std::string_view text;
  int line = 0;              ///< of the user's file
  std::string_view file;     ///< as the compiler names it
  bool from_system = false;  ///< in a header of the system or of the emulated device
};

/// The tokens of what `g++ -E` writes; nothing is left out, so that the texts of all tokens are the
/// source again. `source` must outlive them. Headers below `own_headers` count as the system's.
std::vector<Token> tokens_of(std::string_view source, std::string_view own_headers);

}  // namespace convict::emulation
