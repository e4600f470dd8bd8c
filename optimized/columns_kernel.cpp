// SPDX-License-Identifier: Apache-2.0
#include "optimized/columns_kernel.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "optimized/call.hpp"
#include "optimized/gemm.hpp"

namespace convict::optimized {
namespace {

template <class T>
struct Result {
  T* data;
  index_t elements;
  bool has_products;  ///< its elements are sums of at least one product
};

template <class T>
Result<T> result_of(const Problem& problem, const Call<T>& call) {
  const Geometry& g = call.geometry;
  switch (problem.pass) {
    case Pass::forward:
      return {call.output.data, output_elements(problem.spec), g.group_in_channels > 0};
    case Pass::grad_input:
      return {call.input.data, input_elements(problem.spec), g.group_out_channels > 0};
    default: return {call.filters, filter_elements(problem.spec), g.batch > 0};
  }
}

template <class T>
index_t workspace_elements(const Call<T>& call, Pass pass) {
  if (call.geometry.unshared) return unshared_workspace(call, pass);
  if (pass == Pass::forward) return forward_workspace(call);
  return pass == Pass::grad_input ? grad_input_workspace(call) : grad_weights_workspace(call);
}

template <class T>
void compute(const Call<T>& call, Pass pass) {
  const bool unshared = call.geometry.unshared;
  switch (pass) {
    case Pass::forward: return unshared ? unshared_forward(call) : forward(call);
    case Pass::grad_input: return unshared ? unshared_grad_input(call) : grad_input(call);
    case Pass::grad_weights: return unshared ? unshared_grad_weights(call) : grad_weights(call);
  }
}

template <class T>
void correlate(const Problem& problem, const Buffers& buffers) {
  const Call<T> call = call_of<T>(problem, buffers);
  const Result<T> result = result_of(problem, call);
  if (result.elements == 0) return;
  if (result.has_products) return compute(call, problem.pass);
  for (index_t i = 0; i < result.elements; ++i)
    result.data[i] = call.scaling.beta == 0 ? T{0} : call.scaling.beta * result.data[i];
}

template <class T>
std::size_t workspace_bytes(const Problem& problem) {
  const Call<T> call = call_of<T>(problem, {});
  const Result<T> result = result_of(problem, call);
  if (result.elements == 0 || !result.has_products) return 0;
  return static_cast<std::size_t>(workspace_elements(call, problem.pass)) * sizeof(T);
}

}  // namespace

std::optional<std::string> beyond_blas(const Problem& problem) {
  const Geometry g = geometry_of(problem.spec);
  const index_t depth = g.group_in_channels * volume(g.filter);
  if (!g.unshared &&
      std::max({depth, g.group_in_channels, g.group_out_channels}) > largest_blas_size)
    return fmt::format("BLAS takes matrix sizes up to {}; a group has {} taps and {} out_channels",
                       largest_blas_size, depth, g.group_out_channels);
  return std::nullopt;
}

std::size_t correlation_workspace_bytes(const Problem& problem) {
  return problem.precision == Precision::f64 ? workspace_bytes<double>(problem)
                                             : workspace_bytes<float>(problem);
}

void correlate(const Problem& problem, const Buffers& buffers) {
  return problem.precision == Precision::f64 ? correlate<double>(problem, buffers)
                                             : correlate<float>(problem, buffers);
}

}  // namespace convict::optimized
