// expected: divergent barrier
// SPDX-License-Identifier: Apache-2.0
// Only the threads with an output wait.
#define TILE_BARRIER_IN_BRANCH
#include "tile_with_halo.cu"
