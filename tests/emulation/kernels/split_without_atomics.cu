// expected: race in kernel convolve
// SPDX-License-Identifier: Apache-2.0
// The blocks add without atomics.
#define SPLIT_WITHOUT_ATOMICS
#include "split_atomics.cu"
