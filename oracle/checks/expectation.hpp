#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/verdict.hpp"

namespace convict::oracle {

/// What a relation asks of a result.
struct Expectation {
  const Trial& trial;      ///< whose result it is: spec and pass count elements
  std::string_view layer;  ///< relation, gradient or history
  std::string says;        ///< the relation in words; begins the reason
  std::span<const double> subject{};
  std::span<const double> demanded{};
  std::span<const double> bound{};   ///< per element; empty: numerically equal
  std::span<const char> compared{};  ///< per element; empty: all of them
};

/// Compares in one pass that NaN cannot survive, on either side. A pass that saw nothing but zeros,
/// or nothing at all, is mistrusted.
Verdict verdict_on(const Expectation& demand);

/// Of several verdicts on one trial, what decides: a finding, else doubt, else a pass, else the
/// refusal.
Verdict worse_of(Verdict a, Verdict b);

}  // namespace convict::oracle
