// expected: race in kernel convolve on shared memory
// SPDX-License-Identifier: Apache-2.0
// The next row is stored while others still read this one.
#define PERSISTENT_NO_BARRIER
#include "persistent_blocks.cu"
