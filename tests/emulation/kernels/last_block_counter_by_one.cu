// expected: race | nothing orders | never written | elements wrong
// SPDX-License-Identifier: Apache-2.0
// The last but one block believes to be the last.
#define LAST_BLOCK_COUNTER_BY_ONE
#include "last_block_done.cu"
