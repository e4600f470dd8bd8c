// expected: behind the end | no multiple
// SPDX-License-Identifier: Apache-2.0
// The last vector goes beyond the end.
#define VECTORS_BEYOND_END
#include "vectors_1x1.cu"
