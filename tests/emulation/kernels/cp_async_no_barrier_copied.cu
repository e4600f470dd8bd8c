// expected: race in kernel convolve | was not waited for
// SPDX-License-Identifier: Apache-2.0
// Uses what other threads copy without a barrier.
#define CP_ASYNC_NO_BARRIER_COPIED
#include "cp_async.cu"
