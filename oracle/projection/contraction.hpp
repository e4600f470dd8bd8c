// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "oracle/projection/first_few.hpp"
#include "oracle/projection/ring.hpp"

namespace convict::oracle {

/// Collects the elements of a tensor whose values are impossible: no integers in their Reading.
/// Hold `mutex` during `add`, since several threads may report.
class Impossible {
 public:
  /// Keeps the `most_kept` smallest; `on_each` is called for each element, in no particular order.
  explicit Impossible(index_t most_kept, std::function<void(index_t)> on_each = {})
      : elements(most_kept), on_each_(std::move(on_each)) {}

  void add(index_t element) {
    elements.add(element);
    if (on_each_) on_each_(element);
  }

  std::mutex mutex;
  FirstFew elements;

 private:
  std::function<void(index_t)> on_each_;
};

/// A tensor, how its values become integers, and where impossible ones are reported.
template <class T>
struct Tensor {
  const RingLoops& loops;
  const T* values;
  Reading reading;
  Impossible& impossible;
};

/// Columns [begin, begin + count) of rows.
struct Columns {
  index_t begin;
  index_t count;
};

/// Rows of a tensor: value i of row j is element first + j * stride + i, i < length.
struct Rows {
  index_t first = 0;
  index_t count = 0;
  index_t stride = 0;
  index_t length = 0;
  std::span<const Columns> parts{};  ///< only these columns are read, ascending; none: all
};

/// weight(j) = outer[j / period] * inner[j % period], or inner[j] when there is no `outer`.
struct RowWeights {
  const Word* inner;
  const Word* outer = nullptr;
  index_t period = 1;
  const Word* spread = nullptr;  ///< optional: every weight(j) `length` times in a row
};

/// sums[i] += sum_j weight(j) value(j, i), in the ring, by at most `threads` threads.
template <class T>
void contract(const Tensor<T>& tensor, const Rows& rows, const RowWeights& weights, Word* sums,
              int threads);

/// Every weight `length` times.
std::vector<Word> spread_over(std::span<const Word> weights, index_t length);

/// Contiguous rows shorter than this are joined, so that whole vectors are read.
inline constexpr index_t short_length = 16;

/// The most columns that contract sums up at once: their sums and what is read fit in L1.
inline constexpr index_t block_columns = 4096;

}  // namespace convict::oracle
