// expected: was not waited for
// SPDX-License-Identifier: Apache-2.0
// Lets one group too many be under way.
#define CP_ASYNC_WAIT_BY_ONE
#include "cp_async.cu"
