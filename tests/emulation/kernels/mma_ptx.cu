// expected: right
// SPDX-License-Identifier: Apache-2.0
// An implicit product of matrices with mma and ldmatrix in inline assembly.
#include <cuda_bf16.h>

#include "convolution.cuh"

__device__ unsigned address_of(const void* shared) {
  return (unsigned)__cvta_generic_to_shared(shared);
}

/// A warp computes 16 filters at 8 outputs with mma.m16n8k16.
__global__ void convolve(Problem p, const float* x, const float* w, float* y) {
  __shared__ alignas(16) __nv_bfloat16 filters[16][16], inputs[8][16];
  const int lane = threadIdx.x, first_k = blockIdx.y * 16;
  const long outputs = (long)p.batch * p.out_pixels(), first = (long)blockIdx.x * 8;
  float sum[4] = {0, 0, 0, 0};
  for (int start = 0; start < p.depth(); start += 16) {
    for (int i = lane; i < 256; i += 32) {
      const int k = first_k + i / 16, at = start + i % 16;
      filters[i / 16][i % 16] =
          __float2bfloat16(k < p.filters && at < p.depth() ? w[(long)k * p.depth() + at] : 0.0f);
    }
    for (int i = lane; i < 128; i += 32) {
      const int at = start + i % 16;
      const long output = first + i / 16;
      float value = 0;
      if (output < outputs && at < p.depth()) {
        const int pixel = output % p.out_pixels(), n = output / p.out_pixels();
        const int s = at % p.columns, r = at / p.columns % p.rows;
        value = input_at(p, x, n, at / p.taps(),
                         pixel / p.out_width * p.stride_y - p.pad_y + r * p.dilation_y,
                         pixel % p.out_width * p.stride_x - p.pad_x + s * p.dilation_x);
      }
      inputs[i / 16][i % 16] = __float2bfloat16(value);
    }
#ifndef MMA_NO_SYNCWARP
    __syncwarp();
#endif
    unsigned a[4], b[2];
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];\n"
                 : "=r"(a[0]), "=r"(a[1]), "=r"(a[2]), "=r"(a[3])
                 : "r"(address_of(&filters[lane % 16][lane / 16 * 8])));
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];\n"
                 : "=r"(b[0]), "=r"(b[1])
                 : "r"(address_of(&inputs[lane % 8][lane / 8 % 2 * 8])));
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};\n"
        : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
    __syncwarp();
  }
  for (int i = 0; i < 4; ++i) {
    const int k = first_k + lane / 4 + i / 2 * 8;
    const long output = first + lane % 4 * 2 + i % 2;
    if (k < p.filters && output < outputs)
      y[(output / p.out_pixels() * p.filters + k) * p.out_pixels() + output % p.out_pixels()] =
          sum[i];
  }
}

static void forward(const Problem& p, const float* x, const float* w, float* y) {
  const long outputs = (long)p.batch * p.out_pixels();
  convolve<<<dim3(blocks_for(outputs, 8), blocks_for(p.filters, 16)), 32>>>(p, x, w, y);
  check(cudaGetLastError());
}

static Limits limits() {
  Limits limits;
  limits.outputs = 30000, limits.input_rounding = CONVICT_BF16;
  return limits;
}
FORWARD_ON_DEVICE(forward, limits())
