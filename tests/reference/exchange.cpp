// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>

#include "core/spec_text.hpp"
#include "core/trial.hpp"
#include "tests/reference/cases.hpp"

/// Answers trials from another implementation: one trial per line on stdin, binary answers on
/// stdout. Element i of tensor t (0 input, 1 filters, 2 output; the one that is written holds the
/// old result) is
///   ((2654435761 i + 40503 t + 97 seed) mod 2^32 div 2^16) mod 17 - 8
/// and an answer is, as doubles: the number of elements, then the result of the kernel, truth in
/// both widths, the magnitude and the number of multiply-adds, each as an array over all elements.
namespace {

using namespace convict;
using tests::Values;

Values formula_values(index_t count, std::uint32_t tensor, std::uint64_t seed) {
  Values values;
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(count); ++i) {
    const std::uint32_t mixed =
        2654435761U * i + 40503U * tensor + 97U * static_cast<std::uint32_t>(seed);
    values.push_back(static_cast<double>((mixed >> 16) % 17) - 8);
  }
  return values;
}

void write(const Values& values) {
  std::cout.write(reinterpret_cast<const char*>(values.data()),
                  static_cast<std::streamsize>(values.size() * sizeof(double)));
}

void answer(const Trial& trial) {
  const std::uint64_t seed = trial.recipe.seed;
  const tests::Call call{.spec = trial.spec,
                         .pass = trial.pass,
                         .operands = {formula_values(input_elements(trial.spec), 0, seed),
                                      formula_values(filter_elements(trial.spec), 1, seed),
                                      formula_values(output_elements(trial.spec), 2, seed)},
                         .alpha = trial.recipe.alpha,
                         .beta = trial.recipe.beta};
  const reference::Truth truth = tests::truth(call);
  write({static_cast<double>(truth.value.size())});
  write(tests::direct(call, trial.precision, trial.recipe.layout, trial.recipe.pitch));
  write(truth.value);
  write(tests::truth(call, reference::Width::twice_f64).value);
  write(truth.magnitude);
  write(Values(truth.products.begin(), truth.products.end()));
}

}  // namespace

int main() {
  try {
    for (std::string line; std::getline(std::cin, line);) {
      const Trial trial = parse_trial(line);
      validate(trial.spec);
      answer(trial);
    }
    return std::cout.flush() ? 0 : 2;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 2;
  }
}
