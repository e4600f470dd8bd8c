#pragma once

#include "oracle/probes/bench.hpp"

namespace convict::oracle::probes {

/// a * b, at a place in a sum.
struct Term {
  std::size_t place;
  double a;  ///< in the first operand
  double b;  ///< in the second
};

/// A single result element of a subject, seen as a sum of products: terms run over in-channels for
/// forward, out-channels for grad_input and images for grad_weights; everything else is zero.
class Dot {
 public:
  static constexpr std::size_t places = 32;

  /// Nothing when the subject takes no problem to do it with. Throws SubjectEnded.
  static std::optional<Dot> on(Bench& bench);

  /// What the subject makes of the sum of these terms, the other places zero. Throws SubjectEnded.
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
