#pragma once

#include "sandbox/wire/shared_arena.hpp"

namespace convict::sandbox {

/// From now on a fault of this process leaves its address in `record` before the process dies of
/// it, as long as no plug-in sets handlers of its own. A stack that is full does not matter.
void note_faults_in(volatile FaultRecord& record);

}  // namespace convict::sandbox
