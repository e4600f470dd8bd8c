// SPDX-License-Identifier: Apache-2.0
#include "fuzz/memory.hpp"

#include <algorithm>

#include "core/memory_budget.hpp"
#include "oracle/truth/memory_needed.hpp"

namespace convict::fuzz {

double elements_that_fit(int jobs) {
  return static_cast<double>(MemoryBudget::of_process().bytes()) /
         (oracle::bytes_judged + oracle::bytes_worked_on) / std::max(1, jobs);
}

}  // namespace convict::fuzz
