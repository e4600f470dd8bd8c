// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oracle/probes/bench.hpp"

namespace convict::oracle::probes {

/// How far one huge input element affects results that do not depend on it, in one problem.
struct Spread {
  std::string_view label;  ///< of the problem: "3x3 with 32 channels"
  ConvSpec spec;
  bool seen = false;  ///< some of them change: operands are transformed together
  index_t reach = 0;  ///< largest distance from the input to one that changes, along an axis
  index_t tile = 0;   ///< results per tile, as inferred from the distances; 0: unknown
  unsigned axes =
      0;  ///< the axes along which such results lie: bit a for axis a of Geometry's three
};

/// Replaces one input element after another, of about 1, by a huge one: 2^20, for f64 2^40. The
/// filters have a single non-zero tap, so that every result is one product. With direct summation
/// all other results keep their bits, because adding zero changes nothing. With Winograd the
/// rounding error grows in the whole tile of the input: in F(m, r) input i affects the tile's
/// outputs 0 to m - 1, except for inputs 0 and m + r - 2, which affect only their own. So the
/// furthest change lies m - 2 behind the last output that depends on the input by a tap. With FFT
/// it grows everywhere.
///
/// Libraries transform some shapes only: the problems have 1x1, 3x3 and 5x5 filters, 1, 8, 32 and
/// 64 channels, 1 and 16 images, one or three axes, different extents, and one channel a group. In
/// each a few elements are replaced, and the others where those show a transform. One Spread for
/// every problem that the subject takes. Throws SubjectEnded.
std::vector<Spread> spreads_of_a_spike(Bench& bench);

/// A reach from which on it cannot be Winograd: the transforms of such large tiles would amplify
/// rounding errors too much to be used.
inline constexpr index_t beyond_winograd = 9;

}  // namespace convict::oracle::probes
