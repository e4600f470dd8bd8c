// expected: elements wrong | never written
// SPDX-License-Identifier: Apache-2.0
// Gives the width of the tile where that of the padded row belongs.
#define WMMA_LEADING_DIMENSION
#include "wmma.cu"
