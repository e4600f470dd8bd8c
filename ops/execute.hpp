#pragma once

#include "core/kernel.hpp"
#include "ops/array.hpp"
#include "ops/policy.hpp"

namespace convict::ops {

/// Computes one pass of a valid `spec` on the row that selection chooses. Operands in the order of
/// the abstract ops: (img, kern), (kern, top) for grad_input, (img, top) for grad_weights; their
/// shapes must be those of `spec`. Operands of different types are both brought to the wider one
/// first, which is also the type of the result. An empty operand makes a result of zeros. Throws
/// what `select` throws.
Array compute(const ConvSpec& spec, Pass pass, const Array& first, const Array& second,
              const Policy& policy);

/// The same on a given row, whatever selection would say. Throws NoImplementationError with the
/// row's reason when it refuses.
Array compute_on(const Kernel& kernel, const ConvSpec& spec, Pass pass, const Array& first,
                 const Array& second, const Policy& policy);

/// What selection is told about that call.
Problem problem_of(const ConvSpec& spec, Pass pass, Precision precision, const Policy& policy);

}  // namespace convict::ops
