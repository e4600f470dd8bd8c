#pragma once

#include <optional>
#include <string>

#include "core/device.hpp"
#include "gpu/runtime/runtime.hpp"

namespace convict::gpu {

/// Why `runtime` offers no device, or nothing.
std::optional<std::string> why_no_device(const Runtime& runtime);

/// The current device of the CUDA runtime. Its stream is non-blocking: work on the legacy default
/// stream is not ordered with it.
class CudaDevice final : public Device {
 public:
  /// Throws EnvironmentError when there is no device.
  explicit CudaDevice(const Runtime& runtime = {});
  ~CudaDevice() override;
  CudaDevice(const CudaDevice&) = delete;
  CudaDevice& operator=(const CudaDevice&) = delete;

  std::string_view name() const override { return "cuda"; }
  bool host_addressable() const override { return false; }
  std::byte* allocate(std::size_t bytes) override;
  void release(std::byte* memory) override;
  void upload(std::byte* device, const std::byte* host, std::size_t bytes) override;
  void download(std::byte* host, const std::byte* device, std::size_t bytes) override;
  void* stream() override { return stream_; }
  void synchronize() override;
  /// By events on the stream (resolution about half a microsecond).
  double time_ms(const std::function<void()>& enqueue) override;
  /// Writes four times the L2 cache, then reads it back: what was cached is gone and nothing is
  /// left to be written back while a kernel is timed.
  void flush_caches() override;

 private:
  Runtime runtime_;
  cudaStream_t stream_ = nullptr;
  cudaEvent_t begin_ = nullptr;
  cudaEvent_t end_ = nullptr;
  std::byte* flushed_ = nullptr;
  std::size_t flushed_bytes_ = 0;
};

/// Reads `bytes` at `memory` on the stream; what it read goes nowhere.
void enqueue_reading(const std::byte* memory, std::size_t bytes, cudaStream_t stream);

}  // namespace convict::gpu
