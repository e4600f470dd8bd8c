// expected: behind | before | no device memory | elements wrong
// SPDX-License-Identifier: Apache-2.0
// An index of 8 bits, as one of 32 bits is for a large batch: negative beyond 127.
#define INDEX_OVERFLOW
#include "blend.cu"
