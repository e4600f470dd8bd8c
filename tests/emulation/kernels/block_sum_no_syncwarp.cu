// expected: race in kernel convolve on shared memory
// SPDX-License-Identifier: Apache-2.0
// The last steps trust in lanes that run in step.
#define BLOCK_SUM_NO_SYNCWARP
#include "block_sum.cu"
