// expected: elements wrong | never written
// SPDX-License-Identifier: Apache-2.0
// Copies as many bytes as there are weights.
#define CONSTANT_COPIED_IN_PART
#include "constant_filters.cu"
