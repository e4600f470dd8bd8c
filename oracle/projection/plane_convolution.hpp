#pragma once

#include <vector>

#include "core/geometry.hpp"
#include "core/pass.hpp"
#include "oracle/projection/contraction.hpp"

namespace convict::oracle {

/// One image with one channel on every side of a convolution: (i0,i1,i2) times ([o0,o1,o2,] f0, f1,
/// f2) to (o0,o1,o2). Its planes are laid out so that a tap meets long runs of memory: columns and
/// rows of the input that are a stride apart lie side by side, and where filters are shared, rows
/// have their zero padding beside them and are as long on both sides, so that one run goes on from
/// row to row. What a run meets between rows is zero or never read.
class PlaneConvolution {
 public:
  PlaneConvolution(const Geometry& g, const RingLoops& loops);

  index_t input_words() const { return g_.input[0] * stride_[2] * slots_ * pitch_; }
  index_t output_words() const { return g_.output[0] * g_.output[1] * output_pitch_; }

  /// The plane in the layout. May be `plane` itself, else it is in `space`, which has as many words
  /// as the layout, zero wherever no plane has ever been laid.
  Word* lay_input(Word* plane, Word* space) const;
  Word* lay_output(Word* plane, Word* space) const;

  /// Back in row-major order. What no tap meets is 0.
  std::vector<Word> input_plane(const Word* laid) const;
  std::vector<Word> output_plane(const Word* laid) const;

  /// Adds the pass's products to the plane that it writes; all are laid out except the filter's.
  /// `bank_stride` words lie from one output position's filter to the next (0: shared).
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
  index_t lead_;          ///< zeros before a row
  index_t pitch_;         ///< words of one phase of an input row
  index_t output_pitch_;  ///< the same, if padded
  index_t rows_;          ///< input rows of one phase
  index_t slots_;         ///< of all phases
  index_t tile_;          ///< output rows that are worked on at a time
};

/// A problem that maps positions one to one becomes one long row.
Geometry flattened(const Geometry& g);

/// The parts of an input plane that some tap meets, in whole rows; none when that is all or nearly
/// so.
std::vector<Columns> reached_parts(const Geometry& g);

}  // namespace convict::oracle
