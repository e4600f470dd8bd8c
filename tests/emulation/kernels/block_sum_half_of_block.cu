// expected: elements wrong
// SPDX-License-Identifier: Apache-2.0
// Leaves out the first product.
#define BLOCK_SUM_HALF_OF_BLOCK
#include "block_sum.cu"
