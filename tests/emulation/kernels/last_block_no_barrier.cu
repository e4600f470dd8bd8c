// expected: race in kernel convolve | nothing orders
// SPDX-License-Identifier: Apache-2.0
// The counter is raised before all threads have stored.
#define LAST_BLOCK_NO_BARRIER
#include "last_block_done.cu"
