#pragma once

#include <string_view>

#include "core/kernel.hpp"
#include "oracle/custody/protocol.hpp"

namespace convict::oracle {

/// The row `stem.name` with the passes, precisions, layout and claims that a plug-in's kernel
/// declares of itself. Its functions are empty: they can only be reached through custody. Throws
/// FileError naming the value that is out of range.
Kernel row_of(const RowRecord& record, std::string_view stem);

}  // namespace convict::oracle
