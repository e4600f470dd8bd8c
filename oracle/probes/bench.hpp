// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "datasets/fills.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::oracle::probes {

/// Thrown when the subject crashes, hangs or reports failure in a probe; profile.cpp turns it into
/// a verdict.
struct SubjectEnded {
  sandbox::CallEnd end;
};

/// The settings of a call apart from its data.
struct Setting {
  int threads = 1;
  index_t align = 0;
};

/// The two operands of a pass, the image-like one first.
struct OperandPair {
  std::vector<double> first;   ///< input, or for grad_input the output's gradient
  std::vector<double> second;  ///< filters, or for grad_weights the output's gradient
};

/// Runs a subject in a sandbox, in the pass and precision that are probed, on small problems that
/// the probes choose.
class Bench {
 public:
  /// `hint` is a problem that the subject may take when it refuses all others.
  Bench(const sandbox::Subject& subject, sandbox::Sandbox& sandbox, Pass pass, Precision precision,
        std::optional<ConvSpec> hint = std::nullopt)
      : subject_(subject),
        sandbox_(sandbox),
        pass_(pass),
        precision_(precision),
        hint_(std::move(hint)) {}

  Pass pass() const { return pass_; }
  Precision precision() const { return precision_; }
  const Claims& claims() const { return subject_.kernel.claims; }
  const std::optional<ConvSpec>& hint() const { return hint_; }

  /// Whether the subject takes the problem. Throws SubjectEnded.
  bool takes(const ConvSpec& spec);
  /// The first of `specs` that the subject takes; if it takes none, the first that it takes with
  /// `flip`. Throws SubjectEnded.
  std::optional<ConvSpec> first_taken(std::span<const std::string_view> specs);

  /// The result as stored, dense. Throws SubjectEnded.
  std::vector<std::byte> bits(const ConvSpec& spec, const datasets::Operands& operands,
                              const Setting& setting = {});
  /// The same, decoded.
  std::vector<double> values(const ConvSpec& spec, const OperandPair& pair);

  datasets::Operands operands_of(const OperandPair& pair) const;
  index_t first_elements(const ConvSpec& spec) const;
  index_t second_elements(const ConvSpec& spec) const;

 private:
  Problem problem_of(const ConvSpec& spec, int threads) const;

  const sandbox::Subject& subject_;
  sandbox::Sandbox& sandbox_;
  Pass pass_;
  Precision precision_;
  std::optional<ConvSpec> hint_;
};

/// Stored elements of that precision as numbers.
std::vector<double> decoded(std::span<const std::byte> stored, Precision precision);

}  // namespace convict::oracle::probes
