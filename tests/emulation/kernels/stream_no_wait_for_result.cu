// expected: nothing orders
// SPDX-License-Identifier: Apache-2.0
// The result is copied before the kernel has ended.
#define STREAM_NO_WAIT_FOR_RESULT
#include "stream_events.cu"
