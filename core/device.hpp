// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>

#include "core/precision.hpp"
#include "core/projection_question.hpp"

namespace convict {

/// Upper limits of what a kernel on a device can reach; infinite where they are not known.
struct Ceiling {
  double gflop_per_s = std::numeric_limits<double>::infinity();  ///< of direct arithmetic
  double gbyte_per_s = std::numeric_limits<double>::infinity();  ///< to and from memory
};

/// Device memory between unmapped addresses: an access on either side of it faults.
struct Walled {
  std::byte* begin = nullptr;
  std::size_t bytes = 0;
};

/// The memory and the stream of the processor that a kernel runs on. The judge uses a device only
/// through this interface. Every function throws EnvironmentError when the device fails.
class Device {
 public:
  virtual ~Device() = default;

  virtual std::string_view name() const = 0;
  /// True when the host may read and write the device's memory directly; copies are then not
  /// needed.
  virtual bool host_addressable() const = 0;
  /// Memory aligned to 64 bytes at least.
  virtual std::byte* allocate(std::size_t bytes) = 0;
  virtual void release(std::byte* memory) = 0;
  /// At least `bytes` of memory with unmapped addresses on both sides, or nothing where the device
  /// has no such memory.
  virtual std::optional<Walled> allocate_walled(std::size_t bytes) {
    static_cast<void>(bytes);
    return std::nullopt;
  }
  virtual void release_walled(const Walled& memory) { static_cast<void>(memory); }
  virtual void upload(std::byte* device, const std::byte* host, std::size_t bytes) = 0;
  virtual void download(std::byte* host, const std::byte* device, std::size_t bytes) = 0;
  /// Sets every byte; enqueued on stream().
  virtual void fill(std::byte* memory, unsigned char value, std::size_t bytes) = 0;
  /// Copies within the device; enqueued on stream().
  virtual void copy(std::byte* to, const std::byte* from, std::size_t bytes) = 0;
  /// Whether two blocks of device memory hold the same bits once the work enqueued before is done.
  /// By default both are downloaded and compared piece by piece.
  virtual bool equal(const std::byte* a, const std::byte* b, std::size_t bytes);
  /// Verifies a result in device memory once the work enqueued before is done. Returns nothing
  /// where the device cannot do that (the default), where an operand is no integer, and where there
  /// is no memory for the sums.
  virtual std::optional<Projected> project(const ProjectionQuestion& question) {
    static_cast<void>(question);
    return std::nullopt;
  }
  /// Keeps stream() busy for `ms` milliseconds; what is enqueued afterwards waits.
  virtual void delay(double ms) = 0;
  /// The stream kernels are to use; null on the CPU.
  virtual void* stream() { return nullptr; }
  /// Records the work that `enqueue` puts on stream() as a graph instead of executing it, then
  /// launches the graph on stream(). Returns false where the device cannot record; `enqueue` is
  /// then not called. Throws EnvironmentError when `enqueue` does something that cannot be recorded
  /// (it waits, or allocates).
  virtual bool record(const std::function<void()>& enqueue) {
    static_cast<void>(enqueue);
    return false;
  }
  /// Waits until all enqueued work is done.
  virtual void synchronize() = 0;
  /// Milliseconds that stream() takes for the work that `enqueue` puts on it.
  virtual double time_ms(const std::function<void()>& enqueue) = 0;
  /// Evicts all data from the caches, so that later reads come from memory.
  virtual void flush_caches() = 0;
  virtual Ceiling ceiling(Precision precision) const = 0;
};

/// The CPU and its memory.
Device& host_device();

}  // namespace convict
