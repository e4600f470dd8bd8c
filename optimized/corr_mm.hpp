// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/kernel.hpp"

namespace convict::optimized {

/// `optimized.corr_mm`: the GEMM correlation of CorrMM (Theano, tensor/nnet/corr.py) and both its
/// gradients, rank 1 and 2, shared and unshared filters. Forward, per image and group, on a block
/// of output positions at a time:   y = alpha * W im2col(x) + beta * y.
Kernel corr_mm();

/// `optimized.corr3d_mm`: the same for rank 3 and shared filters, as Corr3dMM
/// (Theano, tensor/nnet/corr3d.py).
Kernel corr3d_mm();

}  // namespace convict::optimized
