// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gpu/projection/projection.hpp"

namespace convict::gpu::projection {

/// The steps that answer one question, in memory that Projector keeps.
class Projector::Work {
 public:
  Work(Projector& projector, const ProjectionQuestion& question);

  /// Nothing when there is no memory, or an operand has elements that are no integers.
  std::optional<Projected> answer();

 private:
  struct Weights {
    const Word *images, *in, *out;
  };

  bool is(Pass pass) const { return problem_.pass == pass; }
  bool reserve();
  void send_weights();
  void multiply_weights();
  void clear(Word* words, index_t count);
  RowSums reading(const std::byte* values) const;
  void add(const RowSums& step);
  void add_left(RowSums step, Word* sums);
  void add_right();
  void project_filters();
  void meet_images();
  void meet_filters();
  Answer downloaded() const;

  Projector& projector_;
  Device& device_;
  const ProjectionQuestion& question_;
  const Problem& problem_;
  Geometry g_;
  index_t taps_, inputs_, outputs_, positions_;
  index_t planes_at_once_;  ///< channels, or images with all their groups
  Word alpha_, beta_;
  Weights weights_{};
  // In the device's memory:
  Word *lists_{}, *table_{}, *left_{}, *old_{}, *right_{}, *marks_{}, *filters_{}, *planes_{};
  Answer* answer_{};
};

}  // namespace convict::gpu::projection
