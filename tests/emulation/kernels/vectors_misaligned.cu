// expected: no multiple of
// SPDX-License-Identifier: Apache-2.0
// Vectors of four at any address.
#define VECTORS_MISALIGNED
#include "vectors_1x1.cu"
