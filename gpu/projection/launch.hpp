// SPDX-License-Identifier: Apache-2.0
#pragma once

// Maps a step to the kernel that has to be started.

#include "gpu/projection/kernel.cuh"
#include "gpu/projection/projection.hpp"

namespace convict::gpu::projection {

/// Calls start(grid, kernel, step) once.
template <class Start>
void start_step(const Grid& grid, const Step& step, const Start& start) {
  struct {
    const Grid& grid;
    const Start& start;
    void operator()(const WeightProducts& s) const {
      start(grid, multiply_weights<WeightProducts>, s);
    }
    void operator()(const RowSums& s) const {
      if (s.is_f64)
        start(grid, sum_rows<double>, s);
      else
        start(grid, sum_rows<float>, s);
    }
    void operator()(const Meeting& s) const { start(grid, meet<Meeting>, s); }
    void operator()(const Comparison& s) const { start(grid, compare<Comparison>, s); }
    void operator()(const EqualBytes& s) const { start(grid, find_differences<EqualBytes>, s); }
  } const chosen{grid, start};
  std::visit(chosen, step);
}

}  // namespace convict::gpu::projection
