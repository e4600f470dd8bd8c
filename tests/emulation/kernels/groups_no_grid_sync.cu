// expected: race in kernel convolve
// SPDX-License-Identifier: Apache-2.0
// The parts are added before all blocks have stored them.
#define GROUPS_NO_GRID_SYNC
#include "groups.cu"
