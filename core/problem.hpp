// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/layout.hpp"
#include "core/pass.hpp"
#include "core/precision.hpp"
#include "core/spec.hpp"
#include "core/trial.hpp"

namespace convict {

/// All that a kernel is told about one call, except the data.
///   forward       output       = alpha * conv(input, filters)                + beta * output
///   grad_input    input        = alpha * adjoint in the input (filters, output) + beta * input
///   grad_weights  filters      = alpha * adjoint in the filters (input, output) + beta * filters
/// beta = 0 means the old result is not read.
struct Problem {
  ConvSpec spec{};
  Pass pass = Pass::forward;
  Precision precision = Precision::f32;
  double alpha = 1;
  double beta = 0;
  int threads = 1;
  TensorShapes shapes{};  ///< where every element lies

  bool operator==(const Problem&) const = default;
};

/// True when all three tensors are dense and row-major in (N, C, i...), (K, [o...,] C/G, f...), (N,
/// K, o...).
/// False for a spec that describes no convolution.
bool is_dense_nchw(const Problem& problem);

/// Where the tensors lie whose layout, pitch and steps a recipe gives. The tensor that `pass`
/// writes is not repeated: 0 steps of it count as 1. `spec` must be valid. Throws SpecError when
/// they do not fit in 64 bits.
TensorShapes shapes_of(const ConvSpec& spec, const Recipe& recipe, Pass pass);

/// The problem of a trial, whose spec must be valid.
Problem problem_of(const Trial& trial);

}  // namespace convict
