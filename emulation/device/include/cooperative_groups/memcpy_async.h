// SPDX-License-Identifier: Apache-2.0
// Stands for the CUDA header of this name where kernels run on the emulated device.
#pragma once

#include "../convict_device/groups.hpp"
