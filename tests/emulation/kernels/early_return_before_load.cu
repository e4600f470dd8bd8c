// expected: never written
// SPDX-License-Identifier: Apache-2.0
// Threads return before they have loaded their part of the filter.
#define EARLY_RETURN_BEFORE_LOAD
#include "early_return.cu"
