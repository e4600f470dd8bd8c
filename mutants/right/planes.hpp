// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/kernel.hpp"
#include "oracle/bounds/correlation.hpp"

namespace convict::mutants {

/// The operands and the result of a dense problem as planes: result[row, b] is the sum over j of
/// first[row, j] correlated with second[row, b, j]. See oracle/bounds/correlation.hpp.
template <class T>
struct Planes {
  oracle::Correlation c;
  const T* first;
  const T* second;
  T* result;

  Planes(const Problem& problem, const Buffers& buffers)
      : c(oracle::correlation_of(problem.spec, problem.pass)),
        first(static_cast<const T*>(problem.pass == Pass::grad_input ? buffers.output
                                                                     : buffers.input)),
        second(static_cast<const T*>(problem.pass == Pass::grad_weights ? buffers.output
                                                                        : buffers.filters)),
        result(static_cast<T*>(problem.pass == Pass::forward      ? buffers.output
                               : problem.pass == Pass::grad_input ? buffers.input
                                                                  : buffers.filters)) {}

  /// Element `at` of the plane first[row, j], zero outside.
  T first_at(index_t row, index_t j, const Axes& at) const {
    return oracle::inside(c.first, at) ? first[c.first_plane(row, j) * oracle::volume(c.first) +
                                               oracle::offset_in(c.first, at, false)]
                                       : T{};
  }
  /// Element `at` of the plane second[row, b, j], zero outside.
  T second_at(index_t row, index_t b, index_t j, const Axes& at) const {
    return oracle::inside(c.second, at)
               ? second[c.second_plane(row, b, j) * oracle::volume(c.second) +
                        oracle::offset_in(c.second, at, c.reverse_second)]
               : T{};
  }
  /// result = alpha * sum + beta * result for element `at` of the plane result[row, b].
  void store(const Problem& problem, index_t row, index_t b, const Axes& at, T sum) const {
    T& element = result[c.result_plane(row, b) * oracle::volume(c.result) +
                        oracle::offset_in(c.result, at, c.reverse_result)];
    const auto alpha = static_cast<T>(problem.alpha);
    const auto beta = static_cast<T>(problem.beta);
    element = beta == 0 ? alpha * sum : alpha * sum + beta * element;
  }
};

}  // namespace convict::mutants
