// SPDX-License-Identifier: Apache-2.0
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
  /// Between unmapped addresses, where the driver can map memory by hand (WalledMemory).
  std::optional<Walled> allocate_walled(std::size_t bytes) override;
  void release_walled(const Walled& memory) override;
  void upload(std::byte* device, const std::byte* host, std::size_t bytes) override;
  void download(std::byte* host, const std::byte* device, std::size_t bytes) override;
  void fill(std::byte* memory, unsigned char value, std::size_t bytes) override;
  void copy(std::byte* to, const std::byte* from, std::size_t bytes) override;
  /// Compared by a kernel; one word is downloaded.
  bool equal(const std::byte* a, const std::byte* b, std::size_t bytes) override;
  /// By kernels, for shared filters.
  std::optional<Projected> project(const ProjectionQuestion& question) override;
  void delay(double ms) override;
  void* stream() override { return stream_.get(); }
  /// By stream capture; calls of other threads are not captured.
  bool record(const std::function<void()>& enqueue) override;
  void synchronize() override;
  /// By events on the stream (resolution about half a microsecond).
  double time_ms(const std::function<void()>& enqueue) override;
  /// Writes a block of four times the size of the L2 cache, then reads it back: what was cached is
  /// evicted, and no write-back is left for the time in which a kernel is measured.
  void flush_caches() override;
  /// From the device's attributes; for arithmetic with the units of compute capability 9.0, the
  /// widest known here (NVIDIA H100 Tensor Core GPU Architecture, table 3).
  Ceiling ceiling(Precision precision) const override;

 private:
  int attribute(cudaDeviceAttr which) const;

  Runtime runtime_;
  std::optional<WalledMemory> walled_;
  bool can_wall_ = true;  ///< false once driver() has returned nothing
  Owned<cudaStream_t> stream_;
  Owned<cudaEvent_t> begin_;
  Owned<cudaEvent_t> end_;
  Owned<void*> flushed_;
  std::size_t flushed_bytes_ = 0;
  projection::Projector projector_{*this, projection::launch_on_device};
};

/// Occupies the stream for the given number of nanoseconds of the device's clock.
void enqueue_delay(unsigned long long nanoseconds, cudaStream_t stream);

/// Reads `bytes` at `memory` on the stream and discards the values.
void enqueue_reading(const std::byte* memory, std::size_t bytes, cudaStream_t stream);

}  // namespace convict::gpu
