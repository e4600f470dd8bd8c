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

/// No images, no input channels or no filters.
Trial emptied(Draft draft);
/// An invalid spec, which every kernel must refuse, made from a valid one.
Trial spoiled(Draft draft);

}  // namespace convict::fuzz::modes
