// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace convict::fuzz {

/// The elements of all tensors of one trial that fit in a quarter of the memory that is available
/// now, when `jobs` trials run at once; 0 where that is not known.
double elements_that_fit(int jobs);

}  // namespace convict::fuzz
