// expected: was not waited for
// SPDX-License-Identifier: Apache-2.0
// Never waits for the copies.
#define CP_ASYNC_NO_WAIT
#include "cp_async.cu"
