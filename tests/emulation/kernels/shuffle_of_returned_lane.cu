// expected: which is not there | mask
// SPDX-License-Identifier: Apache-2.0
// Reads a lane that has returned.
#define SHUFFLE_OF_RETURNED_LANE
#include "warp_shuffles.cu"
