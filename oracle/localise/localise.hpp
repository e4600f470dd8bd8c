#pragma once

#include <span>
#include <string>

#include "core/trial.hpp"

namespace convict::oracle {

/// Which elements of a result are wrong, in one sentence: "column 12 (the last) of every image and
/// channel", "odd rows", "channels 4 mod 8 of group 1 of 3", "all but image 0", "scattered: 37 of
/// 900, no pattern found". `wrong` counts the dense, row-major result, ascending, each element
/// once; unless `complete` there are more behind the last one given, and only what comes before it
/// is looked at.
///
/// The shortest description that holds of all wrong elements and of no right one is taken: a
/// literal (literals.hpp) for each axis, all of them together, or the opposite. A set of
/// elements is a product of sets of the axes exactly when its projections on the axes, multiplied,
/// have as many elements as it, so that no element is looked at twice. Where nothing is exact, the
/// best one or two literals that cover 90 % of the wrong elements and are right of 90 % of what
/// they cover, with the counts. Throws SpecError when an element lies outside the result.
std::string localise(const Trial& trial, std::span<const index_t> wrong, bool complete = true);

}  // namespace convict::oracle
