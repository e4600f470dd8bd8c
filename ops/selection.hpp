// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ops/candidates.hpp"

namespace convict::ops {

/// The decision on one kernel of a candidate: taken, or why not.
struct Consideration {
  std::string candidate;
  std::string kernel;  ///< the name of the kernel; empty when no kernel was considered
  bool taken = false;
  std::string reason;  ///< why not; empty when taken
};

/// Which kernel serves a problem, and why.
struct Decision {
  const Kernel* kernel = nullptr;  ///< null when nothing could serve
  std::vector<Consideration> log;  ///< all candidates up to the one taken
};

/// The first applicable candidate in the order of Theano and Aesara. With Optimizer::none only the
/// definition is considered. `kernels` are those of the build; they must outlive the decision.
Decision decide(const Problem& problem, const Policy& policy, std::span<const Kernel> kernels);
Decision decide(const Problem& problem, const Policy& policy = environment_policy());

/// One line per consideration: "local_abstractconv_gemm (optimized.corr_mm): taken".
std::string to_string(const Decision& decision);

/// decide() that must succeed. Throws NoImplementationError listing every candidate and why it was
/// not taken; when no cuDNN kernel can run on this machine, AssertionError if the policy includes
/// cudnn, EnvironmentError if dnn.enabled=True, both with the reason. With dnn.enabled=no_check it
/// is not checked whether a cuDNN kernel can run; if it cannot, asking it about the problem throws
/// EnvironmentError.
const Kernel& select(const Problem& problem, const Policy& policy, std::span<const Kernel> kernels);
const Kernel& select(const Problem& problem, const Policy& policy = environment_policy());

}  // namespace convict::ops
