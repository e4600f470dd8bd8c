// expected: elements wrong | never written
// SPDX-License-Identifier: Apache-2.0
// The copy takes the rows for dense.
#define PITCH_FORGOTTEN
#include "pitched.cu"
