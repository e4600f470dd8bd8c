// SPDX-License-Identifier: Apache-2.0
// What the kernels of this folder share: a 2-D f32 forward convolution as a plug-in. Each file
// writes the device's part, `forward`, and ends with FORWARD_ON_DEVICE (the memory is there) or
// FORWARD_OF_HOST (it copies, too). Its first line says what convict must find:
//   // expected: right
//   // expected: WORDS of the verdict | other words
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "plugin.hpp"

struct Problem {
  int batch, channels, height, width, filters, rows, columns, out_height, out_width;
  int stride_y, stride_x, pad_y, pad_x, dilation_y, dilation_x;
  float alpha, beta;

  __host__ __device__ int taps() const { return rows * columns; }
  __host__ __device__ int depth() const { return channels * rows * columns; }
  __host__ __device__ int out_pixels() const { return out_height * out_width; }
  __host__ __device__ long inputs() const { return (long)batch * channels * height * width; }
  __host__ __device__ long weights() const { return (long)filters * depth(); }
  __host__ __device__ long outputs() const { return (long)batch * filters * out_pixels(); }
};

/// The input under a tap, 0 outside.
__device__ inline float input_at(const Problem& p, const float* x, int n, int c, int iy, int ix) {
  if (iy < 0 || iy >= p.height || ix < 0 || ix >= p.width) return 0.0f;
  return x[(((long)n * p.channels + c) * p.height + iy) * p.width + ix];
}
/// Product number `at` of depth() of output (n, k, oy, ox).
__device__ inline float product(const Problem& p, const float* x, const float* w, int n, int k,
                                int oy, int ox, int at) {
  const int s = at % p.columns, r = at / p.columns % p.rows, c = at / p.taps();
  return w[(long)k * p.depth() + at] * input_at(p, x, n, c,
                                                oy * p.stride_y - p.pad_y + r * p.dilation_y,
                                                ox * p.stride_x - p.pad_x + s * p.dilation_x);
}
/// Output number `element`, summed by one thread.
__device__ inline float direct_sum(const Problem& p, const float* x, const float* w, long element) {
  const int ox = (int)(element % p.out_width), oy = (int)(element / p.out_width % p.out_height);
  const int k = (int)(element / p.out_pixels() % p.filters);
  const int n = (int)(element / p.out_pixels() / p.filters);
  float sum = 0;
  for (int at = 0; at < p.depth(); ++at) sum += product(p, x, w, n, k, oy, ox, at);
  return sum;
}

inline void check(cudaError_t error) {
  if (error != cudaSuccess) throw std::runtime_error(cudaGetErrorString(error));
}

struct Limits {
  int depth = 1 << 20, taps = 1 << 20, rows = 1 << 20, columns = 1 << 20;
  long outputs = 1 << 20, weights = 1 << 30;
  bool only_1x1 = false, blends = false, unit_stride = false;
  int input_rounding = 0, accumulator = 0;
  bool nondeterministic = false;
};

inline Problem problem_of(const convict_problem& p) {
  return {(int)p.batch,         (int)p.in_channels, (int)p.input[1],    (int)p.input[2],
          (int)p.out_channels,  (int)p.filter[1],   (int)p.filter[2],   (int)p.output[1],
          (int)p.output[2],     (int)p.stride[1],   (int)p.stride[2],   (int)p.pad_before[1],
          (int)p.pad_before[2], (int)p.dilation[1], (int)p.dilation[2], (float)p.alpha,
          (float)p.beta};
}
inline std::string refusal(const convict_problem& q, const Limits& limits) {
  if (q.rank != 2 || q.groups != 1 || q.unshared || q.flip) return "plain 2-D problems only";
  if (!limits.blends && (q.alpha != 1 || q.beta != 0)) return "no alpha and beta";
  const Problem p = problem_of(q);
  if (p.outputs() == 0 || p.inputs() == 0 || p.weights() == 0) return "nothing to compute";
  if (p.filters > 60000 || p.batch > 60000) return "more than a grid takes along y and z";
  if (p.depth() > limits.depth || p.taps() > limits.taps || p.rows > limits.rows ||
      p.columns > limits.columns || p.outputs() > limits.outputs || p.weights() > limits.weights)
    return "too large";
  if (limits.unit_stride &&
      (p.stride_y != 1 || p.stride_x != 1 || p.dilation_y != 1 || p.dilation_x != 1))
    return "unit stride and dilation only";
  const bool is_1x1 = p.taps() == 1 && p.stride_y == 1 && p.stride_x == 1 && p.pad_y == 0 &&
                      p.pad_x == 0 && p.out_height == p.height && p.out_width == p.width;
  if (limits.only_1x1 && !is_1x1) return "filters of one tap only";
  int devices = 0;
  const cudaError_t error = cudaGetDeviceCount(&devices);
  return error != cudaSuccess ? cudaGetErrorString(error) : "";
}

using Forward = void (*)(const Problem&, const float* x, const float* w, float* y);

/// A piece of device memory.
class DeviceArray {
 public:
  explicit DeviceArray(std::size_t count) { check(cudaMalloc(&data_, count * sizeof(float))); }
  ~DeviceArray() { cudaFree(data_); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;
  float* get() const { return data_; }

 private:
  float* data_ = nullptr;
};

inline void forward_with_copies(Forward forward, const Problem& p, const float* x, const float* w,
                                float* y) {
  const DeviceArray dx(p.inputs()), dw(p.weights()), dy(p.outputs());
  check(cudaMemcpy(dx.get(), x, p.inputs() * sizeof(float), cudaMemcpyHostToDevice));
  check(cudaMemcpy(dw.get(), w, p.weights() * sizeof(float), cudaMemcpyHostToDevice));
  if (p.beta != 0)
    check(cudaMemcpy(dy.get(), y, p.outputs() * sizeof(float), cudaMemcpyHostToDevice));
  forward(p, dx.get(), dw.get(), dy.get());
  check(cudaMemcpy(y, dy.get(), p.outputs() * sizeof(float), cudaMemcpyDeviceToHost));
}

inline const convict_plugin* plugin_of(Forward forward, bool copies, Limits limits) {
  static const convict::plugin::Table table([=] {
    convict::plugin::Row row("forward", [=](const convict::plugin::Call& call) {
      const Problem p = problem_of(call.problem);
      const auto* x = (const float*)call.buffers.input;
      const auto* w = (const float*)call.buffers.filters;
      auto* y = (float*)call.buffers.output;
      if (copies)
        forward_with_copies(forward, p, x, w, y);
      else
        forward(p, x, w, y);
    });
    row.any_strides = false;
    row.refuses = [=](const convict_problem& problem) { return refusal(problem, limits); };
    row.claims.nondeterministic = limits.nondeterministic ? 1 : 0;
    row.claims.input_rounding = limits.input_rounding;
    row.claims.accumulator = limits.accumulator;
    return std::vector<convict::plugin::Row>{row};
  }());
  return table.get();
}

#define FORWARD_PLUGIN(forward, copies, limits)          \
  extern "C" const convict_plugin* convict_plugin_v1() { \
    return plugin_of(forward, copies, limits);           \
  }
/// `forward` gets addresses in the device's memory.
#define FORWARD_ON_DEVICE(forward, limits) FORWARD_PLUGIN(forward, true, limits)
/// `forward` gets addresses in the host's memory.
#define FORWARD_OF_HOST(forward, limits) FORWARD_PLUGIN(forward, false, limits)

inline unsigned blocks_for(long count, long threads) {
  return (unsigned)((count + threads - 1) / threads);
}
