// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>

#include "core/device.hpp"
#include "gpu/projection/steps.hpp"

namespace convict::gpu::projection {

struct Grid {
  unsigned blocks, threads;
};

/// Enqueues one step on the stream.
using Launch = std::function<void(const Grid& grid, const Step& step, void* stream)>;

/// How work is cut.
struct Tuning {
  unsigned threads = most_threads;         ///< of a block
  index_t most_blocks = index_t{1} << 16;  // with more work, threads compute several pieces
  /// Sums are cut into chunks until there are this many threads: one and a half times as many as
  /// 132 multiprocessors (of an H100 or H200) can hold.
  index_t wanted_threads = index_t{3} << 17;
  index_t least_rows = 8;                  // of a chunk; a thread reads as many at once
  index_t coalesced = 64;                  // elements that threads read side by side
  index_t most_planes = index_t{1} << 24;  ///< words of image planes that are summed at a time
};

/// Rows [0, step.rows) cut by `tuning`: sets fold, chunks and chunk_rows.
RowSums cut(RowSums step, const Tuning& tuning);
/// Sets site_chunks and depth_chunks.
Meeting cut(Meeting step, const Tuning& tuning);

/// Verifies results and compares memory on a device. This is the host's side, which downloads only
/// the few words of the answer. Its device memory is kept for the next question.
class Projector {
 public:
  /// The device has to outlive it.
  Projector(Device& device, Launch launch, const Tuning& tuning = {})
      : device_(device), launch_(std::move(launch)), tuning_(tuning) {}
  ~Projector();
  Projector(const Projector&) = delete;
  Projector& operator=(const Projector&) = delete;

  /// Implements Device::project for shared filters, dense NCHW, f32 and f64 storage. Throws
  /// SpecError when alpha or beta is no multiple of the grid, or the limit beyond 2^51.
  std::optional<Projected> project(const ProjectionQuestion& question);
  /// Implements Device::equal.
  bool equal(const std::byte* a, const std::byte* b, std::size_t bytes);

 private:
  class Work;
  /// At least `count` words of device memory; null when the device has no memory left.
  Word* words(index_t count);
  void start(const Step& step, index_t work);

  Device& device_;
  Launch launch_;
  Tuning tuning_;
  std::byte* memory_ = nullptr;
  index_t held_ = 0;  ///< words
};

/// Launches the kernel of a step on the current CUDA device.
void launch_on_device(const Grid& grid, const Step& step, void* stream);

}  // namespace convict::gpu::projection
