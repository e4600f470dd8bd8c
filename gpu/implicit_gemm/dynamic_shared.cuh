#pragma once

namespace convict::gpu {

/// The block's dynamic shared memory, aligned to 16 bytes. Kernels ask for it here, not by a
/// declaration of their own, so that tests can run them on the host with memory of their own.
template <class T>
__device__ T* dynamic_shared() {
  extern __shared__ float4 convict_dynamic_shared[];
  return reinterpret_cast<T*>(convict_dynamic_shared);
}

}  // namespace convict::gpu
