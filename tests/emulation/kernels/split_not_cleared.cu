// expected: never written
// SPDX-License-Identifier: Apache-2.0
// The sums begin with what is there.
#define SPLIT_NOT_CLEARED
#include "split_atomics.cu"
