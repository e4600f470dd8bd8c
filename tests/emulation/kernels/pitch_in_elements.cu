// expected: behind the end | freed | no device memory | of another block
// SPDX-License-Identifier: Apache-2.0
// The pitch is in bytes, and taken for elements.
#define PITCH_IN_ELEMENTS
#include "pitched.cu"
