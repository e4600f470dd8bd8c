// expected: outside of an array | 'tile'
// SPDX-License-Identifier: Apache-2.0
// The tile has room for filters of 5 x 5 only.
#define TILE_TOO_SMALL
#include "tile_with_halo.cu"
