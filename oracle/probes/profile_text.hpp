// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/pass.hpp"
#include "core/precision.hpp"

namespace convict::oracle::probes {

/// Places that all have something in common.
struct Named {
  std::string_view preposition;  ///< "along"
  std::string_view noun;         ///< "taps"
};

/// "along taps, channels and both and in depthwise"
std::string joined_places(std::span<const Named> places);

/// "axis 2", "axes 1 and 2"
std::string axes_text(unsigned axes);

/// "rows", ... of a list, joined by "; "
std::string joined_labels(std::span<const std::string> labels);

/// The format with so many significant bits, the storage format of `precision` first: "f16"; "9
/// bits" if there is none.
std::string digits_text(int digits, Precision precision);

/// The operands of a pass: "inputs" and "filters", ...
std::string_view first_operand(Pass pass);
std::string_view second_operand(Pass pass);

}  // namespace convict::oracle::probes
