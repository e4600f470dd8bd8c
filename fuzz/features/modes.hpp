// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fuzz/features/draft.hpp"

/// The ways a trial's shape is drawn.
namespace convict::fuzz::modes {

/// What features are applied to: small filters, outputs and channels, nothing else.
void base(Draft& draft);
/// Shapes of common networks: 3x3, 1x1 and 5x5 filters, stride 1 and 2, channels mostly multiples
/// of 8.
void plain(Draft& draft);
/// All sizes 1 to 3, padding 0 to 3.
void tiny(Draft& draft);
/// One parameter or one axis of 256 to 65537.
void huge(Draft& draft);

/// Innermost extents and channels of every residue modulo 4, 8, 16 and 32 (1 to 33, or 32 and 64
/// more), depthwise now and then, crossed with alpha, beta, alignment, threads and padding, each of
/// which about half of these trials have: all triples meet within a few thousand of them.
void remainders(Draft& draft);

/// One size or two are large, all others small: batch, channels, filters, groups, a long filter, a
/// square one to 31 x 31, positions of one axis or of a plane, or the bytes of a tensor up to
/// 64 MiB. Sizes are log-uniform; most lie around a power of two or just beyond a multiple of 8 to
/// 128. Sets the budgets of the draft; 2e7 multiply-adds at most.
void large(Draft& draft);

/// A tensor has just over 2^bits elements, and few products read or write them: the input as one
/// long axis or as many images and channels, with strides so large that there are few outputs; the
/// output; or the filters. Which one is `turn` modulo 4; from 31 bits on it is an input.
void beyond(Draft& draft, int bits, std::size_t turn);
/// The elements that the three tensors of `beyond` have together, at most.
double elements_beyond(int bits);

/// No images, no input channels or no filters.
Trial emptied(Draft draft);
/// An invalid spec, which every kernel must refuse, made from a valid one.
Trial spoiled(Draft draft);

}  // namespace convict::fuzz::modes
