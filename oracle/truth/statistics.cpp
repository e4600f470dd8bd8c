// SPDX-License-Identifier: Apache-2.0
#include "oracle/truth/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include "datasets/case_tensors.hpp"

namespace convict::oracle {
namespace {

struct Sums {
  index_t count = 0;
  double squares = 0;
  double sum = 0;

  void add(double error) {
    ++count;
    squares += error * error;
    sum += error;
  }
  void add(const Sums& other) {
    count += other.count;
    squares += other.squares;
    sum += other.sum;
  }
  double mean_square() const { return squares / static_cast<double>(std::max<index_t>(count, 1)); }
  ErrorStatistics named(std::string elements) const {
    return {.elements = std::move(elements),
            .count = count,
            .root_mean_square = std::sqrt(mean_square()),
            .mean = sum / static_cast<double>(std::max<index_t>(count, 1))};
  }
};

/// How many standard deviations the mean square of `part` is from that of `all`.
double strangeness(const Sums& part, const Sums& all) {
  if (part.count < 8 || part.count == all.count || all.squares == 0) return 0;
  const double ratio = std::max(part.mean_square(), 1e-6 * all.mean_square()) / all.mean_square();
  return std::fabs(std::log(ratio)) * std::sqrt(static_cast<double>(part.count) / 2);
}

/// Sums at every place of one axis.
std::vector<Sums> along(const std::vector<index_t>& extents, std::size_t axis,
                        std::span<const double> errors) {
  std::size_t inner = 1;
  for (std::size_t a = axis + 1; a < extents.size(); ++a)
    inner *= static_cast<std::size_t>(extents[a]);
  const auto extent = static_cast<std::size_t>(extents[axis]);
  std::vector<Sums> sums(extent);
  for (std::size_t at = 0; at < errors.size(); ++at)
    if (!std::isnan(errors[at])) sums[at / inner % extent].add(errors[at]);
  return sums;
}

/// What users call the axes of a result.
std::string_view axis_name(Pass pass, std::size_t axis, std::size_t rank) {
  if (axis == 0) return pass == Pass::grad_weights ? "out_channel" : "image";
  if (axis == 1 && pass != Pass::grad_weights) return "channel";
  if (axis == rank - 1) return pass == Pass::grad_weights ? "tap column" : "column";
  if (axis == rank - 2) return pass == Pass::grad_weights ? "tap row" : "row";
  return "place";
}

}  // namespace

std::vector<ErrorStatistics> error_statistics(const Trial& trial, std::span<const double> errors) {
  const std::vector<index_t> extents = datasets::result_shape(trial.spec, trial.pass);
  Sums all;
  for (const double error : errors)
    if (!std::isnan(error)) all.add(error);
  std::vector<std::pair<double, ErrorStatistics>> found;
  const auto offer = [&](const Sums& part, auto name) {
    const double strange = strangeness(part, all);
    if (strange > unusual) found.emplace_back(strange, part.named(name()));
  };
  for (std::size_t axis = 0; axis < extents.size(); ++axis) {
    const auto name = axis_name(trial.pass, axis, extents.size());
    const std::vector<Sums> places = along(extents, axis, errors);
    for (std::size_t i = 0; i < places.size(); ++i)
      offer(places[i], [&] { return fmt::format("{} {}", name, i); });
    for (const std::size_t modulus : {4U, 8U, 16U}) {
      if (places.size() <= modulus) continue;
      std::vector<Sums> residues(modulus);
      for (std::size_t i = 0; i < places.size(); ++i) residues[i % modulus].add(places[i]);
      for (std::size_t r = 0; r < modulus; ++r)
        offer(residues[r], [&] { return fmt::format("{}s {} mod {}", name, r, modulus); });
    }
  }
  std::ranges::stable_sort(found, std::greater{}, &std::pair<double, ErrorStatistics>::first);
  std::vector<ErrorStatistics> result = {all.named("all")};
  for (auto& [strange, statistics] : found) result.push_back(std::move(statistics));
  return result;
}

std::vector<double> errors_in_roundoffs(const Case& known, const Claims& claims,
                                        std::span<const double> result) {
  const reference::Truth& truth = known.truth;
  const bool exact = known.fill->exact && datasets::can_be_exact(claims);
  if (exact || known.truth_by == TruthBy::sample || truth.value.size() != result.size()) return {};
  const Precision accumulator = claims.accumulator.value_or(accumulator_of(known.trial.precision));
  const double u = unit_roundoff(accumulator);
  std::vector<double> errors(result.size());
  for (std::size_t at = 0; at < errors.size(); ++at) {
    const double correction = truth.correction.empty() ? 0 : truth.correction[at];
    const double error = (result[at] - truth.value[at]) - correction;
    const double unit = u * truth.magnitude[at];
    errors[at] =
        unit > 0 && std::isfinite(error) ? error / unit : std::numeric_limits<double>::quiet_NaN();
  }
  return errors;
}

}  // namespace convict::oracle
