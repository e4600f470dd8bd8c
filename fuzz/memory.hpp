// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace convict::fuzz {

/// The elements of all tensors of one trial that fit in the budget of this process when `jobs` such
/// trials run at once.
double elements_that_fit(int jobs);

}  // namespace convict::fuzz
