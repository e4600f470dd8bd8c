// expected: race in kernel convolve | nothing orders
// SPDX-License-Identifier: Apache-2.0
// No fence before the counter.
#define LAST_BLOCK_NO_FENCE
#include "last_block_done.cu"
