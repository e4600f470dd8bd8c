// SPDX-License-Identifier: Apache-2.0
// The functions that take the line of their call as one more argument, as CUDA declares them, for
// tables of function pointers. A call never chooses these: what is a template, or a template with
// one more parameter, comes second.
#pragma once

#include "more_api.hpp"

template <class T, class... None>
cudaError_t cudaMalloc(T** to, std::size_t bytes, None...) {
  return cudaMalloc(to, bytes, convict_device::Site());
}
template <class T, class... None>
cudaError_t cudaMallocAsync(T** to, std::size_t bytes, cudaStream_t stream, None...) {
  return cudaMallocAsync(to, bytes, stream, convict_device::Site());
}
template <class T, class... None>
cudaError_t cudaHostAlloc(T** to, std::size_t bytes, unsigned flags, None...) {
  return cudaHostAlloc(to, bytes, flags, convict_device::Site());
}
template <class T, class... None>
cudaError_t cudaMallocManaged(T** to, std::size_t bytes, unsigned flags, None...) {
  return cudaMallocManaged(to, bytes, flags, convict_device::Site());
}
template <class = void>
cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  return cudaMemcpy(to, from, bytes, kind, convict_device::Site());
}
template <class = void>
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  return cudaMemcpyAsync(to, from, bytes, kind, stream, convict_device::Site());
}
template <class = void>
cudaError_t cudaMemset(void* to, int value, std::size_t bytes) {
  return cudaMemset(to, value, bytes, convict_device::Site());
}
template <class = void>
cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream) {
  return cudaMemsetAsync(to, value, bytes, stream, convict_device::Site());
}
template <class = void>
cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  return cudaGraphLaunch(executable, stream, convict_device::Site());
}
