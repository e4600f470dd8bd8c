// expected: nothing orders
// SPDX-License-Identifier: Apache-2.0
// The event is recorded before the kernel is launched.
#define STREAM_EVENT_TOO_EARLY
#include "stream_events.cu"
