#pragma once

#include "ops/candidates.hpp"

namespace convict::ops {

/// What was thought of one candidate: taken, or why not.
struct Consideration {
  std::string candidate;
  std::string kernel;  ///< the row it was about; empty when no row is built
  bool taken = false;
  std::string reason;  ///< why not; empty when taken
};

/// Which row serves a problem, and how that came about.
struct Decision {
  const Kernel* kernel = nullptr;  ///< null when nothing could serve
  std::vector<Consideration> log;  ///< every candidate up to the one taken
};

/// The first applicable candidate in the seeds' order. With Optimizer::none only the definition is
/// considered. `rows` are what is built; they must outlive the decision.
Decision decide(const Problem& problem, const Policy& policy, std::span<const Kernel> kernels);
Decision decide(const Problem& problem, const Policy& policy = environment_policy());

/// One line per consideration: "local_abstractconv_gemm (optimized.corr_mm): taken".
std::string to_string(const Decision& decision);

/// decide() that must succeed. Throws NoImplementationError listing every candidate and why it was
/// not taken; when no cuDNN row can run on this machine, AssertionError if the policy includes
/// cudnn, EnvironmentError if dnn.enabled=True, both with the reason. dnn.enabled=no_check does not
/// ask whether a cuDNN row can run: what it lacks shows when it is asked about the problem, as
/// EnvironmentError.
const Kernel& select(const Problem& problem, const Policy& policy, std::span<const Kernel> kernels);
const Kernel& select(const Problem& problem, const Policy& policy = environment_policy());

}  // namespace convict::ops
