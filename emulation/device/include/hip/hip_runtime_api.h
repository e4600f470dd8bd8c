// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "hip_runtime.h"
