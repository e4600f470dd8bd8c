// SPDX-License-Identifier: Apache-2.0
#include "oracle/projection/projection.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "core/errors.hpp"
#include "oracle/projection/scale.hpp"
#include "oracle/projection/sides.hpp"

namespace convict::oracle {
namespace {

/// m 2^-(m-1) for every position; the derivation is in the header.
double miss_probability(index_t positions, double largest_error) {
  const int m = 64 - std::max(0, std::ilogb(std::max(largest_error, 1.0)));
  return std::min(1.0, std::ldexp(static_cast<double>(m), 1 - m) * static_cast<double>(positions));
}

}  // namespace

template <class T>
Projection project(const ExactQuestion<T>& question, std::span<const T> result,
                   const datasets::ExactLimits& limits, std::uint64_t seed, int threads) {
  const ExactScale scale = exact_scale<T>(question, limits);
  const Sides<T> sides(question, seed, threads);
  assert(result.size() == static_cast<std::size_t>(sides.elements()));
  assert(question.beta == 0 || question.old_result.size() == result.size());
  const auto positions = static_cast<std::size_t>(sides.positions());
  std::vector<char> wrong(positions);
  Impossible impossible(Projection::most_kept, [&](index_t element) {
    wrong[static_cast<std::size_t>(sides.position_of(element))] = 1;
  });
  const std::vector<Word> left = sides.left(result.data(), scale.result, impossible);
  const std::vector<Word> right = sides.right();
  const std::vector<Word> old =
      question.beta != 0 ? sides.left_of_old() : std::vector<Word>(positions);
  FirstFew failed(Projection::most_kept);
  for (std::size_t at = 0; at < positions; ++at)
    if (wrong[at] != 0 || left[at] != scale.alpha * right[at] + scale.beta * old[at])
      failed.add(static_cast<index_t>(at));
  return {.positions = sides.positions(),
          .failed_count = failed.count(),
          .impossible_count = impossible.elements.count(),
          .failed = failed.ascending(),
          .impossible = impossible.elements.ascending(),
          .miss_probability = miss_probability(sides.positions(), 2 * scale.result.limit)};
}

template Projection project(const ExactQuestion<float>&, std::span<const float>,
                            const datasets::ExactLimits&, std::uint64_t, int);
template Projection project(const ExactQuestion<double>&, std::span<const double>,
                            const datasets::ExactLimits&, std::uint64_t, int);

}  // namespace convict::oracle
