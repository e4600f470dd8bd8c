// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cublas_api.h>

#include <cstddef>
#include <memory>

#include "gpu/runtime/library.hpp"
#include "gpu/toeplitz/queue.hpp"

namespace convict::gpu {

/// The functions of cuBLAS used here. A test can replace them.
struct BlasCalls {
  decltype(cublasCreate_v2)* create = nullptr;
  decltype(cublasDestroy_v2)* destroy = nullptr;
  decltype(cublasSetPointerMode_v2)* set_pointer_mode = nullptr;
  decltype(cublasSetAtomicsMode)* set_atomics_mode = nullptr;
  decltype(cublasSetMathMode)* set_math_mode = nullptr;
  decltype(cublasSetStream_v2)* set_stream = nullptr;
  decltype(cublasSetWorkspace_v2)* set_workspace = nullptr;
  decltype(cublasGemmStridedBatchedEx_64)* multiply = nullptr;
  decltype(cublasGetStatusName)* status_name = nullptr;
  decltype(cublasGetStatusString)* status_text = nullptr;
};

/// Throws EnvironmentError naming a function that the library lacks. `library` must outlive the
/// calls.
BlasCalls blas_calls(const Library& library);

/// A cuBLAS handle for one precision, which selects the arithmetic of products:
///   f64, f32     IEEE arithmetic in every phase (pedantic): an f32 product is never one of tf32
///   tf32         f32 operands may be rounded to tf32; sums are kept in f32
///   f16, bf16    sums are kept in f32, also where cuBLAS splits a product
/// Its functions throw KernelError with the name of the failed call and cuBLAS' description.
class Blas {
 public:
  Blas(const BlasCalls& calls, Precision precision);

  /// Call it before the products of a call: setting a stream resets the workspace of the handle.
  void use(cudaStream_t stream, std::byte* workspace, std::size_t bytes);
  void multiply(const Products& products);

 private:
  void require(cublasStatus_t status, const char* call) const;

  BlasCalls calls_;
  Precision precision_;
  std::unique_ptr<cublasContext, decltype(cublasDestroy_v2)*> handle_;
};

}  // namespace convict::gpu
