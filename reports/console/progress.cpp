// SPDX-License-Identifier: Apache-2.0
#include "reports/console/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/words.hpp"

namespace convict::reports {
namespace {

std::string rate_text(double per_second) {
  if (per_second < 10) return fmt::format("{:.1f}/s", per_second);
  return fmt::format("{}/s", grouped(static_cast<std::size_t>(std::lround(per_second))));
}

}  // namespace

std::string progress_text(const Progress& progress) {
  const bool open_ended = progress.planned == 0;
  std::string text = open_ended ? counted(progress.done, "trial")
                                : fmt::format("{} of {} ({} %)", grouped(progress.done),
                                              counted(progress.planned, "trial"),
                                              100 * progress.done / progress.planned);
  const double rate =
      progress.elapsed_s > 0 ? static_cast<double>(progress.done) / progress.elapsed_s : 0;
  if (rate > 0) text += ", " + rate_text(rate);
  if (rate > 0 && progress.planned > progress.done)
    text += fmt::format(
        ", {} left", duration_text(static_cast<double>(progress.planned - progress.done) / rate));
  if (open_ended && progress.limit_s > 0)
    text += fmt::format(", {} left",
                        duration_text(std::max(0.0, progress.limit_s - progress.elapsed_s)));
  else if (open_ended)
    text += fmt::format(", {} so far", duration_text(progress.elapsed_s));
  return text + ", " +
         (progress.findings == 0 ? std::string("no finding")
                                 : counted(progress.findings, "finding"));
}

}  // namespace convict::reports
