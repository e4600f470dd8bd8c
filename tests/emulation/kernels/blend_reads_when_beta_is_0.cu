// expected: never written
// SPDX-License-Identifier: Apache-2.0
// Multiplies the old result by 0.
#define BLEND_READS_WHEN_BETA_IS_0
#include "blend.cu"
