// expected: race in kernel | elements wrong
// SPDX-License-Identifier: Apache-2.0
// The second part begins where the first one is.
#define GRID_STRIDE_OVERLAP
#include "grid_stride.cu"
