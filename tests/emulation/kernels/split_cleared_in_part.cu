// expected: never written
// SPDX-License-Identifier: Apache-2.0
// Clears as many bytes as there are elements.
#define SPLIT_CLEARED_IN_PART
#include "split_atomics.cu"
