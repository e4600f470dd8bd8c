// SPDX-License-Identifier: Apache-2.0
#include "reports/summary/claim_remarks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reports/words.hpp"

namespace convict::reports {
namespace {

constexpr std::size_t fewest_passes = 20;
constexpr double wide_factor = 10;

/// How many times the error of its median pass the bound of a kernel's claims is; 0: too few
/// passes.
double bound_over_median(const KernelSummary& kernel) {
  std::vector<double> ratios = kernel.pass_ratios;
  if (ratios.size() < fewest_passes) return 0;
  const auto middle = ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2);
  std::ranges::nth_element(ratios, middle);
  return 1 / *middle;
}

}  // namespace

std::vector<std::string> claim_remarks(const KernelSummary& kernel) {
  std::vector<std::string> remarks;
  for (const auto& [reason, where] : kernel.contradictions)
    remarks.push_back(
        printable(fmt::format("{}: {} ({})", kernel.name, reason, fmt::join(where, ", "))));
  if (!kernel.wide_claims.empty() && 2 * kernel.zeros_would_pass > kernel.ran())
    remarks.push_back(printable(fmt::format(
        "{}: the bound of its claims ({}) decides nothing in {} of {}: an answer of zeros would "
        "pass there",
        kernel.name, kernel.wide_claims, grouped(kernel.zeros_would_pass),
        counted(kernel.ran(), "trial"))));
  const double factor = kernel.wide_claims.empty() ? 0 : bound_over_median(kernel);
  if (factor > wide_factor)
    remarks.push_back(printable(fmt::format(
        "{}: the bound of its claims ({}) is {:.0f} times the error of its median pass: an error "
        "ten times as large as usual would pass",
        kernel.name, kernel.wide_claims, factor)));
  return remarks;
}

std::string claim_remarks_text(const Summary& summary) {
  std::string text;
  for (const KernelSummary& kernel : summary.kernels)
    for (const std::string& remark : claim_remarks(kernel)) text += remark + '\n';
  return text;
}

}  // namespace convict::reports
