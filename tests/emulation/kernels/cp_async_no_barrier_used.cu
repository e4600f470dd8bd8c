// expected: race in kernel convolve
// SPDX-License-Identifier: Apache-2.0
// Copies into a buffer that others still use.
#define CP_ASYNC_NO_BARRIER_USED
#include "cp_async.cu"
