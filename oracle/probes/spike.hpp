#pragma once

#include "oracle/probes/bench.hpp"

namespace convict::oracle::probes {

/// What happens to results that a huge input has no part in.
struct Spread {
  bool seen = false;  ///< some of them change: operands are transformed together
  index_t reach = 0;  ///< the furthest of them from the input, in elements of an axis
  index_t tile = 0;   ///< results that are transformed together, as far as they show; 0: unknown
};

/// One input in turn grows from about 1 to 2^20 (2^40 for f64), with filters that have a single
/// tap, so that every result is one product. Direct summation leaves all results but one alone to
/// the last bit, as adding zero changes nothing. Winograd's error grows wherever the input is in
/// the tile: in F(m, r) input i reaches from tile output 0 to m - 1, and only inputs 0 and m + r -
/// 2 stay by themselves, so the furthest change lies m - 2 behind the last output that the input
/// may reach by a tap. For FFT it grows everywhere. Nothing when the subject takes no problem to do
/// it with. Throws SubjectEnded.
std::optional<Spread> spread_of_a_spike(Bench& bench);

/// No Winograd tile is as large as to reach this far (its transforms would amplify rounding errors
/// beyond use).
inline constexpr index_t beyond_winograd = 9;

}  // namespace convict::oracle::probes
