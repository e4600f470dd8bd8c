// SPDX-License-Identifier: Apache-2.0
// One right kernel in CUDA, and the same with one fault each: what the emulated device must find.
// A block of 64 threads computes one element; its threads share the sum over channels and taps.
#include <cuda_runtime.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "plugin.hpp"

namespace {

enum class Fault {
  none,
  no_barrier,        // between the steps of the tree
  small_shared,      // 48 elements for 64 threads
  divergent_barrier, // half of the threads wait, the others elsewhere
  plain_sum,         // all threads add to the result
  between_blocks,    // two blocks add to it
  not_cleared,       // added to what nobody cleared
  host_pointer,      // the filters stay on the host
  misaligned,        // two floats at an odd one
  past_the_end,      // one filter too far
  freed,             // the input is freed before the kernel runs
  too_many_threads,  // and nobody looks at the error
  unordered_copy,    // on a stream that does not wait
  leak,              // of the filters
  failed_assert
};

struct Sizes {
  int n, c, h, w, k, r, s, oh, ow, sh, sw, ph, pw, dh, dw;
};

template <Fault fault>
__device__ float product(const Sizes& g, const float* x, const float* w, int element, int at) {
  const int ox = element % g.ow, oy = element / g.ow % g.oh;
  const int k = element / g.ow / g.oh % g.k, n = element / g.ow / g.oh / g.k;
  const int s = at % g.s, r = at / g.s % g.r, c = at / g.s / g.r;
  const int iy = oy * g.sh - g.ph + r * g.dh, ix = ox * g.sw - g.pw + s * g.dw;
  const int shift = fault == Fault::past_the_end ? 1 : 0;
  const float filter = w[k * g.c * g.r * g.s + at + shift];
  if (fault == Fault::misaligned && at % 2 == 1)
    return reinterpret_cast<const float2*>(w + k * g.c * g.r * g.s + at)->x * 0;
  if (iy < 0 || iy >= g.h || ix < 0 || ix >= g.w) return 0;
  return filter * x[((n * g.c + c) * g.h + iy) * g.w + ix];
}

template <Fault fault>
__global__ void conv(Sizes g, const float* x, const float* w, float* y, int splits) {
  __shared__ float part[fault == Fault::small_shared ? 48 : 64];
  const int element = blockIdx.x / splits, t = threadIdx.x, count = g.c * g.r * g.s;
  float sum = 0;
  for (int at = blockIdx.x % splits * 64 + t; at < count; at += 64 * splits)
    sum += product<fault>(g, x, w, element, at);
  if (fault == Fault::failed_assert) assert(count < 20);
  if (fault == Fault::plain_sum) {
    y[element] += sum;
    return;
  }
  part[t] = sum;
  for (int step = 32; step > 0; step /= 2) {
    if (fault == Fault::divergent_barrier) {
      if (t < step) __syncthreads();
    } else if (fault != Fault::no_barrier) {
      __syncthreads();
    }
    if (t < step) part[t] += part[t + step];
  }
  if (fault == Fault::divergent_barrier) __syncthreads();
  if (t != 0) return;
  if (fault == Fault::between_blocks)
    y[element] += part[0];
  else if (fault == Fault::not_cleared)
    atomicAdd(&y[element], part[0]);
  else
    y[element] = part[0];
}

void check(cudaError_t error) {
  if (error != cudaSuccess) throw std::runtime_error(cudaGetErrorString(error));
}

Sizes sizes_of(const convict_problem& p) {
  const auto number = [](std::int64_t size) { return static_cast<int>(size); };
  return {number(p.batch),       number(p.in_channels), number(p.input[1]),
          number(p.input[2]),    number(p.out_channels), number(p.filter[1]),
          number(p.filter[2]),   number(p.output[1]),   number(p.output[2]),
          number(p.stride[1]),   number(p.stride[2]),   number(p.pad_before[1]),
          number(p.pad_before[2]), number(p.dilation[1]), number(p.dilation[2])};
}

template <Fault fault>
void run(const convict::plugin::Call& call) {
  const Sizes g = sizes_of(call.problem);
  const std::size_t xs = sizeof(float) * g.n * g.c * g.h * g.w;
  const std::size_t ws = sizeof(float) * g.k * g.c * g.r * g.s;
  const std::size_t ys = sizeof(float) * g.n * g.k * g.oh * g.ow;
  if (ys == 0) return;
  float *x = nullptr, *w = nullptr, *y = nullptr;
  check(cudaMalloc(&x, xs));
  check(cudaMalloc(&w, ws));
  check(cudaMalloc(&y, ys));
  cudaStream_t work = nullptr, other = nullptr;
  check(cudaStreamCreateWithFlags(&work, cudaStreamNonBlocking));
  check(cudaStreamCreateWithFlags(&other, cudaStreamNonBlocking));
  check(cudaMemcpyAsync(x, call.buffers.input, xs, cudaMemcpyHostToDevice, work));
  check(cudaMemcpyAsync(w, call.buffers.filters, ws, cudaMemcpyHostToDevice, work));
  if (fault == Fault::plain_sum || fault == Fault::between_blocks)
    check(cudaMemsetAsync(y, 0, ys, work));
  if (fault == Fault::freed) check(cudaFree(x));
  const int splits = fault == Fault::between_blocks ? 2 : 1;
  const int blocks = static_cast<int>(ys / sizeof(float)) * splits;
  const float* const filters =
      fault == Fault::host_pointer ? static_cast<const float*>(call.buffers.filters) : w;
  conv<fault><<<blocks, fault == Fault::too_many_threads ? 2048 : 64, 0, work>>>(g, x, filters, y,
                                                                              splits);
  if (fault != Fault::too_many_threads) check(cudaGetLastError());
  check(cudaMemcpyAsync(call.buffers.output, y, ys, cudaMemcpyDeviceToHost,
                        fault == Fault::unordered_copy ? other : work));
  check(cudaDeviceSynchronize());
  check(cudaStreamDestroy(work));
  check(cudaStreamDestroy(other));
  if (fault != Fault::freed) check(cudaFree(x));
  if (fault != Fault::leak) check(cudaFree(w));
  check(cudaFree(y));
}

template <Fault fault>
convict::plugin::Row row(const char* name) {
  convict::plugin::Row one(name, run<fault>);
  one.any_strides = false;
  one.refuses = [](const convict_problem& p) -> std::string {
    if (p.rank != 2 || p.groups != 1 || p.unshared || p.flip) return "plain 2-D problems only";
    return p.alpha != 1 || p.beta != 0 ? "no alpha, beta" : "";
  };
  return one;
}

}  // namespace

extern "C" const convict_plugin* convict_plugin_v1() {
  static const convict::plugin::Table table([] {
    return std::vector<convict::plugin::Row>{
        row<Fault::none>("right"),
        row<Fault::no_barrier>("no_barrier"),
        row<Fault::small_shared>("small_shared"),
        row<Fault::divergent_barrier>("divergent_barrier"),
        row<Fault::plain_sum>("plain_sum"),
        row<Fault::between_blocks>("between_blocks"),
        row<Fault::not_cleared>("not_cleared"),
        row<Fault::host_pointer>("host_pointer"),
        row<Fault::misaligned>("misaligned"),
        row<Fault::past_the_end>("past_the_end"),
        row<Fault::freed>("freed"),
        row<Fault::too_many_threads>("too_many_threads"),
        row<Fault::unordered_copy>("unordered_copy"),
        row<Fault::leak>("leak"),
        row<Fault::failed_assert>("failed_assert"),
    };
  }());
  return table.get();
}
