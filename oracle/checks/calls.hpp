// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/verdict.hpp"
#include "oracle/judge/buffer_layout.hpp"
#include "oracle/judge/decided.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::oracle {

/// Dense, row-major tensors, each named by the pass that writes it: forward the output, grad_input
/// the input, grad_weights the filters. A pass reads the two that the others write.
struct Tensors {
  std::array<std::vector<double>, all_passes.size()> tensors{};
  std::vector<double>& operator[](Pass writes) { return tensors[static_cast<std::size_t>(writes)]; }
  const std::vector<double>& operator[](Pass writes) const {
    return tensors[static_cast<std::size_t>(writes)];
  }
};

/// Elements of the tensor that `writes` writes.
index_t elements_of(const ConvSpec& spec, Pass writes);
/// The tensor's name in messages: output, input or filters.
std::string_view tensor_name(Pass writes);
/// The two passes that write the tensors which `pass` reads, the image-like one first (in the order
/// of datasets::Role).
std::array<Pass, 2> operands_read_by(Pass pass);

/// The operands of a call of `pass`: all tensors but its own result.
datasets::Operands operands_for(Pass pass, const Tensors& tensors);

/// The problem of a trial with another spec, pass and scaling; layout, pitch, steps and threads
/// stay, but no operand is repeated: those of a check differ from the trial's.
Problem problem_with(const Trial& trial, const ConvSpec& spec, Pass pass, double alpha = 1,
                     double beta = 0);

/// How one call of a check ended: with a result, or with a verdict that ends the check.
struct Called {
  std::optional<Verdict> verdict{};
  std::vector<std::byte> stored{};  ///< the result's elements in logical order
  std::vector<double> values{};     ///< the same, decoded
  std::size_t workspace_bytes = 0;
};

/// Runs a subject in a sandbox on operands that a check made. A refusal, crash, hang, reported
/// failure or write outside the result is a verdict, as in a judged trial.
class Calls {
 public:
  Calls(const sandbox::Subject& subject, sandbox::Sandbox& sandbox)
      : claims_(subject.kernel.claims), sandbox_(sandbox) {}

  /// Buffers lie as the recipe's `align` and `guard` say. The workspace has exactly the size that
  /// the subject asked for. All memory except the operands is filled with `poison`.
  Called operator()(const Problem& problem, const datasets::Operands& operands,
                    const Recipe& recipe, sandbox::Poison poison = sandbox::Poison::nan);

  /// The verdict if the subject refuses the problem (or crashes while it is asked), else nothing.
  std::optional<Verdict> refused(const Problem& problem);

 private:
  Claims claims_;
  sandbox::Sandbox& sandbox_;
};

}  // namespace convict::oracle
