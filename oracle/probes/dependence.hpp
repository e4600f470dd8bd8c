#pragma once

#include "oracle/probes/bench.hpp"

namespace convict::oracle::probes {

/// What the bits of a result depend on besides the operands.
struct Dependence {
  bool run = false;  ///< two equal calls differ; the others are not asked then
  bool threads = false;
  bool alignment = false;
  bool batch_position =
      false;  ///< forward and grad_input: an image's result, alone or among others
};

/// Nothing when the subject takes no problem to ask with. Throws SubjectEnded.
std::optional<Dependence> dependence_of_bits(Bench& bench);

}  // namespace convict::oracle::probes
