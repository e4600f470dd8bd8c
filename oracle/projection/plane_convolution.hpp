// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/geometry.hpp"
#include "core/pass.hpp"
#include "oracle/projection/contraction.hpp"

namespace convict::oracle {

/// A convolution of one image and one channel in 64-bit words: (i0,i1,i2) times ([o0,o1,o2,] f0,
/// f1, f2) to (o0,o1,o2). Its planes are laid out so that the products of a tap are long contiguous
/// runs: columns and rows of the input that are a stride apart are adjacent. Where filters are
/// shared, rows also contain their zero padding and have the same length in input and output, so
/// that one run continues across rows; the products between two rows are zero or never read.
class PlaneConvolution {
 public:
  PlaneConvolution(const Geometry& g, const RingLoops& loops);

  index_t input_words() const { return g_.input[0] * stride_[2] * slots_ * pitch_; }
  index_t output_words() const { return g_.output[0] * g_.output[1] * output_pitch_; }

  /// Brings a plane into the layout. Returns `plane` if it already has it, else `space`, which must
  /// have as many words as the layout, zero where no earlier call has written.
  Word* lay_input(Word* plane, Word* space) const;
  Word* lay_output(Word* plane, Word* space) const;

  /// The plane in row-major order again; elements that no tap reads are 0.
  std::vector<Word> input_plane(const Word* laid) const;
  std::vector<Word> output_plane(const Word* laid) const;

  /// Adds the pass's products to the plane that it writes. All planes except the filter's are in
  /// the layout. The filters of adjacent output positions are `bank_stride` words apart (0:
  /// shared).
  struct Planes {
    Word* input;
    Word* filter;
    Word* output;
    index_t bank_stride;
  };
  void add(Pass pass, const Planes& planes) const;

 private:
  struct Run;
  template <class Move>
  void for_each_input_row(Move move) const;
  template <class Visit>
  void for_each_run(const Axes& tap, index_t first_row, Visit visit) const;
  void add_run(Pass pass, const Planes& planes, const Run& run) const;
  index_t laid_row(index_t i0, index_t i1, index_t phase) const;

  Geometry g_;
  const RingLoops& loops_;
  Axes stride_;
  bool padded_;
  index_t lead_;          ///< padding before a row
  index_t pitch_;         ///< words of one phase of an input row
  index_t output_pitch_;  ///< the same, if padded
  index_t rows_;          ///< input rows of one phase
  index_t slots_;         ///< of all phases
  index_t tile_;          ///< output rows that are worked on at a time
};

/// The geometry with its axes merged into one if it maps positions one to one (one tap, stride 1,
/// no padding); else unchanged.
Geometry flattened(const Geometry& g);

/// The parts of an input plane that some tap reads, in whole rows; empty if the first two strides
/// are 1, when that is all or nearly all.
std::vector<Columns> reached_parts(const Geometry& g);

}  // namespace convict::oracle
