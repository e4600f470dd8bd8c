// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/kernel.hpp"

namespace convict::gpu {

/// `gpu.corr_mm`: the GEMM correlation of GpuCorrMM (Theano, gpuarray/blas.py) and both its
/// gradients, rank 1 and 2, shared and unshared filters, in IEEE f64 and f32.
Kernel corr_mm();

/// `gpu.corr3d_mm`: the same for rank 3 and shared filters, as GpuCorr3dMM.
Kernel corr3d_mm();

/// The same for tf32, f16 and bf16, whose products run on tensor cores: their adders truncate
/// (Fasi, Higham, Mikaitis, Pranesh, Numerical behavior of NVIDIA tensor cores, PeerJ CS 7:e330,
/// 2021), after aligning four products at a time or more.
Kernel corr_mm_tensor_core();
Kernel corr3d_mm_tensor_core();

}  // namespace convict::gpu
