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
/// What users call it: output, input or filters.
std::string_view tensor_name(Pass writes);
/// The two passes whose tensors `pass` reads, the image-like one first (as datasets::Role has it).
std::array<Pass, 2> operands_read_by(Pass pass);

/// The operands of a call of `pass`: all tensors but its own result.
datasets::Operands operands_for(Pass pass, const Tensors& tensors);

/// The problem of a trial with another spec, pass and scaling; layout, pitch and threads stay.
Problem posed(const Trial& trial, const ConvSpec& spec, Pass pass, double alpha = 1,
              double beta = 0);

/// How one call of a check ended: with a result, or with a verdict that ends the check.
struct Called {
  std::optional<Verdict> verdict{};
  std::vector<std::byte> stored{};  ///< the result's elements in logical order
  std::vector<double> values{};     ///< the same, decoded
  std::size_t workspace_bytes = 0;
};

/// Runs a subject in a sandbox on operands of a check's own making. A refusal, crash, hang,
/// reported failure or write outside the result is a verdict as in a judged trial.
class Calls {
 public:
  Calls(const sandbox::Subject& subject, sandbox::Sandbox& sandbox)
      : claims_(subject.kernel.claims), sandbox_(sandbox) {}

  /// Buffers lie as the recipe's `align` and `guard` say, the workspace has exactly the bytes that
  /// were asked for, and what nobody has written yet holds `poison`.
  Called operator()(const Problem& problem, const datasets::Operands& operands,
                    const Recipe& recipe, sandbox::Poison poison = sandbox::Poison::nan);

  /// Whether the subject takes the problem; else the verdict to give.
  std::optional<Verdict> refused(const Problem& problem);

 private:
  Claims claims_;
  sandbox::Sandbox& sandbox_;
};

}  // namespace convict::oracle
