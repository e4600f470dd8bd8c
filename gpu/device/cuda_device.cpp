// SPDX-License-Identifier: Apache-2.0
#include "gpu/device/cuda_device.hpp"

#include <fmt/format.h>

#include <new>

#include "core/errors.hpp"
#include "gpu/device/device.hpp"

namespace convict::gpu {

std::optional<std::string> why_no_device(const Runtime& runtime) {
  int count = 0;
  const cudaError_t status = runtime.get_device_count(&count);
  if (status != cudaSuccess) return "no CUDA device: " + words_of("cudaGetDeviceCount", status);
  if (count == 0) return "no CUDA device: the driver knows none";
  return std::nullopt;
}

CudaDevice::CudaDevice(const Runtime& runtime)
    : runtime_(runtime),
      stream_(runtime.destroy_stream),
      begin_(runtime.destroy_event),
      end_(runtime.destroy_event),
      flushed_(runtime.release) {
  if (const auto why = gpu::why_no_device(runtime_)) throw EnvironmentError(*why);
  require(runtime_.create_stream(stream_.to_set(), cudaStreamNonBlocking),
          "cudaStreamCreateWithFlags");
  require(runtime_.create_event(begin_.to_set()), "cudaEventCreate");
  require(runtime_.create_event(end_.to_set()), "cudaEventCreate");
}

std::byte* CudaDevice::allocate(std::size_t bytes) {
  void* memory = nullptr;
  const cudaError_t status = runtime_.allocate(&memory, bytes);
  if (status == cudaErrorMemoryAllocation) {
    static_cast<void>(runtime_.last_error());  // else the next launch would report it again
    throw std::bad_alloc();
  }
  require(status, "cudaMalloc");
  return static_cast<std::byte*>(memory);
}

void CudaDevice::release(std::byte* memory) { static_cast<void>(runtime_.release(memory)); }

std::optional<Walled> CudaDevice::allocate_walled(std::size_t bytes) {
  if (!walled_ && can_wall_) {
    const auto calls = driver();
    can_wall_ = calls.has_value();
    if (calls) walled_.emplace(*calls, 0);
  }
  if (!walled_) return std::nullopt;
  return walled_->allocate(bytes);
}

void CudaDevice::release_walled(const Walled& memory) {
  if (walled_) walled_->release(memory);
}

void CudaDevice::upload(std::byte* device, const std::byte* host, std::size_t bytes) {
  require(runtime_.copy(device, host, bytes, cudaMemcpyHostToDevice, stream_.get()),
          "cudaMemcpyAsync");
  synchronize();
}

void CudaDevice::download(std::byte* host, const std::byte* device, std::size_t bytes) {
  require(runtime_.copy(host, device, bytes, cudaMemcpyDeviceToHost, stream_.get()),
          "cudaMemcpyAsync");
  synchronize();
}

void CudaDevice::fill(std::byte* memory, unsigned char value, std::size_t bytes) {
  require(runtime_.fill(memory, value, bytes, stream_.get()), "cudaMemsetAsync");
}

void CudaDevice::copy(std::byte* to, const std::byte* from, std::size_t bytes) {
  require(runtime_.copy(to, from, bytes, cudaMemcpyDeviceToDevice, stream_.get()),
          "cudaMemcpyAsync");
}

bool CudaDevice::equal(const std::byte* a, const std::byte* b, std::size_t bytes) {
  return projector_.equal(a, b, bytes);
}

std::optional<Projected> CudaDevice::project(const ProjectionQuestion& question) {
  return projector_.project(question);
}

void CudaDevice::delay(double ms) {
  enqueue_delay(static_cast<unsigned long long>(ms * 1e6), stream_.get());
}

bool CudaDevice::record(const std::function<void()>& enqueue) {
  Owned<cudaGraph_t> graph(runtime_.destroy_graph);
  Owned<cudaGraphExec_t> instance(runtime_.destroy_instance);
  require(runtime_.begin_capture(stream_.get(), cudaStreamCaptureModeThreadLocal),
          "cudaStreamBeginCapture");
  try {
    enqueue();
  } catch (...) {
    static_cast<void>(runtime_.end_capture(stream_.get(), graph.to_set()));
    static_cast<void>(runtime_.last_error());
    throw;
  }
  require(runtime_.end_capture(stream_.get(), graph.to_set()), "cudaStreamEndCapture");
  require(runtime_.instantiate(instance.to_set(), graph.get(), 0), "cudaGraphInstantiate");
  require(runtime_.launch(instance.get(), stream_.get()), "cudaGraphLaunch");
  synchronize();  // an instance must not be destroyed while it runs
  return true;
}

void CudaDevice::synchronize() {
  require(runtime_.synchronize(stream_.get()), "cudaStreamSynchronize");
  require(runtime_.last_error(), "after the kernel");
}

double CudaDevice::time_ms(const std::function<void()>& enqueue) {
  require(runtime_.record(begin_.get(), stream_.get()), "cudaEventRecord");
  enqueue();
  require(runtime_.record(end_.get(), stream_.get()), "cudaEventRecord");
  require(runtime_.wait(end_.get()), "cudaEventSynchronize");
  float elapsed = 0;
  require(runtime_.elapsed(&elapsed, begin_.get(), end_.get()), "cudaEventElapsedTime");
  return static_cast<double>(elapsed);
}

void CudaDevice::flush_caches() {
  if (flushed_.get() == nullptr) {
    flushed_bytes_ = 4 * static_cast<std::size_t>(attribute(cudaDevAttrL2CacheSize));
    *flushed_.to_set() = allocate(flushed_bytes_);
  }
  require(runtime_.fill(flushed_.get(), 0, flushed_bytes_, stream_.get()), "cudaMemsetAsync");
  enqueue_reading(static_cast<const std::byte*>(flushed_.get()), flushed_bytes_, stream_.get());
  synchronize();
}

int CudaDevice::attribute(cudaDeviceAttr which) const {
  int value = 0;
  require(runtime_.attribute(&value, which, 0), "cudaDeviceGetAttribute");
  return value;
}

Ceiling CudaDevice::ceiling(Precision precision) const {
  const auto flops_per_cycle = [&] {  // of one multiprocessor, dense
    switch (precision) {
      case Precision::f64: return 256.0;
      case Precision::f32: return 256.0;
      case Precision::tf32: return 2048.0;
      default: return 4096.0;
    }
  };
  const double ghz = attribute(cudaDevAttrClockRate) * 1e-6;
  const double memory_ghz = attribute(cudaDevAttrMemoryClockRate) * 1e-6;
  const double bus_bytes = attribute(cudaDevAttrGlobalMemoryBusWidth) / 8.0;
  constexpr double transfers_per_cycle = 2;
  return {.gflop_per_s = flops_per_cycle() * ghz * attribute(cudaDevAttrMultiProcessorCount),
          .gbyte_per_s = transfers_per_cycle * memory_ghz * bus_bytes};
}

std::optional<std::string> why_no_device() {
  static const std::optional<std::string> why = why_no_device(Runtime{});
  return why;
}

std::vector<std::pair<std::string, std::string>> device_facts() {
  if (const auto why = why_no_device()) return {{"gpu", *why}};
  cudaDeviceProp properties{};
  int driver = 0;
  int runtime = 0;
  require(cudaGetDeviceProperties(&properties, 0), "cudaGetDeviceProperties");
  require(cudaDriverGetVersion(&driver), "cudaDriverGetVersion");
  require(cudaRuntimeGetVersion(&runtime), "cudaRuntimeGetVersion");
  const auto version = [](int number) {
    return fmt::format("{}.{}", number / 1000, number % 1000 / 10);
  };
  return {{"gpu", fmt::format("{}, compute capability {}.{}, {} MiB", properties.name,
                              properties.major, properties.minor, properties.totalGlobalMem >> 20)},
          {"cuda", fmt::format("driver for {}, runtime {}", version(driver), version(runtime))}};
}

Device& device() {
  static CudaDevice device;
  return device;
}

}  // namespace convict::gpu
