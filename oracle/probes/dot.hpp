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

/// Offsets of the two factors of a product in the first and the second operand.
struct Factors {
  std::size_t first, second;
};

/// Uses one result element of a subject as a dot product, whose terms are some of the products that
/// are summed up in it. All other elements of the operands are zero.
class Dot {
 public:
  static constexpr std::size_t fewest_places = 3;
  static constexpr std::size_t most_places = 32;

  /// The terms are `places` of the element `result`, an offset in the pass's result. There must be
  /// fewest_places at least.
  Dot(Bench& bench, const ConvSpec& spec, std::vector<Factors> places, std::size_t result)
      : bench_(bench), spec_(spec), places_(std::move(places)), result_(result) {}

  const ConvSpec& spec() const { return spec_; }
  std::size_t places() const { return places_.size(); }

  /// The subject's result for the sum of these terms; the other terms are zero. Throws
  /// SubjectEnded.
  double operator()(std::span<const Term> terms) const;
  double operator()(double a, double b) const {
    const Term term{0, a, b};
    return (*this)(std::span(&term, 1));
  }

 private:
  Bench& bench_;
  ConvSpec spec_;
  std::vector<Factors> places_;
  std::size_t result_;
};

}  // namespace convict::oracle::probes
