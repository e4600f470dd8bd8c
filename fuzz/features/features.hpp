#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/trial.hpp"
#include "fuzz/features/draft.hpp"

namespace convict::fuzz {

/// A property of problems that is known to break kernels.
struct Feature {
  /// Of the problem, of the data and their place in memory, or a mode of the generator of its own.
  enum class Kind { shape, data, mode };

  std::string_view name;
  double weight;  ///< percent of all trials that should have it
  Kind kind;
  void (*apply)(Draft&);        ///< makes a draft have it; none for modes
  bool (*holds)(const Trial&);  ///< called with valid specs only, except `refused`
};

/// Weights follow what public bug reports say of real kernels: how many bugs needed the property,
/// more where a trial is cheap and the fault silent, less where one hit is enough. The order is the
/// order in which a draft takes them: filter, dilation, stride, padding, channels, extents, data.
std::span<const Feature> features();

/// Indices into features() of those that hold for `trial`.
std::vector<std::size_t> features_of(const Trial& trial);

}  // namespace convict::fuzz
