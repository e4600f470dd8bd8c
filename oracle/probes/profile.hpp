// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/verdict.hpp"
#include "oracle/truth/case.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::oracle {

/// The arithmetic of a kernel, inferred from its results alone.
struct Profile {
  Pass pass = Pass::forward;
  Precision precision = Precision::f32;
  int input_digits = 0;           ///< significant bits of operands that count
  bool inputs_truncated = false;  ///< if these are fewer than stored: truncated, not rounded
  int accumulator_digits = 0;     ///< significant bits of partial sums
  bool sums_truncated = false;
  bool results_truncated = false;  ///< 16-bit results of wider sums
  bool subnormal_inputs_kept = true;
  bool subnormal_results_kept = true;
  std::string arithmetic = "unknown";  ///< direct, winograd, fft
  index_t tile = 0;                    ///< of Winograd F(tile, r); 0: unknown
  bool bits_depend_on_threads = false;
  bool bits_depend_on_alignment = false;
  bool bits_depend_on_batch_position = false;
  bool bits_depend_on_run = false;
  std::vector<std::string> contradictions{};  ///< claims it violates, in sentences
};

/// Probes the subject with small problems. Nothing when it refuses all of them, or crashes, hangs
/// or reports failure in one.
std::optional<Profile> profile_of(const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                                  Pass pass, Precision precision);

/// One line: "reads f32, accumulates f32, rounds to nearest, keeps subnormals, direct summation,
/// bits depend on nothing".
std::string to_string(const Profile& profile);

/// The check `profile`: probes the trial's pass and precision, whatever its spec. Fails when the
/// profile contradicts the claims; else the profile is the verdict's note.
Verdict profile(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                Cases& cases);

}  // namespace convict::oracle
