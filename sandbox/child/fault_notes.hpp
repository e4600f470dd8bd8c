// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sandbox/wire/shared_arena.hpp"

namespace convict::sandbox {

/// Installs handlers for SIGSEGV and SIGBUS that write the faulting address to `record` before the
/// process dies of the signal, unless the code under test replaces them. They run on their own
/// stack, so stack overflows are noted, too.
void note_faults_in(volatile FaultRecord& record);

}  // namespace convict::sandbox
