// expected: no multiple of 16 bytes
// SPDX-License-Identifier: Apache-2.0
// The pad makes the rows unaligned.
#define WMMA_UNALIGNED_LEADING
#include "wmma.cu"
