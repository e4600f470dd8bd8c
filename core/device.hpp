#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>

#include "core/precision.hpp"
#include "core/projection_question.hpp"

namespace convict {

/// What no kernel on a device exceeds; infinite where that is not known.
struct Ceiling {
  double gflop_per_s = std::numeric_limits<double>::infinity();  ///< of direct arithmetic
  double gbyte_per_s = std::numeric_limits<double>::infinity();  ///< to and from memory
};

/// Memory of a device between addresses that nothing may touch.
struct Walled {
  std::byte* begin = nullptr;
  std::size_t bytes = 0;
};

/// Memory and ordering of the place a kernel runs. The judge reaches a device only through this.
/// Every function throws EnvironmentError when the device fails.
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
  /// At least `bytes` whose neighbours on both sides are a fault of the device, or nothing where
  /// it has no such memory.
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
  /// Whether both memories of the device hold the same bits, after what was enqueued before. By
  /// default they are downloaded and compared, piece by piece.
  virtual bool equal(const std::byte* a, const std::byte* b, std::size_t bytes);
  /// Judges a result where it lies, after what was enqueued before. Nothing where the device cannot
  /// (by default), or not this: an operand is no integer, there is no memory for the sums.
  virtual std::optional<Projected> project(const ProjectionQuestion& question) {
    static_cast<void>(question);
    return std::nullopt;
  }
  /// Keeps stream() busy for so long; what is enqueued afterwards waits.
  virtual void delay(double ms) = 0;
  /// The stream kernels are to use; null on the CPU.
  virtual void* stream() { return nullptr; }
  /// Records what `enqueue` puts on stream() instead of doing it, and then puts the recording there
  /// as one. False where the device cannot record: nothing was called. Throws EnvironmentError when
  /// `enqueue` does what cannot be recorded (it waits, or allocates).
  virtual bool record(const std::function<void()>& enqueue) {
    static_cast<void>(enqueue);
    return false;
  }
  /// Waits until everything enqueued has happened.
  virtual void synchronize() = 0;
  /// Milliseconds between the points of stream() before and after what `enqueue` puts there.
  virtual double time_ms(const std::function<void()>& enqueue) = 0;
  /// Makes later reads come from memory, not from a cache.
  virtual void flush_caches() = 0;
  virtual Ceiling ceiling(Precision precision) const = 0;
};

/// The CPU and its memory.
Device& host_device();

}  // namespace convict
