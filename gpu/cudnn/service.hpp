// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/kernel.hpp"
#include "gpu/cudnn/choice.hpp"

namespace convict::gpu::cudnn {

/// What the kernel entries need of cuDNN. In a build without cuDNN, `service` throws.
class Service {
 public:
  virtual ~Service() = default;
  virtual std::optional<std::string> refuses(const Problem& problem, const Choice& choice) = 0;
  virtual std::size_t workspace_bytes(const Problem& problem, const Choice& choice) = 0;
  virtual std::shared_ptr<void> plan(const Problem& problem, const Choice& choice) = 0;
  virtual void run(const Problem& problem, const Buffers& buffers) = 0;
  /// The engine that is chosen for a problem that `refuses` accepts; nothing where none is needed.
  virtual std::optional<index_t> engine(const Problem& problem, const Choice& choice) = 0;
};

/// Why there is no service on this machine ("no CUDA device: ...", "built without cuDNN"), or
/// nothing.
std::optional<std::string> why_absent();

/// The service of the current device. Throws EnvironmentError with the reason of why_absent.
Service& service();

/// The current device as cuDNN describes it. Throws EnvironmentError with the reason of why_absent.
std::string device_description();

/// "9.19.0", with a warning where that is older than the cuDNN this was built with; or why there is
/// none.
std::string version();

/// The kernel entry `name`, which calls `service` with `choice`. With `once`, the kernel and its
/// copies keep the engine of the first plan.
Kernel entry(std::string name, bool tensor_core, const Choice& choice,
             std::function<Service&()> service = cudnn::service);

}  // namespace convict::gpu::cudnn
