// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/spec.hpp"
#include "oracle/projection/ring.hpp"

namespace convict::oracle {

/// The weights of a projection: random odd words, which are units of the ring.
struct ProjectionWeights {
  std::vector<Word> images;
  std::vector<Word> in;   ///< one for each input channel
  std::vector<Word> out;  ///< one for each output channel
};

ProjectionWeights projection_weights(const ConvSpec& spec, std::uint64_t seed);

}  // namespace convict::oracle
