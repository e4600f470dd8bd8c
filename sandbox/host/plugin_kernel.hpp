#pragma once

#include <string_view>

#include "core/kernel.hpp"
#include "sandbox/wire/protocol.hpp"

namespace convict::sandbox {

/// The row `stem.name` with the passes, precisions, layout and claims that a plug-in's kernel
/// declares of itself. Its functions are empty: they can only be reached through sandbox. Throws
/// FileError naming the value that is out of range.
Kernel row_of(const KernelRecord& record, std::string_view stem);

}  // namespace convict::sandbox
