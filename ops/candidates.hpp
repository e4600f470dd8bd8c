// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/kernel.hpp"
#include "ops/policy.hpp"

namespace convict::ops {

/// One way to compute an abstract convolution: an entry of the optimizer database of Theano and
/// Aesara.
struct Candidate {
  std::string name;               ///< its name there
  int position = 0;               ///< its position in their order
  std::vector<std::string> tags;  ///< optimizer_excluding knows these and the name
  std::optional<Pass> pass;       ///< the pass it serves; none: all three
  int first_rank = 1;             ///< the numbers of axes it serves
  int last_rank = max_rank;
  std::string name_prefix;  ///< of the kernels that compute it
  /// Why it does not take the problem, whichever kernel would compute it, or nothing.
  std::optional<std::string> (*declines)(const Problem&, const Policy&) = nullptr;

  bool is_about(const Problem& problem) const {
    return (!pass || *pass == problem.pass) && problem.spec.rank >= first_rank &&
           problem.spec.rank <= last_rank;
  }
};

/// In the order in which they are tried: timing, cuDNN, GPU GEMM, CPU GEMM, the legacy op, the
/// definition. Source: theano/gpuarray/opt.py and theano/tensor/nnet/opt.py.
std::span<const Candidate> candidates();

/// Every name that optimizer_excluding and optimizer_including know.
std::vector<std::string> candidate_names_and_tags();

}  // namespace convict::ops
