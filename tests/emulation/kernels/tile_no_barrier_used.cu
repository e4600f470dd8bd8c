// expected: race in kernel convolve on shared memory
// SPDX-License-Identifier: Apache-2.0
// Loads the next channel while others still use this one.
#define TILE_NO_BARRIER_USED
#include "tile_with_halo.cu"
