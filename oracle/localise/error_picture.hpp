// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "core/trial.hpp"

namespace convict::oracle {

/// Where a result is wrong, for a terminal: a caption and a grid of at most 20 lines of 60
/// characters. Its axes are the two innermost ones over which wrong elements are not spread evenly;
/// on the other axes it shows the indices with the most wrong elements:
///
///     image 1, channel 2: rows 0-3 x columns 0-4
///     ....#
///     ....N
///
/// '.' right, '#' wrong, 'N' wrong and NaN, '+' some of the elements that share a character are
/// wrong. Elements are given ascending, as offsets in the dense, row-major result; those of
/// `not_a_number` are among `wrong`. Unless `complete`, the unknown elements behind the last wrong
/// one are shown as ' '. Empty when nothing is wrong, or the result has more than 4 million
/// positions.
std::string error_picture(const Trial& trial, std::span<const index_t> wrong,
                          std::span<const index_t> not_a_number, bool complete = true);

}  // namespace convict::oracle
