#pragma once

#include <functional>
#include <string>
#include <utility>

#include "core/kernel.hpp"
#include "oracle/custody/custody.hpp"
#include "reference/kernels.hpp"

/// Kernels with a fault that is known, for tests of the search.
namespace convict::planted {

/// The reference, except that the first element of the result is one too large where `fault` says.
inline oracle::Subject off_by_one_where(std::function<bool(const Problem&)> fault,
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
  return oracle::built_in(kernel);
}

inline oracle::Subject right() { return oracle::built_in(reference::kernels().front()); }

}  // namespace convict::planted
