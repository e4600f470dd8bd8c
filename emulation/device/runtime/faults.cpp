// SPDX-License-Identifier: Apache-2.0
#include "faults.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <vector>

namespace convict_device {
namespace {

constexpr std::size_t most_of_a_kind = 8;

std::map<Fault, std::vector<std::string>>& faults() {
  static std::map<Fault, std::vector<std::string>> kept;
  return kept;
}

}  // namespace

void record_fault(Fault kind, const std::string& sentence) {
  auto& kept = faults()[kind];
  if (kept.size() < most_of_a_kind && std::find(kept.begin(), kept.end(), sentence) == kept.end())
    kept.push_back(sentence);
}

std::string fault_sentence() {
  std::size_t count = 0;
  for (const auto& [kind, kept] : faults()) count += kept.size();
  if (count == 0) return "";
  std::string sentence = faults().begin()->second.front();
  if (count > 1)
    sentence += text(" (and %zu more fault%s of the call)", count - 1, count == 2 ? "" : "s");
  return sentence;
}

bool has_faults() { return !faults().empty(); }
void forget_faults() { faults().clear(); }

std::string text(const char* format, ...) {
  std::va_list values;
  va_start(values, format);
  char written[1024];
  const int length = std::vsnprintf(written, sizeof written, format, values);
  va_end(values);
  return {written, static_cast<std::size_t>(std::min(std::max(length, 0), 1023))};
}

}  // namespace convict_device
