#pragma once

#include <optional>
#include <string>

#include "core/device.hpp"
#include "gpu/device/walled_memory.hpp"
#include "gpu/projection/projection.hpp"
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

  std::string_view name() const override { return "cuda"; }
  bool host_addressable() const override { return false; }
  std::byte* allocate(std::size_t bytes) override;
  void release(std::byte* memory) override;
  /// Between holes of the address space, where the driver can map by hand.
  std::optional<Walled> allocate_walled(std::size_t bytes) override;
  void release_walled(const Walled& memory) override;
  void upload(std::byte* device, const std::byte* host, std::size_t bytes) override;
  void download(std::byte* host, const std::byte* device, std::size_t bytes) override;
  void fill(std::byte* memory, unsigned char value, std::size_t bytes) override;
  void copy(std::byte* to, const std::byte* from, std::size_t bytes) override;
  /// By a kernel; one word is downloaded.
  bool equal(const std::byte* a, const std::byte* b, std::size_t bytes) override;
  /// By kernels, for shared filters.
  std::optional<Projected> project(const ProjectionQuestion& question) override;
  void delay(double ms) override;
  void* stream() override { return stream_.get(); }
  /// By stream capture. Calls of other threads are not its concern.
  bool record(const std::function<void()>& enqueue) override;
  void synchronize() override;
  /// By events on the stream (resolution about half a microsecond).
  double time_ms(const std::function<void()>& enqueue) override;
  /// Writes four times the L2 cache, then reads it back: what was cached is gone and nothing is
  /// left to be written back while a kernel is timed.
  void flush_caches() override;
  /// From the device's attributes; arithmetic as on compute capability 9.0, whose units are the
  /// widest this knows (NVIDIA H100 Tensor Core GPU Architecture, table 3).
  Ceiling ceiling(Precision precision) const override;

 private:
  int attribute(cudaDeviceAttr which) const;

  Runtime runtime_;
  std::optional<WalledMemory> walled_;
  bool can_wall_ = true;  ///< until it was tried
  Owned<cudaStream_t> stream_;
  Owned<cudaEvent_t> begin_;
  Owned<cudaEvent_t> end_;
  Owned<void*> flushed_;
  std::size_t flushed_bytes_ = 0;
  projection::Projector projector_{*this, projection::launch_on_device};
};

/// Occupies the stream for so many nanoseconds of the device's clock.
void enqueue_delay(unsigned long long nanoseconds, cudaStream_t stream);

/// Reads `bytes` at `memory` on the stream; what it read goes nowhere.
void enqueue_reading(const std::byte* memory, std::size_t bytes, cudaStream_t stream);

}  // namespace convict::gpu
