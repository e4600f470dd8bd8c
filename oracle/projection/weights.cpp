// SPDX-License-Identifier: Apache-2.0
#include "oracle/projection/weights.hpp"

#include "datasets/random.hpp"

namespace convict::oracle {
namespace {

std::vector<Word> odd_words(std::uint64_t seed, std::uint64_t stream, index_t count) {
  const datasets::Stream random(seed, stream);
  std::vector<Word> words(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = random.bits(i) | 1;
  return words;
}

}  // namespace

ProjectionWeights projection_weights(const ConvSpec& spec, std::uint64_t seed) {
  return {.images = odd_words(seed, 0x5001, spec.batch),
          .in = odd_words(seed, 0x5002, spec.in_channels),
          .out = odd_words(seed, 0x5003, spec.out_channels)};
}

}  // namespace convict::oracle
