// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "gpu/projection/projection.hpp"

namespace convict::gpu::projection {

RowSums cut(RowSums step, const Tuning& tuning) {
  if (step.outers == 0 || step.rows == 0 || step.length == 0) {
    step.chunks = 0;
    return step;
  }
  step.fold = std::clamp<index_t>(ceil_div(tuning.coalesced, step.length), 1, step.rows);
  const index_t folded = ceil_div(step.rows, step.fold);
  const index_t lanes = step.outers * step.fold * step.length;
  const index_t most = ceil_div(folded, tuning.least_rows);
  const index_t chunks = std::clamp<index_t>(tuning.wanted_threads / lanes, 1, most);
  step.chunk_rows = ceil_div(folded, chunks) * step.fold;
  step.chunks = ceil_div(step.rows, step.chunk_rows);
  return step;
}

Meeting cut(Meeting step, const Tuning& tuning) {
  if (step.positions == 0 || step.sites == 0 || step.depth == 0) {
    step.site_chunks = 0;
    return step;
  }
  step.site_chunks = std::clamp<index_t>(tuning.wanted_threads / step.positions, 1, step.sites);
  step.depth_chunks = std::clamp<index_t>(
      tuning.wanted_threads / (step.positions * step.site_chunks), 1, step.depth);
  return step;
}

}  // namespace convict::gpu::projection
