// expected: invalid argument | refused
// SPDX-License-Identifier: Apache-2.0
// Filters larger than the constant memory for them.
#define CONSTANT_TOO_SMALL
#include "constant_filters.cu"
