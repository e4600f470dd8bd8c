// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <string>

namespace convict::gpu {

/// The functions of the CUDA runtime other than kernel launches. A test can replace them by
/// functions that behave like a broken device.
struct Runtime {
  cudaError_t (*get_device_count)(int*) = cudaGetDeviceCount;
  cudaError_t (*allocate)(void**, std::size_t) = cudaMalloc;
  cudaError_t (*release)(void*) = cudaFree;
  cudaError_t (*copy)(void*, const void*, std::size_t, cudaMemcpyKind,
                      cudaStream_t) = cudaMemcpyAsync;
  cudaError_t (*fill)(void*, int, std::size_t, cudaStream_t) = cudaMemsetAsync;
  cudaError_t (*create_stream)(cudaStream_t*, unsigned) = cudaStreamCreateWithFlags;
  cudaError_t (*destroy_stream)(cudaStream_t) = cudaStreamDestroy;
  cudaError_t (*synchronize)(cudaStream_t) = cudaStreamSynchronize;
  cudaError_t (*last_error)() = cudaGetLastError;
  cudaError_t (*create_event)(cudaEvent_t*) = cudaEventCreate;
  cudaError_t (*destroy_event)(cudaEvent_t) = cudaEventDestroy;
  cudaError_t (*record)(cudaEvent_t, cudaStream_t) = cudaEventRecord;
  cudaError_t (*wait)(cudaEvent_t) = cudaEventSynchronize;
  cudaError_t (*elapsed)(float*, cudaEvent_t, cudaEvent_t) = cudaEventElapsedTime;
  cudaError_t (*begin_capture)(cudaStream_t, cudaStreamCaptureMode) = cudaStreamBeginCapture;
  cudaError_t (*end_capture)(cudaStream_t, cudaGraph_t*) = cudaStreamEndCapture;
  cudaError_t (*destroy_graph)(cudaGraph_t) = cudaGraphDestroy;
  cudaError_t (*instantiate)(cudaGraphExec_t*, cudaGraph_t,
                             unsigned long long) = cudaGraphInstantiate;
  cudaError_t (*destroy_instance)(cudaGraphExec_t) = cudaGraphExecDestroy;
  cudaError_t (*launch)(cudaGraphExec_t, cudaStream_t) = cudaGraphLaunch;
  cudaError_t (*attribute)(int*, cudaDeviceAttr, int) = cudaDeviceGetAttribute;
};

/// Owns a handle of the runtime and releases it.
template <class Handle>
class Owned {
 public:
  explicit Owned(cudaError_t (*destroy)(Handle)) : destroy_(destroy) {}
  ~Owned() {
    if (handle_ != nullptr) static_cast<void>(destroy_(handle_));
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;

  Handle get() const { return handle_; }
  Handle* to_set() { return &handle_; }

 private:
  cudaError_t (*destroy_)(Handle);
  Handle handle_ = nullptr;
};

/// "CALL: cudaErrorName (its description)".
std::string words_of(const char* call, cudaError_t status);

/// Throws EnvironmentError with words_of unless `status` is success. An error that stays with the
/// context (an illegal access) is reported by the next call, whichever it is.
void require(cudaError_t status, const char* call);

}  // namespace convict::gpu
