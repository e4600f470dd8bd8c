// SPDX-License-Identifier: Apache-2.0
#include "gpu/toeplitz/kernels.cuh"
#include "gpu/toeplitz/launch.hpp"

namespace convict::gpu {
namespace {

template <class T>
void im2col(const ColumnMap& map, Elements x, Elements columns, cudaStream_t stream) {
  im2col_kernel<<<blocks_for(map.fill_threads()), threads_per_block, 0, stream>>>(
      map, reinterpret_cast<const T*>(x.data), reinterpret_cast<T*>(columns.data));
}

template <class Accumulator, class Result>
void col2im(const ColumnMap& map, Elements columns, Scale scale, Elements x, cudaStream_t stream) {
  const Scaling<Accumulator> scaling{static_cast<Accumulator>(scale.alpha),
                                     static_cast<Accumulator>(scale.beta)};
  col2im_kernel<<<blocks_for(map.gather_threads()), threads_per_block, 0, stream>>>(
      map, reinterpret_cast<const Accumulator*>(columns.data), scaling,
      reinterpret_cast<Result*>(x.data));
}

}  // namespace

void launch_im2col(const ColumnMap& map, Elements x, Elements columns, cudaStream_t stream) {
  if (map.fill_threads() == 0) return;
  switch (bytes_of(x.type)) {
    case 8: return im2col<double>(map, x, columns, stream);
    case 4: return im2col<float>(map, x, columns, stream);
    default: return im2col<std::uint16_t>(map, x, columns, stream);
  }
}

void launch_col2im(const ColumnMap& map, Elements columns, Scale scale, Elements x,
                   cudaStream_t stream) {
  if (map.gather_threads() == 0) return;
  switch (x.type) {
    case Precision::f64: return col2im<double, double>(map, columns, scale, x, stream);
    case Precision::f16: return col2im<float, f16>(map, columns, scale, x, stream);
    case Precision::bf16: return col2im<float, bf16>(map, columns, scale, x, stream);
    default: return col2im<float, float>(map, columns, scale, x, stream);
  }
}

}  // namespace convict::gpu
