// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ucontext.h>

#include <cstddef>
#include <functional>
#include <memory>

namespace convict::cuda_on_cpu {

/// A function with a stack of its own that can be suspended and resumed. ASan, if enabled, is
/// notified of every switch of stacks.
class Fiber {
 public:
  Fiber();

  /// The next `resume` starts `body`, which must not throw. Objects that an unfinished earlier body
  /// has on the stack are not destroyed.
  void start(std::function<void()> body);
  /// Runs until the body pauses or returns.
  void resume();
  /// Called in the body: returns to the caller of `resume`.
  void pause();

 private:
  static void enter();

  std::unique_ptr<std::byte[]> stack_;
  std::function<void()> body_;
  ucontext_t own_{};
  ucontext_t caller_{};
  void* own_fake_stack_ = nullptr;
  void* caller_fake_stack_ = nullptr;
  const void* caller_stack_ = nullptr;
  std::size_t caller_stack_bytes_ = 0;
};

}  // namespace convict::cuda_on_cpu
