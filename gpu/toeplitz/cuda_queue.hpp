// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/kernel.hpp"
#include "gpu/toeplitz/blas.hpp"
#include "gpu/toeplitz/launch.hpp"
#include "gpu/toeplitz/plan.hpp"

namespace convict::gpu {

/// The functions that launch the kernels and return their status. A test can replace them.
struct Launchers {
  decltype(launch_im2col)* im2col = launch_im2col;
  decltype(launch_col2im)* col2im = launch_col2im;
  cudaError_t (*error)() = cudaPeekAtLastError;
};

/// Enqueues everything on one stream; neither waits nor allocates. Throws KernelError with the
/// description of the first call that fails.
class CudaQueue final : public Queue {
 public:
  CudaQueue(Blas* blas, cudaStream_t stream, const Launchers& launchers = {})
      : blas_(blas), stream_(stream), launchers_(launchers) {}

  void im2col(const ColumnMap& map, Elements x, Elements columns) override;
  void multiply(const Products& products) override { blas_->multiply(products); }
  void col2im(const ColumnMap& map, Elements columns, Scale scale, Elements x) override;

 private:
  void require_launched(const char* kernel) const;

  Blas* blas_;  ///< may be null where there are no products
  cudaStream_t stream_;
  Launchers launchers_;
};

/// Enqueues the planned call on buffers.stream. `blas` may be null for a plan without products.
void call_toeplitz(const ToeplitzPlan& plan, Blas* blas, const Buffers& buffers,
                   const Launchers& launchers = {});

}  // namespace convict::gpu
