#include "fuzz/check_rotation.hpp"

#include <vector>

#include "core/trial.hpp"
#include "datasets/random.hpp"
#include "oracle/checks.hpp"

namespace convict::fuzz {
namespace {

constexpr std::size_t every = 5;

std::vector<std::string> other_checks() {
  std::vector<std::string> names;
  for (const oracle::Check& check : oracle::checks())
    if (check.name != Recipe{}.check && !check.takes_invalid_specs) names.emplace_back(check.name);
  return names;
}

}  // namespace

std::string check_at(std::size_t number) {
  static const std::vector<std::string> others = other_checks();
  if (others.empty() || number % every != every - 1) return Recipe{}.check;
  // Not in turn: a turn of three would meet the same pass every time.
  return others[datasets::scramble(number) % others.size()];
}

}  // namespace convict::fuzz
