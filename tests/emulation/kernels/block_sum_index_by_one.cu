// expected: 'part' | race | elements wrong
// SPDX-License-Identifier: Apache-2.0
// Adds the neighbour of the right partner.
#define BLOCK_SUM_INDEX_BY_ONE
#include "block_sum.cu"
