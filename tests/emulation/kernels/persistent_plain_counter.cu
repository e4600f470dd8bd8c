// expected: race in kernel convolve
// SPDX-License-Identifier: Apache-2.0
// The counter is raised without atomics.
#define PERSISTENT_PLAIN_COUNTER
#include "persistent_blocks.cu"
