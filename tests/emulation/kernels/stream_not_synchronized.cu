// expected: elements wrong | had not waited | uninitialized memory
// SPDX-License-Identifier: Apache-2.0
// The host reads the result while it is copied.
#define STREAM_NOT_SYNCHRONIZED
#include "stream_events.cu"
