// SPDX-License-Identifier: Apache-2.0
#include "fuzz/memory.hpp"

#include <algorithm>

#include "core/memory_budget.hpp"

namespace convict::fuzz {

double elements_that_fit(int jobs) {
  constexpr double bytes_per_element = 40;  // oracle/truth/memory_needed.hpp
  return static_cast<double>(MemoryBudget::of_process().bytes()) / bytes_per_element /
         std::max(1, jobs);
}

}  // namespace convict::fuzz
