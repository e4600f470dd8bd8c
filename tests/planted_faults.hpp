// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "core/kernel.hpp"
#include "reference/kernels.hpp"
#include "sandbox/sandbox.hpp"

/// Kernels with a planted fault, for tests of the search.
namespace convict::planted {

/// The reference, except that the first element of the result is one too large where `fault` says.
inline sandbox::Subject off_by_one_where(std::function<bool(const Problem&)> fault,
                                         std::string name = "test.faulty") {
  Kernel kernel = reference::kernels().front();
  kernel.name = std::move(name);
  kernel.run = [fault = std::move(fault)](const Problem& problem, const Buffers& buffers) {
    reference::kernels().front().run(problem, buffers);
    void* const results[] = {buffers.output, buffers.input, buffers.filters};
    if (result_elements(problem.spec, problem.pass) == 0 || !fault(problem)) return;
    if (problem.precision == Precision::f32)
      *static_cast<float*>(results[static_cast<std::size_t>(problem.pass)]) += 1;
  };
  kernel.precisions = {Precision::f32};
  return sandbox::in_process(kernel);
}

inline sandbox::Subject right() { return sandbox::in_process(reference::kernels().front()); }

}  // namespace convict::planted
