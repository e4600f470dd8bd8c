#include "mutants/mutants.hpp"

#include <string>

#include "mutants/tables.hpp"

namespace convict::mutants {
namespace {

Kernel honest_looking(std::string_view name) {
  return {.name = "zoo." + std::string(name),
          .precisions = {Precision::f64, Precision::f32, Precision::bf16, Precision::f16},
          .any_strides = true,
          .refuses = refuse_invalid};
}

std::vector<Mutant> joined() {
  std::vector<Mutant> all;
  for (const auto rows : {index_mutants, width_mutants, padding_mutants, tail_mutants,
                          group_mutants, gradient_mutants, unshared_mutants, dispatch_mutants,
                          precision_mutants, special_mutants, scaling_mutants, shape_mutants,
                          layout_mutants, memory_mutants, thread_mutants, history_mutants})
    for (Mutant& row : rows()) all.push_back(std::move(row));
  return all;
}

}  // namespace

Mutant mutant(const Words& words, Run run, bool (*triggered)(const Trial&)) {
  Mutant row{.kernel = honest_looking(words.name),
             .fault = words.fault,
             .fault_class = words.fault_class,
             .intended = words.intended,
             .triggered = triggered,
             .witness = words.witness};
  row.kernel.run = run;
  return row;
}

std::span<const Mutant> all_mutants() {
  static const std::vector<Mutant> all = joined();
  return all;
}

const Kernel& right() {
  static const Kernel kernel = [] {
    Kernel made = honest_looking("right");
    made.run = [](const Problem& problem, const Buffers& buffers) { convolve(problem, buffers); };
    return made;
  }();
  return kernel;
}

}  // namespace convict::mutants
