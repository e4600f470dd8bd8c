#pragma once

#include <ucontext.h>

#include <cstddef>
#include <functional>
#include <memory>

namespace convict::cuda_on_cpu {

/// A function on a stack of its own that can stop in its midst and go on later. ASan, where it is
/// on, is told of every change of stacks.
class Fiber {
 public:
  Fiber();

  /// From the next `resume` on it runs `body`, which must not throw. What an earlier body left on
  /// the stack is forgotten, not destroyed.
  void start(std::function<void()> body);
  /// Runs until the body pauses or returns.
  void resume();
  /// Called in the body: goes back to whoever resumed it.
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
