#pragma once

#include <string>
#include <vector>

#include "core/spec.hpp"

namespace convict::oracle {

/// Valid specs that differ from one in a single parameter: a larger and a smaller one, or the other
/// one of two.
struct Neighbours {
  std::string parameter;  ///< "stride of axis 1"
  std::vector<ConvSpec> specs;
};

/// Every parameter of the spec that can change alone, in the order of ConvSpec.
std::vector<Neighbours> neighbours_of(const ConvSpec& spec);

}  // namespace convict::oracle
