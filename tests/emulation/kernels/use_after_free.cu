// expected: freed
// SPDX-License-Identifier: Apache-2.0
// The memory of the filters is freed before the kernel runs.
#define USE_AFTER_FREE
#include "stream_events.cu"
