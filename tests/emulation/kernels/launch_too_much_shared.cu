// expected: was refused
// SPDX-License-Identifier: Apache-2.0
// More dynamic shared memory than a kernel gets, and nobody looks at the error.
#define LAUNCH_TOO_MUCH_SHARED
#include "early_return.cu"
