// expected: race in kernel convolve
// SPDX-License-Identifier: Apache-2.0
// The matrices are loaded before all lanes have stored their part.
#define MMA_NO_SYNCWARP
#include "mma_ptx.cu"
