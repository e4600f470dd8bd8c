// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/errors.hpp"
#include "core/geometry.hpp"
#include "oracle/projection/contraction.hpp"
#include "oracle/projection/plane_convolution.hpp"
#include "oracle/projection/projection.hpp"
#include "oracle/projection/weights.hpp"

namespace convict::oracle {

/// The two sides of the projection's identity (projection.hpp) for one question and one set of
/// weights. `question` has to outlive it.
template <class T>
class Sides {
 public:
  Sides(const ExactQuestion<T>& question, std::uint64_t seed, int threads);

  index_t positions() const;  ///< the number of sums on either side
  index_t elements() const;   ///< of the result
  /// The position to whose sum an element of the result is added.
  index_t position_of(index_t element) const;

  /// L(values). Values that are no integers are reported to `impossible`.
  std::vector<Word> left(const T* values, const Reading& reading, Impossible& impossible) const;
  /// R, without alpha. Throws SpecError when an operand is no integer.
  std::vector<Word> right() const;
  /// L(old result). Throws SpecError when it has an element that is no integer.
  std::vector<Word> left_of_old() const;

 private:
  using Words = std::vector<Word>;

  /// Threads that share the tasks; if there are too few tasks, threads inside each one.
  struct Team {
    int tasks = 1;
    int inner = 1;
  };
  int threads_for(index_t work) const;
  Team team(index_t tasks, index_t work, index_t sums) const;

  Tensor<T> operand(std::span<const T> values, Impossible& impossible) const;
  Words image_sums(const Tensor<T>& images, const Words& channel_weights, index_t plane,
                   std::span<const Columns> parts) const;
  Words left_of_filters(const Tensor<T>& values) const;
  Words filters_over_outputs(const Tensor<T>& filters) const;
  Words filters_over_inputs(const Tensor<T>& filters) const;
  Words right_of_images(Impossible& impossible) const;
  Words right_by_one_tap(const Tensor<T>& images, const Words& filters) const;
  Words right_by_planes(const Tensor<T>& images, Words filters) const;
  Words right_of_filters(Impossible& impossible) const;
  index_t first_filter(index_t channel) const;

  const ExactQuestion<T>& question_;
  const RingLoops& loops_ = best_ring_loops();
  int threads_;
  Geometry g_;
  index_t banks_, taps_, inputs_, outputs_;
  ProjectionWeights weights_;
};

inline std::vector<Word> zeros(index_t count) {
  return std::vector<Word>(static_cast<std::size_t>(count));
}

/// Throws SpecError when there are any.
inline void require_none(const Impossible& impossible, std::string_view what) {
  if (impossible.elements.count() > 0)
    throw SpecError("a projection needs " + std::string(what) + " that are integers");
}

}  // namespace convict::oracle
