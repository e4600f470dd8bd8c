// SPDX-License-Identifier: Apache-2.0
#include "fuzz/memory.hpp"

#include <algorithm>
#include <fstream>
#include <string>

namespace convict::fuzz {
namespace {

/// MemAvailable of proc(5): what can be used without swapping.
double available_bytes() {
  constexpr double kibibyte = 1024;
  std::ifstream file("/proc/meminfo");
  for (std::string key; file >> key;) {
    double value = 0;
    if (key == "MemAvailable:" && file >> value) return value * kibibyte;
    file.ignore(1024, '\n');
  }
  return 0;
}

}  // namespace

double elements_that_fit(int jobs) {
  constexpr double share = 0.25;
  constexpr double bytes_per_element = 40;  // oracle/truth/memory_needed.hpp
  return share * available_bytes() / bytes_per_element / std::max(1, jobs);
}

}  // namespace convict::fuzz
