#pragma once

#include <cstdint>
#include <vector>

#include "core/spec.hpp"
#include "oracle/projection/ring.hpp"

namespace convict::oracle {

/// Random odd words, which are units of the ring: the weights of a projection.
struct ProjectionWeights {
  std::vector<Word> images;
  std::vector<Word> in;   ///< one for each input channel
  std::vector<Word> out;  ///< one for each output channel
};

ProjectionWeights projection_weights(const ConvSpec& spec, std::uint64_t seed);

}  // namespace convict::oracle
