// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oracle/probes/bench.hpp"

namespace convict::oracle::probes {

/// What the bits of a result depend on besides the operands.
struct Dependence {
  bool run = false;  ///< two equal calls differ; the other fields are then not determined
  bool threads = false;
  bool alignment = false;
  bool batch_position =
      false;  ///< forward and grad_input: on an image's index in the batch or the batch's size
};

/// Nothing when the subject refuses every problem used for this. Throws SubjectEnded.
std::optional<Dependence> dependence_of_bits(Bench& bench);

}  // namespace convict::oracle::probes
