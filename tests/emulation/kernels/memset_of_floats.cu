// expected: elements wrong
// SPDX-License-Identifier: Apache-2.0
// cudaMemset sets bytes: the sums begin with 0x3f3f3f3f.
#define MEMSET_OF_FLOATS
#include "split_atomics.cu"
