#pragma once

#include <functional>
#include <optional>

#include "core/device.hpp"
#include "gpu/projection/steps.hpp"

namespace convict::gpu::projection {

struct Grid {
  unsigned blocks, threads;
};

/// Puts one step on the stream.
using Launch = std::function<void(const Grid& grid, const Step& step, void* stream)>;

/// How work is cut.
struct Tuning {
  unsigned threads = most_threads;         ///< of a block
  index_t most_blocks = index_t{1} << 16;  // threads go on with the next piece of work
  /// Sums are cut into chunks until there are so many threads: one and a half for each that 132
  /// multiprocessors (of an H100 or H200) can have.
  index_t wanted_threads = index_t{3} << 17;
  index_t least_rows = 8;                  // of a chunk: as many as are read at once
  index_t coalesced = 64;                  // elements that threads read side by side
  index_t most_planes = index_t{1} << 24;  ///< words of images that are summed up at a time
};

/// Rows [0, step.rows) cut by `tuning`: sets fold, chunks and chunk_rows.
RowSums cut(RowSums step, const Tuning& tuning);
/// Sets site_chunks and depth_chunks.
Meeting cut(Meeting step, const Tuning& tuning);

/// Judges results and compares memory on a device: the host's side, which only ever looks at a few
/// words of the answer. Its memory comes from the device and is kept for the next question.
class Projector {
 public:
  /// The device has to outlive it.
  Projector(Device& device, Launch launch, const Tuning& tuning = {})
      : device_(device), launch_(std::move(launch)), tuning_(tuning) {}
  ~Projector();
  Projector(const Projector&) = delete;
  Projector& operator=(const Projector&) = delete;

  /// Device::project: shared filters, dense NCHW, f32 and f64 storage. Throws SpecError when alpha
  /// or beta is no multiple of the grid, or the limit beyond 2^51.
  std::optional<Projected> project(const ProjectionQuestion& question);
  /// Device::equal.
  bool equal(const std::byte* a, const std::byte* b, std::size_t bytes);

 private:
  class Work;
  /// At least so many words; nothing when the device has not got them.
  Word* words(index_t count);
  void start(const Step& step, index_t work);

  Device& device_;
  Launch launch_;
  Tuning tuning_;
  std::byte* memory_ = nullptr;
  index_t held_ = 0;  ///< words
};

/// By kernels on the current CUDA device.
void launch_on_device(const Grid& grid, const Step& step, void* stream);

}  // namespace convict::gpu::projection
