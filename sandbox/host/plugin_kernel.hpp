// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "core/kernel.hpp"
#include "sandbox/wire/protocol.hpp"

namespace convict::sandbox {

/// The kernel `stem.name` with the passes, precisions, layout and claims that a plug-in declares
/// for it. Its functions are empty, because they may only be called in a worker. Throws FileError
/// naming a value that is out of range.
Kernel kernel_of(const KernelRecord& record, std::string_view stem);

}  // namespace convict::sandbox
