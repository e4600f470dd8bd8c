// expected: never written
// SPDX-License-Identifier: Apache-2.0
// The last partial tiles have no block.
#define TILE_GRID_ROUNDS_DOWN
#include "tile_with_halo.cu"
