// expected: elements wrong
// SPDX-License-Identifier: Apache-2.0
// Takes -1 / 2 for the floor: one column too many at the edge.
#define FLOOR_OF_NEGATIVE
#include "blend.cu"
