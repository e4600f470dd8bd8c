// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/device.hpp"
#include "core/kernel.hpp"
#include "ops/array.hpp"
#include "ops/policy.hpp"

namespace convict::ops {

/// Computes one pass of a valid `spec` with the kernel that selection chooses. Operands in the
/// order of the abstract ops: (img, kern), (kern, top) for grad_input, (img, top) for grad_weights;
/// their shapes must be those of `spec`. Operands of different types are both converted to the
/// wider one first, which is also the type of the result. An empty operand makes a result of zeros.
/// cuDNN chooses its engine as the policy's dnn.conv.algo_* say. Throws what `select` throws.
Array compute(const ConvSpec& spec, Pass pass, const Array& first, const Array& second,
              const Policy& policy);

/// Properties of a call that do not follow from the kernel and the operands.
struct Execution {
  std::optional<Precision> precision{};  ///< of the arithmetic; default: the result's type
  Device* device = nullptr;  ///< of the memory that the kernel takes; default: device_of(kernel)
};

/// The same with a given kernel, without selection. Operands are copied to the memory of the
/// kernel's device, and the result back. Throws NoImplementationError with the kernel's reason when
/// it refuses, EnvironmentError when the device fails.
Array compute_on(const Kernel& kernel, const ConvSpec& spec, Pass pass, const Array& first,
                 const Array& second, const Policy& policy, const Execution& how = {});

/// The problem for which a kernel is selected.
Problem problem_of(const ConvSpec& spec, Pass pass, Precision precision, const Policy& policy);

}  // namespace convict::ops
