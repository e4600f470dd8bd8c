// SPDX-License-Identifier: Apache-2.0
#include "gpu/toeplitz/blas.hpp"

#include <fmt/format.h>

#include "core/errors.hpp"

namespace convict::gpu {
namespace {

cublasComputeType_t compute_type(Precision precision) {
  switch (precision) {
    case Precision::f64: return CUBLAS_COMPUTE_64F_PEDANTIC;
    case Precision::f32: return CUBLAS_COMPUTE_32F_PEDANTIC;
    case Precision::tf32: return CUBLAS_COMPUTE_32F_FAST_TF32;
    default: return CUBLAS_COMPUTE_32F;
  }
}

cublasMath_t math_mode(Precision precision) {
  if (precision == Precision::f64 || precision == Precision::f32) return CUBLAS_PEDANTIC_MATH;
  return CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION;
}

cudaDataType data_type(Precision type) {
  switch (type) {
    case Precision::f64: return CUDA_R_64F;
    case Precision::f16: return CUDA_R_16F;
    case Precision::bf16: return CUDA_R_16BF;
    default: return CUDA_R_32F;
  }
}

cublasOperation_t operation(const Matrices& matrices) {
  return matrices.transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
}

/// alpha or beta in the type in which cuBLAS reads it.
struct Factor {
  double wide;
  float narrow;
  const void* as(Precision precision) const {
    return precision == Precision::f64 ? static_cast<const void*>(&wide) : &narrow;
  }
};
Factor factor(double value) { return {value, static_cast<float>(value)}; }

}  // namespace

BlasCalls blas_calls(const Library& library) {
  BlasCalls calls;
  library.bind(calls.create, "cublasCreate_v2");
  library.bind(calls.destroy, "cublasDestroy_v2");
  library.bind(calls.set_pointer_mode, "cublasSetPointerMode_v2");
  library.bind(calls.set_atomics_mode, "cublasSetAtomicsMode");
  library.bind(calls.set_math_mode, "cublasSetMathMode");
  library.bind(calls.set_stream, "cublasSetStream_v2");
  library.bind(calls.set_workspace, "cublasSetWorkspace_v2");
  library.bind(calls.multiply, "cublasGemmStridedBatchedEx_64");
  library.bind(calls.status_name, "cublasGetStatusName");
  library.bind(calls.status_text, "cublasGetStatusString");
  return calls;
}

Blas::Blas(const BlasCalls& calls, Precision precision)
    : calls_(calls), precision_(precision), handle_(nullptr, calls.destroy) {
  cublasHandle_t handle = nullptr;
  require(calls_.create(&handle), "cublasCreate");
  handle_.reset(handle);
  require(calls_.set_pointer_mode(handle, CUBLAS_POINTER_MODE_HOST), "cublasSetPointerMode");
  require(calls_.set_atomics_mode(handle, CUBLAS_ATOMICS_NOT_ALLOWED), "cublasSetAtomicsMode");
  require(calls_.set_math_mode(handle, math_mode(precision)), "cublasSetMathMode");
}

void Blas::use(cudaStream_t stream, std::byte* workspace, std::size_t bytes) {
  require(calls_.set_stream(handle_.get(), stream), "cublasSetStream");
  require(calls_.set_workspace(handle_.get(), workspace, bytes), "cublasSetWorkspace");
}

/// cuBLAS is column-major and reads every row-major matrix as its transpose, so the call computes
/// C^T = B^T A^T.
void Blas::multiply(const Products& p) {
  const Factor alpha = factor(p.scale.alpha), beta = factor(p.scale.beta);
  require(calls_.multiply(handle_.get(), operation(p.b), operation(p.a), p.columns, p.rows, p.depth,
                          alpha.as(precision_), p.b.elements.data, data_type(p.b.elements.type),
                          p.b.stride, p.b.next, p.a.elements.data, data_type(p.a.elements.type),
                          p.a.stride, p.a.next, beta.as(precision_), p.c.elements.data,
                          data_type(p.c.elements.type), p.c.stride, p.c.next, p.count,
                          compute_type(precision_), CUBLAS_GEMM_DEFAULT),
          "cublasGemmStridedBatchedEx");
}

void Blas::require(cublasStatus_t status, const char* call) const {
  if (status != CUBLAS_STATUS_SUCCESS)
    throw KernelError(
        fmt::format("{}: {} ({})", call, calls_.status_name(status), calls_.status_text(status)));
}

}  // namespace convict::gpu
