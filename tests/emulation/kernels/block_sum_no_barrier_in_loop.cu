// expected: race in kernel convolve on shared memory
// SPDX-License-Identifier: Apache-2.0
// No barrier between the steps of the tree.
#define BLOCK_SUM_NO_BARRIER_IN_LOOP
#include "block_sum.cu"
