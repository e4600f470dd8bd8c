// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/trial.hpp"
#include "fuzz/features/draft.hpp"

namespace convict::fuzz {

/// A property of trials that is known to break kernels.
struct Feature {
  /// Of the problem; of the data and their place in memory; or drawn by a mode of the generator.
  enum class Kind { shape, data, mode };

  std::string_view name;
  double weight;  ///< percent of all trials that should have it
  Kind kind;
  void (*apply)(Draft&);        ///< makes a draft have it; none for modes
  bool (*holds)(const Trial&);  ///< called with valid specs only, except `refused`
};

/// Weights follow public bug reports of real kernels: how many bugs needed the feature, more where
/// a trial is cheap and the fault silent, less where one such trial is enough. Features are applied
/// to a draft in this order: filter, dilation, stride, padding, channels, extents, data.
std::span<const Feature> features();

/// Indices into features() of those that hold for `trial`.
std::vector<std::size_t> features_of(const Trial& trial);

}  // namespace convict::fuzz
