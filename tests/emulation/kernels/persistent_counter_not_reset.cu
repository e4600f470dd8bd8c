// expected: elements wrong | never written | uninitialized memory
// SPDX-License-Identifier: Apache-2.0
// The counter is cleared for the first call only.
#define PERSISTENT_COUNTER_NOT_RESET
#include "persistent_blocks.cu"
