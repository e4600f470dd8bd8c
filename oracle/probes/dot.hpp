// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oracle/probes/bench.hpp"

namespace convict::oracle::probes {

/// The product a * b as term number `place` of a sum.
struct Term {
  std::size_t place;
  double a;  ///< in the first operand
  double b;  ///< in the second operand
};

/// Uses one result element of a subject as a dot product of 32 terms, which are the input channels
/// for forward, the output channels for grad_input and the images for grad_weights. All other
/// elements of the operands are zero.
class Dot {
 public:
  static constexpr std::size_t places = 32;

  /// Nothing when the subject refuses every problem used for this. Throws SubjectEnded.
  static std::optional<Dot> on(Bench& bench);

  /// The subject's result for the sum of these terms; the other terms are zero. Throws
  /// SubjectEnded.
  double operator()(std::span<const Term> terms) const;
  double operator()(double a, double b) const {
    const Term term{0, a, b};
    return (*this)(std::span(&term, 1));
  }

 private:
  Dot(Bench& bench, const ConvSpec& spec) : bench_(bench), spec_(spec) {}

  Bench& bench_;
  ConvSpec spec_;
};

}  // namespace convict::oracle::probes
