// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <vector>

#include "reference/truth.hpp"

namespace convict {

/// The three tensors of a problem, dense and row-major.
struct PlainTensors {
  std::vector<double> input, filters, output;
  std::vector<double>& written(Pass pass) {
    if (pass == Pass::forward) return output;
    return pass == Pass::grad_input ? input : filters;
  }
};

/// The result of the pass by the definition.
inline std::vector<double> plain_truth(const ConvSpec& spec, Pass pass, double alpha, double beta,
                                       PlainTensors tensors) {
  std::vector<double> old = std::exchange(tensors.written(pass), {});
  if (beta == 0) old.clear();
  const reference::Question question{spec,           pass,  tensors.input, tensors.filters,
                                     tensors.output, alpha, beta,          old};
  return reference::truth(question, reference::Width::f64).value;
}

}  // namespace convict
