// expected: race in kernel convolve on shared memory
// SPDX-License-Identifier: Apache-2.0
// Uses the tile before all of it is loaded.
#define TILE_NO_BARRIER_LOADED
#include "tile_with_halo.cu"
