#pragma once

#include "fuzz/features/draft.hpp"

/// The ways a trial's shape is drawn.
namespace convict::fuzz::modes {

/// Where the features start from: filters, outputs and channels of a few each, nothing else.
void base(Draft& draft);
/// What networks are made of: 3x3, 1x1 and 5x5 filters, stride 1 and 2, channels by the eight.
void plain(Draft& draft);
/// All sizes 1 to 3, padding 0 to 3.
void tiny(Draft& draft);
/// One parameter or one axis of 256 to 65537.
void huge(Draft& draft);

/// A batch, channels or filters of which there are none.
Trial emptied(Draft draft);
/// A spec that every kernel must refuse, made by spoiling one value.
Trial spoiled(Draft draft);

}  // namespace convict::fuzz::modes
