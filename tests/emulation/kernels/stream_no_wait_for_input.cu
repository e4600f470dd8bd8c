// expected: nothing orders
// SPDX-License-Identifier: Apache-2.0
// The kernel does not wait for the copies.
#define STREAM_NO_WAIT_FOR_INPUT
#include "stream_events.cu"
