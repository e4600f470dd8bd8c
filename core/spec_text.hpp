// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/spec.hpp"

namespace convict {

/// Parses the text form of a spec (tokens in fixed order, each at most once, no leading zeros,
/// defaults omitted):
///   spec    = ["n" int "_"] "c" int "_i" extents "_k" int "_f" extents
///             ["_s" axes] ["_d" axes] ["_p" pads] ["_g" int] ["_flip"] ["_unshared"]
///   extents = int {"x" int}       the number of extents of i is the rank
///   axes    = int | extents       one number serves every axis
///   pads    = "valid" | "half" | "full" | side | side {"x" side};   side = int | int ":" int
///   (before:after)
/// e.g. n2_c6_i12x9_k9_f5x6_s1x2_d2x1_p1:0x2:1_g3_flip. Accepts any well-formed text; `validate`
/// checks the values. Throws SpecError naming the token, its position and what was expected.
ConvSpec parse_spec(std::string_view text);

/// Canonical text: parse_spec(to_string(spec)) == spec.
std::string to_string(const ConvSpec& spec);

/// parse_spec and validate; the error also quotes the text.
ConvSpec parse_valid_spec(std::string_view text);

}  // namespace convict
