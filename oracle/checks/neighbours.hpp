// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/spec.hpp"

namespace convict::oracle {

/// Valid specs that differ from a given one in a single parameter: for a number one larger and one
/// smaller value, else the other values.
struct Neighbours {
  std::string parameter;  ///< "stride of axis 1"
  std::vector<ConvSpec> specs;
};

/// One entry for every parameter of the spec that can change alone, in the order of ConvSpec.
std::vector<Neighbours> neighbours_of(const ConvSpec& spec);

}  // namespace convict::oracle
