// expected: all 32 lanes | which not all lanes
// SPDX-License-Identifier: Apache-2.0
// Blocks of 24 threads.
#define WMMA_PART_OF_WARP
#include "wmma.cu"
