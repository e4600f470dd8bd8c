// SPDX-License-Identifier: Apache-2.0
#include "oracle/truth/memory_needed.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "core/problem.hpp"

namespace convict::oracle {

std::size_t physical_memory() {
  static const std::size_t bytes = static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) *
                                   static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}

std::optional<std::string> why_too_large(const ConvSpec& spec, std::size_t memory) {
  constexpr double bytes_per_element = 40;
  constexpr double gibibyte = 1 << 30;
  const double elements = static_cast<double>(input_elements(spec)) +
                          static_cast<double>(filter_elements(spec)) +
                          static_cast<double>(output_elements(spec));
  const double needed = elements * bytes_per_element;
  if (needed <= static_cast<double>(memory)) return std::nullopt;
  return fmt::format("too large for this machine: a trial takes about {:.0f} GiB, there are {:.0f}",
                     needed / gibibyte, static_cast<double>(memory) / gibibyte);
}

std::optional<std::string> why_too_spread(const Trial& trial, std::size_t memory) {
  if (trial.recipe.pitch == 0 && trial.recipe.steps == Steps{}) return std::nullopt;
  constexpr double gibibyte = 1 << 30;
  const TensorShapes shapes = problem_of(trial).shapes;
  const double elements = static_cast<double>(shapes.input.span()) +
                          static_cast<double>(shapes.filters.span()) +
                          static_cast<double>(shapes.output.span());
  // The tensors, and a copy of one of them when gaps are compared.
  const double needed = 2 * elements * static_cast<double>(bytes_of(trial.precision));
  if (needed <= static_cast<double>(memory)) return std::nullopt;
  return fmt::format(
      "too large for this machine: with its gaps a trial takes about {:.0f} GiB, there are {:.0f}",
      needed / gibibyte, static_cast<double>(memory) / gibibyte);
}

}  // namespace convict::oracle
