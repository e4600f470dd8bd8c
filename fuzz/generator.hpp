// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rapidcheck/Gen.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/trial.hpp"

namespace convict::fuzz {

class Accepted;

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
  double products = 2e6;  ///< the most multiply-adds of a pass, except for large problems
  bool large = true;      ///< one shape in 60 is large
  int widest_bits = 0;  ///< 24 or 31: one shape in 6,000 has a tensor of more than 2^bits elements
  /// What the kernels accept; trials are fitted to it. Null: trials are as drawn.
  std::shared_ptr<const Accepted> accepted{};
};

/// Sizes by which a search divides its time: large shapes (modes::large) take about a quarter of
/// it. Beyond 31 bits there are no gradients with respect to the input, since a kernel would have
/// to write all of it.
enum class Lane { ordinary, large, beyond_24_bits, beyond_31_bits };
Lane lane_of(const Space& space, std::size_t shape, Pass pass);

/// 31, 24 or 0: the widest lane whose trials need no more than a quarter of the memory that is
/// available now, when `jobs` of them run at once.
int widest_bits(int jobs);

/// Two features that a trial is to have, by index.
struct FeaturePair {
  std::size_t first = 0;
  std::size_t second = 0;
};

/// The pair of shape `number`: a walk over all pairs of features that can be applied, in an order
/// that depends on seed and shard, which visits every pair within 1,600 shapes.
FeaturePair pair_of_shape(const Space& space, std::size_t number);

/// Draws trials of the kinds that break kernels: 16 % plain shapes as networks have them, 9 %
/// tiny, 6 % invalid, empty or with huge parameters, 10 % with every remainder of the innermost
/// sizes, the rest with features drawn by weight and both of `pair`; values are drawn per axis and
/// side. The pass is forward. Problems have at most 2e6 multiply-adds a pass, one in 500 up to 2e8;
/// `shape` decides which are large instead (lane_of). Shrinks as `smaller` (reductions.hpp) says.
/// `turn` changes only in which way an invalid shape is invalid.
rc::Gen<Trial> trials(const Space& space, const Weights& weights, FeaturePair pair,
                      std::size_t shape = 0, std::size_t turn = 0);

/// Trial `number` of a shard, a function of its arguments alone, as long as the kernels answer the
/// same to the same questions: every shape is used in all passes, one after the other, fitted to
/// what a kernel accepts, and about every fifth trial that is not large has another check than the
/// judge's. Its recipe's seed is 10^9 seed + number shards + shard - 1.
Trial trial_at(const Space& space, std::size_t number, const Weights& weights);

}  // namespace convict::fuzz
