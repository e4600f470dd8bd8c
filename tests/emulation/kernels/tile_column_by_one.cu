// expected: race in kernel convolve | elements wrong
// SPDX-License-Identifier: Apache-2.0
// Reads one column to the right.
#define TILE_COLUMN_BY_ONE
#include "tile_with_halo.cu"
