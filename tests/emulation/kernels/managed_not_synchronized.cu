// expected: not all rows | elements wrong
// SPDX-License-Identifier: Apache-2.0
// The host reads managed memory before the kernel has ended.
#define MANAGED_NOT_SYNCHRONIZED
#include "managed.cu"
