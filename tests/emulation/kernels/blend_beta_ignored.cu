// expected: elements wrong
// SPDX-License-Identifier: Apache-2.0
// Forgets beta.
#define BLEND_BETA_IGNORED
#include "blend.cu"
