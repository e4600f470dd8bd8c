// expected: no multiple of
// SPDX-License-Identifier: Apache-2.0
// Pairs of an odd number of channels are not aligned.
#define BFLOAT_MISALIGNED
#include "bfloat.cu"
