// expected: outside of an array | 'taps'
// SPDX-License-Identifier: Apache-2.0
// The taps have room for filters of 3 x 3 only.
#define TILE_TAPS_TOO_FEW
#include "tile_with_halo.cu"
