// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gpu/cudnn/choice.hpp"

namespace convict::gpu {

// The kernel entries for cuDNN. Every build has them; `absent` says why they cannot run.

/// gpu.cudnn (f64, and f32 without tensor cores: direct arithmetic) and gpu.cudnn.tensor_core
/// (tf32, bf16, f16, and f16 summed in f16; sums are cut, not rounded). Both choose by cuDNN's
/// heuristics among deterministic engines with at most Choice::usual_limit bytes of workspace. They
/// take tensors of any strides that cuDNN takes, every padding, flipped filters, and all but
/// unshared filters. What cuDNN refuses they refuse with its message. Where a tensor is empty the
/// result is beta times the old result; cuDNN is not called.
std::vector<Kernel> cudnn_kernels();

/// The same two with another choice of engines, named gpu.cudnn.ALGORITHM and
/// gpu.cudnn.tensor_core.ALGORITHM: the one that computes in `precision`. A *_once algorithm is
/// kept by the kernel and its copies. Throws InputError for a name that choice_named does not know.
Kernel cudnn_algorithm_kernel(std::string_view algorithm, Precision precision);

/// One engine alone: gpu.cudnn.engine12 or gpu.cudnn.tensor_core.engine12; nothing for another
/// name. It may need up to 8 GiB of workspace, may transform, and claims no determinism; the
/// precision excludes engines as it does for the others.
std::optional<Kernel> engine_kernel(std::string_view name);

/// Kernels for all engine indices of cuDNN 9. An index without an engine for a pass is refused with
/// cuDNN's message.
std::vector<Kernel> engine_kernels();

/// cuDNN's version as "9.19.0", with a warning where it is older than the one this was built with,
/// or why there is none.
std::string cudnn_version();

/// The current device as cuDNN describes it (JSON). With this description plans can be made on a
/// machine without the device. Throws EnvironmentError where there is no device or no cuDNN.
std::string cudnn_device_description();

/// How many indices engine_kernels covers: cuDNN 9.19 has 81 (forward), 85 (grad_input) and 75
/// (grad_weights) engines.
constexpr index_t most_engines = 85;

}  // namespace convict::gpu
