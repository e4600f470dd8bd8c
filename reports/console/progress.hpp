// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

namespace convict::reports {

/// The state of a run.
struct Progress {
  std::size_t done = 0;
  std::size_t planned = 0;  ///< 0 when open-ended
  std::size_t findings = 0;
  double elapsed_s = 0;
  double limit_s = 0;  ///< an open-ended run is stopped then; 0: it is not
};

/// "1,200 of 4,800 trials (25 %), 120/s, 30 s left, 2 findings"
std::string progress_text(const Progress& progress);

}  // namespace convict::reports
