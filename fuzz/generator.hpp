// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rapidcheck/Gen.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/trial.hpp"

namespace convict::fuzz {

/// How often each of features() is applied, in percent of all trials.
using Weights = std::vector<double>;
Weights first_weights();

/// What a search may draw, and which shard of the search this is.
struct Space {
  std::uint64_t seed = 0;
  std::size_t shard = 1;  ///< 1 to shards; shards of one seed never draw the same trial
  std::size_t shards = 1;
  std::vector<Pass> passes = {all_passes.begin(), all_passes.end()};
  std::vector<Precision> precisions = {Precision::f64, Precision::f32, Precision::bf16,
                                       Precision::f16};
  double products = 2e6;  ///< the most multiply-adds of a pass, except for one trial in 500
};

/// Two features that a trial is to have, by index.
struct FeaturePair {
  std::size_t first = 0;
  std::size_t second = 0;
};

/// The pair of shape `number`: a walk over all pairs of features that can be applied, in an order
/// that depends on seed and shard, which visits every pair within 1,600 shapes.
FeaturePair pair_of_shape(const Space& space, std::size_t number);

/// Draws trials of the kinds that break kernels: 20 % plain shapes as networks have them, 10 %
/// tiny, 6 % invalid, empty or with huge parameters, the rest with features drawn by weight and
/// both of `pair`; values are drawn per axis and side. The pass is forward. Problems have at most
/// 2e6 multiply-adds a pass, one in 500 up to 2e8. Shrinks as `smaller` (reductions.hpp) says.
/// `turn` changes only in which way an invalid shape is invalid.
rc::Gen<Trial> trials(const Space& space, const Weights& weights, FeaturePair pair,
                      std::size_t turn = 0);

/// Trial `number` of a shard, a function of its arguments alone: every shape is used in all passes,
/// one after the other, and about every fifth trial has another check than the judge's.
/// Its recipe's seed is 10^9 seed + number shards + shard - 1.
Trial trial_at(const Space& space, std::size_t number, const Weights& weights);

}  // namespace convict::fuzz
