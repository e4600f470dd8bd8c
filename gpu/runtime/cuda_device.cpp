#include "gpu/runtime/cuda_device.hpp"

#include <new>

#include "core/errors.hpp"
#include "gpu/device.hpp"

namespace convict::gpu {

std::optional<std::string> why_no_device(const Runtime& runtime) {
  int count = 0;
  const cudaError_t status = runtime.get_device_count(&count);
  if (status != cudaSuccess) return "no CUDA device: " + words_of("cudaGetDeviceCount", status);
  if (count == 0) return "no CUDA device: the driver knows none";
  return std::nullopt;
}

CudaDevice::CudaDevice(const Runtime& runtime) : runtime_(runtime) {
  if (const auto why = gpu::why_no_device(runtime_)) throw EnvironmentError(*why);
  require(runtime_.create_stream(&stream_, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
  require(runtime_.create_event(&begin_), "cudaEventCreate");
  require(runtime_.create_event(&end_), "cudaEventCreate");
}

CudaDevice::~CudaDevice() {
  if (flushed_ != nullptr) static_cast<void>(runtime_.release(flushed_));
  for (const cudaEvent_t event : {begin_, end_})
    if (event != nullptr) static_cast<void>(runtime_.destroy_event(event));
  if (stream_ != nullptr) static_cast<void>(runtime_.destroy_stream(stream_));
}

std::byte* CudaDevice::allocate(std::size_t bytes) {
  void* memory = nullptr;
  const cudaError_t status = runtime_.allocate(&memory, bytes);
  if (status == cudaErrorMemoryAllocation) {
    static_cast<void>(runtime_.last_error());  // it would be told again at the next launch
    throw std::bad_alloc();
  }
  require(status, "cudaMalloc");
  return static_cast<std::byte*>(memory);
}

void CudaDevice::release(std::byte* memory) { static_cast<void>(runtime_.release(memory)); }

void CudaDevice::upload(std::byte* device, const std::byte* host, std::size_t bytes) {
  require(runtime_.copy(device, host, bytes, cudaMemcpyHostToDevice, stream_), "cudaMemcpyAsync");
  synchronize();
}

void CudaDevice::download(std::byte* host, const std::byte* device, std::size_t bytes) {
  require(runtime_.copy(host, device, bytes, cudaMemcpyDeviceToHost, stream_), "cudaMemcpyAsync");
  synchronize();
}

void CudaDevice::synchronize() {
  require(runtime_.synchronize(stream_), "cudaStreamSynchronize");
  require(runtime_.last_error(), "after the kernel");
}

double CudaDevice::time_ms(const std::function<void()>& enqueue) {
  require(runtime_.record(begin_, stream_), "cudaEventRecord");
  enqueue();
  require(runtime_.record(end_, stream_), "cudaEventRecord");
  require(runtime_.wait(end_), "cudaEventSynchronize");
  float elapsed = 0;
  require(runtime_.elapsed(&elapsed, begin_, end_), "cudaEventElapsedTime");
  return static_cast<double>(elapsed);
}

void CudaDevice::flush_caches() {
  if (flushed_ == nullptr) {
    int cache = 0;
    require(runtime_.attribute(&cache, cudaDevAttrL2CacheSize, 0), "cudaDeviceGetAttribute");
    flushed_bytes_ = 4 * static_cast<std::size_t>(cache);
    flushed_ = allocate(flushed_bytes_);
  }
  require(runtime_.fill(flushed_, 0, flushed_bytes_, stream_), "cudaMemsetAsync");
  enqueue_reading(flushed_, flushed_bytes_, stream_);
  synchronize();
}

std::optional<std::string> why_no_device() {
  static const std::optional<std::string> why = why_no_device(Runtime{});
  return why;
}

Device& device() {
  static CudaDevice device;
  return device;
}

}  // namespace convict::gpu
