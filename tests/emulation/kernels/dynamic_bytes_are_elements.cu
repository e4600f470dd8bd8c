// expected: 'filter'
// SPDX-License-Identifier: Apache-2.0
// The size of the dynamic shared memory is in elements.
#define DYNAMIC_BYTES_ARE_ELEMENTS
#include "early_return.cu"
