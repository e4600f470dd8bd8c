#pragma once

#include <span>
#include <string>

#include "core/trial.hpp"

namespace convict::oracle {

/// Where a result is wrong, for a terminal: a caption and a grid of at most 20 lines of 60
/// characters. It shows the two innermost axes over which wrong elements are not spread evenly, and
/// of the others the indices with the most wrong elements:
///
///     image 1, channel 2: rows 0-3 x columns 0-4
///     ....#
///     ....N
///
/// '.' right, '#' wrong, 'N' wrong and NaN, '+' some of the elements that share a character are
/// wrong. All elements count the dense, row-major result, ascending; those of `not_a_number` are
/// among `wrong`. Unless `complete`, what lies behind the last wrong element is shown as ' '.
/// Empty when nothing is wrong, or the result has more than 4 million positions.
std::string error_picture(const Trial& trial, std::span<const index_t> wrong,
                          std::span<const index_t> not_a_number, bool complete = true);

}  // namespace convict::oracle
