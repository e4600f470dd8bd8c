// SPDX-License-Identifier: Apache-2.0
#include "mutants/mutants.hpp"

#include <string>

#include "mutants/tables.hpp"

namespace convict::mutants {
namespace {

Kernel plausible_kernel(std::string_view name) {
  return {.name = "mutant." + std::string(name),
          .precisions = {Precision::f64, Precision::f32, Precision::bf16, Precision::f16},
          .any_strides = true,
          .refuses = refuse_invalid};
}

std::vector<Mutant> joined() {
  std::vector<Mutant> all;
  for (const auto mutants :
       {index_mutants, width_mutants, padding_mutants, tail_mutants, group_mutants,
        gradient_mutants, unshared_mutants, dispatch_mutants, precision_mutants, claim_mutants,
        special_mutants, scaling_mutants, shape_mutants, layout_mutants, memory_mutants,
        thread_mutants, history_mutants, plan_mutants})
    for (Mutant& mutant : mutants()) all.push_back(std::move(mutant));
  return all;
}

}  // namespace

Mutant mutant(const Words& words, Run run, bool (*triggered)(const Trial&)) {
  Mutant made{.kernel = plausible_kernel(words.name),
              .fault = words.fault,
              .fault_class = words.fault_class,
              .intended = words.intended,
              .triggered = triggered,
              .example = words.example};
  made.kernel.run = run;
  return made;
}

std::span<const Mutant> all_mutants() {
  static const std::vector<Mutant> all = joined();
  return all;
}

const Kernel& right() {
  static const Kernel kernel = [] {
    Kernel made = plausible_kernel("");
    made.name = "right.direct";
    made.zero_strides = true;
    made.negative_strides = true;
    made.run = [](const Problem& problem, const Buffers& buffers) { convolve(problem, buffers); };
    return made;
  }();
  return kernel;
}

}  // namespace convict::mutants
