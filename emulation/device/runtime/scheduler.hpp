// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "convict_device/launch.hpp"
#include "fiber.hpp"
#include "memory.hpp"

namespace convict_device {

/// What threads of other blocks, or of other warps of the block, are known to have done before,
/// because an atomic operation after a fence was seen: for a block, all of its barrier intervals
/// before one; for a thread, all of its segments up to one.
struct Knowledge {
  std::unordered_map<std::uint32_t, std::uint32_t> intervals_of_block;
  std::unordered_map<std::uint32_t, std::uint32_t> segments_of_thread;

  void add(const Knowledge& other);
  bool is_empty() const { return intervals_of_block.empty() && segments_of_thread.empty(); }
};

struct Block;

/// A CUDA thread. Its time is cut twice: into the intervals between barriers of its block, and into
/// segments that end where it meets other lanes of its warp or at a fence.
struct Thread {
  enum class State { fresh, ready, at_barrier, at_grid_barrier, at_warp_operation, exited };

  Block* block = nullptr;
  uint3 index{};
  std::uint32_t in_block = 0;   ///< row-major number
  std::uint32_t in_launch = 0;  ///< over all blocks; 0 is none
  State state = State::fresh;
  Fiber* fiber = nullptr;
  Site site{};
  WarpOffer offer{};
  WarpResult* result = nullptr;
  int votes = 0;
  bool is_watched = false;

  std::uint32_t segment = 1;
  std::array<std::uint32_t, 32> seen{};  ///< the segments of the warp's lanes that lie before now
  std::unique_ptr<Knowledge> acquired;   ///< what happened before now, elsewhere
  std::unique_ptr<Knowledge> fenced;     ///< what others may learn from this thread's atomics
  unsigned atomics = 0;                  ///< since it was entered
  std::shared_ptr<struct PendingCopies> copies;  ///< asynchronous ones (async_copies.cpp)

  int lane() const { return static_cast<int>(in_block % 32); }
};

/// Where an object of shared memory lies in that of each block.
struct SharedObject {
  const void* key = nullptr;
  std::string name;
  Site site{};
  std::size_t offset = 0, bytes = 0;
};

struct Block {
  std::uint32_t number = 0;  ///< row-major
  uint3 index{};
  std::vector<Thread> threads;
  std::size_t exited = 0;
  std::uint32_t interval = 1;
  Allocation* shared = nullptr;
  std::unique_ptr<Knowledge> acquired;
  std::unique_ptr<Knowledge> fenced;  ///< what its threads had fenced before the latest barrier
};

/// Runs one launch: its blocks and threads in an order drawn from a seed, each thread on a stack of
/// its own, changed at barriers, at operations of warps and atomics, and, where every access is
/// watched, at any access.
class Scheduler {
 public:
  Scheduler(const Configuration& configuration, const std::function<void()>& thread,
            std::uint64_t seed);
  ~Scheduler();

  /// Returns when all threads have returned or the first fault that ends a launch is recorded.
  void run();

  Thread& current() { return *current_; }
  const Configuration& configuration() const { return configuration_; }
  const std::vector<SharedObject>& shared_objects() const { return shared_objects_; }

  // Called in threads.
  int barrier(bool predicate, Site site);
  void grid_barrier(Site site);
  void warp_operation(const WarpOffer& offer, WarpResult& result, Site site);
  void* shared_memory(const void* key, std::size_t bytes, std::size_t alignment, const char* name,
                      Site site);
  void* dynamic_shared(const char* name);
  /// Lets others run, if there are any.
  void yield();
  void maybe_yield(unsigned one_in);
  /// Ends the launch: does not return.
  [[noreturn]] void stop();

 private:
  static void thread_body();
  void run_threads();
  Thread* next_ready();
  void begin_blocks();
  void end_block(Block& block);
  void resolve_waiting();
  bool release_barrier(Block& block);
  bool release_grid_barrier();
  static bool waits_for_grid(const Block& block);
  void complete_warp(Thread& arrived);
  void serve(const std::vector<Thread*>& lanes);
  std::vector<Thread*> companions(Thread& thread);
  void make_ready(Thread& thread);
  void switch_to(Thread& thread);
  void wait(Thread::State state);
  Fiber* take_fiber();
  void give_back_shared(Allocation& shared);

  Configuration configuration_;
  const std::function<void()>& thread_;
  std::mt19937_64 random_;
  unsigned order_;  ///< 0: in order, 1: backwards, else shuffled
  std::vector<std::uint32_t> blocks_to_begin_;
  std::vector<std::unique_ptr<Block>> resident_;
  std::size_t most_resident_ = 1;
  unsigned yields_ = 0;
  std::vector<Thread*> ready_;
  Thread* current_ = nullptr;
  bool is_stopped_ = false;
  std::vector<SharedObject> shared_objects_;
  std::size_t static_shared_ = 0;
};

/// The launch under way, or null.
extern Scheduler* running;
/// Whether accesses of the current thread are watched.
extern bool watching;
extern std::uint64_t turns_of_threads;

/// A launch that is still running when the time of its call is over is stopped, as one on a device
/// that has a display is (cudaErrorLaunchTimeout). 0: there is no limit.
void limit_time(double seconds);
bool is_out_of_time();

inline std::size_t count_of(const dim3& extents) {
  return std::size_t{extents.x} * extents.y * extents.z;
}
inline bool same_place(Site a, Site b) {
  return a.line == b.line && std::strcmp(a.file, b.file) == 0;
}
std::string text_of(const uint3& index);
/// "block (0, 0, 0), thread (3, 0, 0)"
std::string text_of(const Thread& thread);
std::string text_of(Site site);

constexpr std::size_t shared_bytes_of_block = 228 << 10;
constexpr std::size_t shared_gap = 256;  ///< between objects of shared memory
constexpr std::size_t shared_arena_bytes = shared_bytes_of_block + 64 * shared_gap;

}  // namespace convict_device
