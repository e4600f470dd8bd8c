// expected: not the device's
// SPDX-License-Identifier: Apache-2.0
// The kernel gets the address of a copy of the filters in the host.
#define HOST_POINTER_IN_KERNEL
#include "early_return.cu"
