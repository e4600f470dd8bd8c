// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>

#include "core/device.hpp"
#include "gpu/cudnn/planner.hpp"
#include "gpu/runtime/runtime.hpp"

namespace convict::gpu::cudnn {

/// Runs plans on the current device. `open` creates the handle (cuDNN's own state and memory on the
/// device), so that running a plan allocates nothing on the device. May be used by several threads;
/// they enqueue their work one after the other.
class Session {
 public:
  explicit Session(const Api& api, const Runtime& runtime = {});

  /// Creates the handle if there is none yet. Throws EnvironmentError without a device.
  void open();

  /// Enqueues the plan on the stream of `buffers`. Throws KernelError for pointers that are not
  /// aligned to pointer_alignment, a workspace that is too small, and what cuDNN does not execute.
  void run(const Plan& plan, const Buffers& buffers);

  /// result = beta * result, for problems in which nothing is summed; memory between the elements
  /// of the result is not changed. A rare case: the result is downloaded, scaled and uploaded
  /// again, and the call waits for the stream.
  void scale_result(const Problem& problem, const Buffers& buffers) const;

 private:
  template <std::size_t Rank>
  void scale_over_host(const Problem& problem, const Shape<Rank>& shape, void* result,
                       void* stream) const;

  struct Destroy {
    const Api* api;
    void operator()(cudnnHandle_t handle) const { static_cast<void>(api->destroy(handle)); }
  };
  Api api_;
  Runtime runtime_;
  std::mutex mutex_;
  std::unique_ptr<cudnnContext, Destroy> handle_;
};

/// Times plans on scratch operands with random values in the memory of `device`: the median of
/// three runs after a warm-up run, in milliseconds.
TimePlan timed_on(Device& device, Session& session);

}  // namespace convict::gpu::cudnn
