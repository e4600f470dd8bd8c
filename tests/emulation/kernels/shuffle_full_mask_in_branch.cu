// expected: __shfl_down_sync
// SPDX-License-Identifier: Apache-2.0
// Half of the lanes shuffle with the mask of all.
#define SHUFFLE_FULL_MASK_IN_BRANCH
#include "warp_shuffles.cu"
