// SPDX-License-Identifier: Apache-2.0
// Stands for the CUDA header of this name where kernels run on the emulated device.
#pragma once

#include <cassert>
#include <climits>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
// These have isinf, abs and so on for all types outside of std.
#include <math.h>
#include <stdlib.h>

#include "convict_device/addresses.hpp"
#include "convict_device/api.hpp"
#include "convict_device/language.hpp"
#include "convict_device/launch.hpp"
#include "convict_device/math.hpp"
#include "convict_device/more_api.hpp"
#include "convict_device/ptx.hpp"
#include "convict_device/vector_types.hpp"
