// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sandbox/sandbox.hpp"

namespace convict {

/// The kernels of these tests that a worker can be asked for by name.
sandbox::BuiltIns test_built_ins();

}  // namespace convict
