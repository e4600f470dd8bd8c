// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/trial.hpp"

namespace convict::reports {

/// One property of a trial that reports count by.
struct Feature {
  std::string_view group;
  std::string_view name;
  bool (*has)(const Trial&);  ///< called with valid specs only, except must_refuse
};

/// Every feature, in the order of the columns of the matrix. The last is must_refuse.
std::span<const Feature> features();

/// Indices into features() of those that `trial` has. A trial with an invalid spec has must_refuse
/// only.
std::vector<std::size_t> features_of(const Trial& trial);

/// Features whose values are open-ended, named by the trial itself: "fill exact".
std::vector<std::string> named_features_of(const Trial& trial);

/// The names of all features of `trial`, those named by itself first: "stride: > 1", "fill exact".
std::vector<std::string> feature_names_of(const Trial& trial);
/// "stride: > 1"
std::string name_of(const Feature& feature);

}  // namespace convict::reports
