// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace convict {

/// A source file that is part of the program, so that it needs no data path: convict writes it out
/// where it builds a kernel.
struct SourceText {
  std::string_view path;  ///< relative to the folder that the files are written to
  std::string_view text;
};

}  // namespace convict
