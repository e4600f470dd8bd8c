// expected: not cooperative
// SPDX-License-Identifier: Apache-2.0
// The barrier of the grid in an ordinary launch.
#define GROUPS_NOT_COOPERATIVE
#include "groups.cu"
