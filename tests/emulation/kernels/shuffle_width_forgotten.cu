// expected: elements wrong | takes the value
// SPDX-License-Identifier: Apache-2.0
// Takes values over the end of its eight lanes.
#define SHUFFLE_WIDTH_FORGOTTEN
#include "warp_shuffles.cu"
