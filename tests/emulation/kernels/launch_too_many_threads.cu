// expected: was refused
// SPDX-License-Identifier: Apache-2.0
// Blocks of 1,056 threads, and nobody looks at the error.
#define LAUNCH_TOO_MANY_THREADS
#include "early_return.cu"
