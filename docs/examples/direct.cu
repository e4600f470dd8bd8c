// SPDX-License-Identifier: Apache-2.0
// A convict plug-in in CUDA: convolution by its definition, forward, f32, any strides.
//
//   nvcc -O2 -shared -Xcompiler -fPIC -I<prefix>/include/convict/core direct.cu -o direct.so
//   convict conform --kernel ./direct.so
//
// The buffers are in host memory: run copies them to the device and the result back.
#include <cuda_runtime.h>

#include "plugin.hpp"

namespace {

using convict::plugin::Call;
using convict::plugin::Row;
using convict::plugin::View;

/// sum over c and u of w[k,o,c,u] x[n, g C/G + c, o stride - pad + phi(u) dilation]
__host__ __device__ float output_element(const convict_problem& p, const float* x, const float* w,
                                         std::int64_t n, std::int64_t k, const std::int64_t* o) {
  const std::int64_t *const xs = p.input_strides, *const ws = p.filter_strides;
  const std::int64_t channels = p.in_channels / p.groups;
  x += n * xs[0] + k / (p.out_channels / p.groups) * channels * xs[1];
  w += k * ws[0] + o[0] * ws[1] + o[1] * ws[2] + o[2] * ws[3];
  float sum = 0;
  std::int64_t u[3];
  for (std::int64_t c = 0; c < channels; ++c)
    for (u[0] = 0; u[0] < p.filter[0]; ++u[0])
      for (u[1] = 0; u[1] < p.filter[1]; ++u[1])
        for (u[2] = 0; u[2] < p.filter[2]; ++u[2]) {
          std::int64_t from = c * xs[1];
          bool inside = true;
          for (int a = 0; a < 3; ++a) {
            const std::int64_t tap = p.flip ? p.filter[a] - 1 - u[a] : u[a];
            const std::int64_t at = o[a] * p.stride[a] - p.pad_before[a] + tap * p.dilation[a];
            inside = inside && at >= 0 && at < p.input[a];
            from += at * xs[2 + a];
          }
          if (inside) sum += w[c * ws[4] + u[0] * ws[5] + u[1] * ws[6] + u[2] * ws[7]] * x[from];
        }
  return sum;
}

/// Element `at` of the result in row-major order.
__host__ __device__ void compute(const convict_problem& p, const float* x, const float* w, float* y,
                                 std::int64_t at) {
  std::int64_t o[3];
  for (int a = 2; a >= 0; at /= p.output[a], --a) o[a] = at % p.output[a];
  const std::int64_t k = at % p.out_channels, n = at / p.out_channels;
  const std::int64_t* const ys = p.output_strides;
  y += n * ys[0] + k * ys[1] + o[0] * ys[2] + o[1] * ys[3] + o[2] * ys[4];
  const double old = p.beta == 0 ? 0 : p.beta * *y;
  *y = static_cast<float>(p.alpha * output_element(p, x, w, n, k, o) + old);
}

__global__ void convolve(convict_problem p, const float* x, const float* w, float* y,
                         std::int64_t elements) {
  const std::int64_t step = std::int64_t{gridDim.x} * blockDim.x;
  for (std::int64_t at = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x; at < elements;
       at += step)
    compute(p, x, w, y, at);
}

void check(cudaError_t error) {
  if (error != cudaSuccess) throw std::runtime_error(cudaGetErrorString(error));
}

/// A copy of a tensor on the device, with the same strides and gaps between rows.
class Copy {
 public:
  template <class T, std::size_t Axes>
  explicit Copy(const View<T, Axes>& view) {
    std::int64_t last = 0, elements = 1;
    for (std::size_t a = 0; a < Axes; ++a) {
      last += (view.extents[a] - 1) * view.strides[a];
      elements *= view.extents[a];
    }
    bytes_ = elements == 0 ? 0 : static_cast<std::size_t>(last + 1) * sizeof(T);
    check(cudaMalloc(&memory_, bytes_ + 1));
    check(cudaMemcpy(memory_, view.data, bytes_, cudaMemcpyHostToDevice));
  }
  ~Copy() { cudaFree(memory_); }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;

  float* data() const { return static_cast<float*>(memory_); }
  void bring_back(float* host) const {
    check(cudaMemcpy(host, memory_, bytes_, cudaMemcpyDeviceToHost));
  }

 private:
  void* memory_ = nullptr;
  std::size_t bytes_ = 0;
};

void run(const Call& call) {
  const convict_problem& p = call.problem;
  const auto y = call.output<float>();
  std::int64_t elements = 1;
  for (const std::int64_t extent : y.extents) elements *= extent;
  if (elements == 0) return;
  const Copy on_device_x(call.input<const float>()), on_device_w(call.filters<const float>());
  const Copy on_device_y(y);
  const auto blocks = static_cast<unsigned>(std::min<std::int64_t>((elements + 255) / 256, 65535));
  convolve<<<blocks, 256>>>(p, on_device_x.data(), on_device_w.data(), on_device_y.data(),
                            elements);
  check(cudaGetLastError());
  check(cudaDeviceSynchronize());
  on_device_y.bring_back(y.data);
}

std::string why_no_device() {
  int devices = 0;
  const cudaError_t error = cudaGetDeviceCount(&devices);
  if (error != cudaSuccess) return std::string("no CUDA device: ") + cudaGetErrorString(error);
  return devices > 0 ? "" : "no CUDA device";
}

}  // namespace

extern "C" const convict_plugin* convict_plugin_v1() {
  static const convict::plugin::Table table([] {
    Row row("forward", run);
    row.refuses = [](const convict_problem&) {
      static const std::string why = why_no_device();
      return why;
    };
    return std::vector<Row>{row};
  }());
  return table.get();
}
