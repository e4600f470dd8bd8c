// expected: before | behind
// SPDX-License-Identifier: Apache-2.0
// Does not look whether the halo lies in the input.
#define TILE_HALO_NOT_GUARDED
#include "tile_with_halo.cu"
