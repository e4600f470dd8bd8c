// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace convict::gpu {

/// The block's dynamic shared memory, aligned to 16 bytes. Kernels call this function instead of
/// declaring the memory themselves, so that tests can run them on the host with other memory.
template <class T>
__device__ T* dynamic_shared() {
  extern __shared__ float4 convict_dynamic_shared[];
  return reinterpret_cast<T*>(convict_dynamic_shared);
}

}  // namespace convict::gpu
