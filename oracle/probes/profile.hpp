// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/verdict.hpp"
#include "oracle/truth/case.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::oracle {

/// The digits of sums whose terms lie along some dimensions (oracle/probes/lanes.hpp).
struct LaneProfile {
  std::string preposition;     ///< "in", "along"
  std::string noun;            ///< "1x1", "taps"
  bool wrong = false;          ///< even 1 times 1 among zeros is not 1; nothing else is known
  int input_digits = 0;        ///< significant bits of operands that count
  int accumulator_digits = 0;  ///< significant bits of partial sums
};

/// How one problem is summed up.
struct ShapeProfile {
  std::string label;                   ///< "3x3 with 32 channels"
  std::string arithmetic = "unknown";  ///< direct, winograd, fft
  index_t tile = 0;                    ///< of Winograd F(tile, r); 0: unknown
  unsigned axes = 0;          ///< that are transformed: bit a for axis a of Geometry's three
  unsigned allowed_axes = 0;  ///< that may be, by the claims
};

/// The arithmetic of a kernel, inferred from its results alone.
struct Profile {
  Pass pass = Pass::forward;
  Precision precision = Precision::f32;
  std::vector<LaneProfile> lanes{};
  std::vector<ShapeProfile> shapes{};
  int input_digits = 0;           ///< the fewest of all lanes
  bool inputs_truncated = false;  ///< if these are fewer than stored: truncated, not rounded
  int accumulator_digits = 0;     ///< the fewest of all lanes
  bool sums_truncated = false;
  bool results_truncated = false;      ///< 16-bit results of wider sums
  bool subnormal_first_kept = true;    ///< of the first operand: the input or the output's gradient
  bool subnormal_second_kept = true;   ///< of the second
  bool subnormal_results_kept = true;  ///< of the last operation
  bool subnormal_sums_kept = true;     ///< of operations before the last
  std::optional<double> infinity_cut{};  ///< the number that infinity as an operand becomes
  std::optional<double> overflow_cut{};  ///< the number that too large a result becomes
  bool nan_dropped = false;
  std::string arithmetic =
      "unknown";     ///< fft or winograd if some shape is transformed, else direct
  index_t tile = 0;  ///< the largest of all shapes; 0: unknown
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

/// One line: "reads f32, accumulates f16 along taps, f32 in 1x1, rounds to nearest, keeps
/// subnormals, direct summation, bits depend on nothing".
std::string to_string(const Profile& profile);

/// The check `profile`: probes the trial's pass and precision. Its spec is used only where the
/// subject refuses every problem that probes use. Fails when the profile contradicts the claims;
/// else the profile is the verdict's note.
Verdict profile(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                Cases& cases);

}  // namespace convict::oracle
