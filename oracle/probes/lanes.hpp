// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oracle/probes/dot.hpp"

namespace convict::oracle::probes {

/// A dot product whose terms lie along some of the dimensions that a pass sums over: libraries
/// often add up channels in another way than taps, or a depthwise convolution in another way than
/// the others.
struct Lane {
  std::string_view preposition;  ///< "in", "along"
  std::string_view noun;         ///< "1x1", "taps", "images", ...
  Dot dot;
  bool one_tap;  ///< one tap, and for grad_weights one position: nothing to transform
};

/// One lane of each kind for which the subject takes a problem:
///   forward, grad_input  in 1x1; along taps; along channels of larger filters; along both; in
///                        depthwise
///   grad_weights         along images (1x1, one position); along positions; along both; in
///                        depthwise
/// Several shapes, numbers of channels and batches are offered, so that kernels for few problems
/// are probed, too; the bench's hint is offered last. Throws SubjectEnded.
std::vector<Lane> lanes_of(Bench& bench);

}  // namespace convict::oracle::probes
