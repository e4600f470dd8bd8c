// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace convict_device {

/// A stack on which a function runs that can be left and entered again.
class Fiber {
 public:
  Fiber();
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// The next `enter` calls `body`, which must not return or throw. What an earlier body left on
  /// the stack is forgotten.
  void start(void (*body)());
  /// Called outside of fibers: goes on where the fiber was left. Returns when it is left again.
  void enter();
  /// Called in the fiber: goes back to `enter`.
  void leave();

  bool has(const void* address) const { return address >= stack_ && address < stack_ + bytes; }
  const char* low() const { return stack_; }

  static constexpr std::size_t bytes = 96 << 10;

 private:
  char* stack_;
  void* saved_ = nullptr;
};

}  // namespace convict_device
