// SPDX-License-Identifier: Apache-2.0
// Stands for the CUDA header of this name where kernels run on the emulated device.
#pragma once

#include "convict_device/async_copies.hpp"

/// 4, 8 or 16 bytes, of which the last `zfill` are zero and not read (CUDA C++ Programming Guide,
/// Pipeline Primitives Interface).
inline void __pipeline_memcpy_async(void* to, const void* from, std::size_t bytes,
                                    std::size_t zfill = 0,
                                    convict_device::Site site = convict_device::Site()) {
  if (bytes != 4 && bytes != 8 && bytes != 16)
    convict_device::trap("an asynchronous copy of other than 4, 8 or 16 bytes", site);
  convict_device::copy_asynchronously(to, from, bytes, bytes - zfill, bytes, site);
}
inline void __pipeline_commit() { convict_device::commit_copies(); }
inline void __pipeline_wait_prior(std::size_t groups) {
  convict_device::wait_for_copies(static_cast<unsigned>(groups));
}
