// expected: race | behind
// SPDX-License-Identifier: Apache-2.0
// Stores beyond the edge of the output.
#define TILE_NO_GUARD
#include "tile_with_halo.cu"
