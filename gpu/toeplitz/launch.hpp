// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include "gpu/toeplitz/queue.hpp"

namespace convict::gpu {

/// Queue::im2col and Queue::col2im on a stream. No launch where there are no elements. Errors are
/// reported by cudaPeekAtLastError.
void launch_im2col(const ColumnMap& map, Elements x, Elements columns, cudaStream_t stream);
void launch_col2im(const ColumnMap& map, Elements columns, Scale scale, Elements x,
                   cudaStream_t stream);

}  // namespace convict::gpu
