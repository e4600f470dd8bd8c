#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "datasets/fills.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::oracle::probes {

/// Thrown when the subject does not return from a probe; profile.cpp turns it into a finding.
struct SubjectEnded {
  sandbox::CallEnd end;
};

/// How a probe is run besides its data.
struct Setting {
  int threads = 1;
  index_t align = 0;
};

/// The two operands of a pass: the image-like one, and the other one.
struct OperandPair {
  std::vector<double> first;   ///< input, or for grad_input the output's gradient
  std::vector<double> second;  ///< filters, or for grad_weights the output's gradient
};

/// A subject in a sandbox, with the pass and the precision that are probed: runs it on small
/// problems of our own.
class Bench {
 public:
  Bench(const sandbox::Subject& subject, sandbox::Sandbox& sandbox, Pass pass, Precision precision)
      : subject_(subject), sandbox_(sandbox), pass_(pass), precision_(precision) {}

  Pass pass() const { return pass_; }
  Precision precision() const { return precision_; }
  const Claims& claims() const { return subject_.kernel.claims; }

  /// Whether the subject takes the problem. Throws SubjectEnded.
  bool takes(const ConvSpec& spec);
  /// The first of these it takes, if need be with filters flipped. Throws SubjectEnded.
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
};

/// Stored elements of that precision as numbers.
std::vector<double> decoded(std::span<const std::byte> stored, Precision precision);

}  // namespace convict::oracle::probes
