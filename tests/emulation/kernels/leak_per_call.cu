// expected: device memory is not freed
// SPDX-License-Identifier: Apache-2.0
// Each call keeps a piece of memory.
#define LEAK_PER_CALL
#include "stream_events.cu"
