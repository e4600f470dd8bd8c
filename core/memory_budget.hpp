// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/errors.hpp"

namespace convict {

/// Bytes that this process can have now without swapping: MemAvailable (proc(5)), or less where a
/// control group (v1 or v2) that it is in leaves less. All of the machine's where nothing can be
/// read.
std::size_t available_memory();

/// "1.5 GiB", "4.1 MiB", "12 KiB".
std::string memory_text(double bytes);

/// A trial that needs more memory than there is for it here. Says so in a sentence that begins with
/// "too large here".
struct TooLarge : EnvironmentError {
  using EnvironmentError::EnvironmentError;
};

/// The memory that all trials of a run may have together: operands, results, truth, and what
/// kernels get to work on. Thread-safe.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t bytes) : bytes_(bytes) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  /// A quarter of the memory that was available when it was first asked for: it is left to other
  /// programs, the file cache, and what kernels allocate on their own.
  static MemoryBudget& of_process();

  std::size_t bytes() const { return bytes_; }
  /// Why one trial cannot have so much ("a workspace of"), or nothing. What others hold at present
  /// does not matter.
  std::optional<std::string> why_too_large(std::string_view what, double bytes) const;

  /// A part of a budget, given back with this object.
  class Share {
   public:
    explicit Share(MemoryBudget& budget = of_process()) : budget_(budget) {}
    ~Share() { budget_.give_back(*this, 0); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    /// Sets the size. More memory may have to wait until other threads give some back; if all that
    /// hold some wait for more, the first one gets it at once. Throws TooLarge, with the old size,
    /// when all shares of this thread together exceed the budget, or when the system has less.
    void resize(std::size_t bytes) { budget_.take(*this, bytes); }

   private:
    friend class MemoryBudget;
    MemoryBudget& budget_;
    std::size_t bytes_ = 0;
    std::thread::id holder_{};
  };

 private:
  /// Nobody waits for less than this, and nobody waits for a thread that holds less.
  static constexpr std::size_t small = std::size_t{16} << 20;

  void take(Share& share, std::size_t bytes);
  void give_back(Share& share, std::size_t bytes_left);
  /// Lessens or enlarges what the share's holder has.
  void lessen(Share& share, std::size_t bytes);
  void enlarge(Share& share, std::size_t bytes);
  bool all_holders_wait() const;

  const std::size_t bytes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t taken_ = 0;
  std::map<std::thread::id, std::size_t> held_;  ///< by each thread
  std::vector<std::thread::id> waiting_;         ///< in the order in which they came
};

}  // namespace convict
