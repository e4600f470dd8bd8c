// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

#include "core/half.hpp"
#include "core/kernel.hpp"
#include "core/spec_text.hpp"
#include "sandbox/sandbox.hpp"

namespace convict {

/// A kernel call with operands that are small integers, exact in every precision.
struct KernelCall {
  Problem problem;
  sandbox::Placement placement;
  std::size_t bytes = 0;

  explicit KernelCall(std::string_view spec, Pass pass = Pass::forward,
                      Precision precision = Precision::f32, Layout layout = Layout::nchw,
                      index_t pitch = 0) {
    problem.spec = parse_valid_spec(spec);
    problem.pass = pass;
    problem.precision = precision;
    problem.shapes = shapes_of(problem.spec, layout, pitch);
    placement.input = place(problem.shapes.input.span() * bytes_of(precision));
    placement.filters = place(problem.shapes.filters.span() * bytes_of(precision));
    placement.output = place(problem.shapes.output.span() * bytes_of(precision));
  }

  void add_workspace(std::size_t size) {
    placement.workspace = place(static_cast<index_t>(size));
    placement.workspace_bytes = size;
  }

  /// Fills the arena, gaps included.
  void fill(sandbox::Sandbox& sandbox) const {
    const std::span<std::byte> arena = sandbox.arena(bytes);
    with_storage_type(problem.precision, [&](auto zero) {
      using T = decltype(zero);
      for (std::size_t i = 0; i * sizeof(T) < arena.size(); ++i) {
        const T value{static_cast<float>(static_cast<int>(i * 7 % 5) - 2)};
        std::memcpy(&arena[i * sizeof(T)], &value, sizeof(T));
      }
    });
  }

  sandbox::CallEnd run(sandbox::Sandbox& sandbox) const { return sandbox.run(problem, placement); }

  /// All elements of the arena.
  std::vector<double> values(sandbox::Sandbox& sandbox) const {
    const std::span<const std::byte> arena = sandbox.arena(bytes);
    std::vector<double> result;
    with_storage_type(problem.precision, [&](auto value) {
      for (std::size_t at = 0; at + sizeof(value) <= arena.size(); at += sizeof(value)) {
        std::memcpy(&value, &arena[at], sizeof(value));
        result.push_back(static_cast<double>(value));
      }
    });
    return result;
  }

  /// The first element of the output of an f32 problem.
  float first_output(sandbox::Sandbox& sandbox) const {
    float value = 0;
    std::memcpy(&value, &sandbox.arena(bytes)[placement.output], sizeof(value));
    return value;
  }

 private:
  std::size_t place(index_t size) {
    const std::size_t start = bytes;
    bytes = (start + static_cast<std::size_t>(size) + 63) / 64 * 64;
    return start;
  }
};

/// A small problem for kernels that do not compute it.
inline constexpr std::string_view tiny = "c1_i4_k1_f2";

}  // namespace convict
