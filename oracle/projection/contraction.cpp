// SPDX-License-Identifier: Apache-2.0
#include "oracle/projection/contraction.hpp"

#include <algorithm>
#include <array>
#include <mutex>

#include "oracle/projection/tasks.hpp"

namespace convict::oracle {
namespace {

constexpr index_t rows_at_once = 64;
constexpr index_t rows_in_parts = 8;  // the number of memory streams that the loops read at once
constexpr index_t words_at_once = 2048;

index_t row_begin(const Rows& rows, index_t j) { return rows.first + j * rows.stride; }

/// into[i] = weight(begin + i)
void copy_weights(const RowWeights& weights, index_t begin, index_t count, Word* into) {
  if (weights.outer == nullptr) {
    std::copy_n(weights.inner + begin, count, into);
    return;
  }
  index_t outer = begin / weights.period;
  index_t inner = begin % weights.period;
  for (index_t i = 0; i < count; ++i) {
    into[i] = weights.outer[outer] * weights.inner[inner];
    if (++inner == weights.period) {
      inner = 0;
      ++outer;
    }
  }
}

/// Reports the impossible values of a block that contains some, one by one; this is rare.
template <class T>
void search(const Tensor<T>& tensor, const Block<T>& block) {
  const std::lock_guard lock(tensor.impossible.mutex);
  for (index_t j = 0; j < block.rows; ++j)
    for (index_t i = 0; i < block.columns; ++i) {
      const T* value = block.values + j * block.stride + i;
      if (!is_possible(static_cast<double>(*value), tensor.reading))
        tensor.impossible.add(value - tensor.values);
    }
}

/// Adds rows [j, j + count) of one part. The next rows will be read afterwards, then the next
/// columns, for the prefetch.
template <class T>
void add_part(const Tensor<T>& tensor, const Rows& rows, index_t j, index_t count,
              const Columns& part, const Word* weights, Word* sums) {
  const bool more_columns = part.begin + part.count < rows.length;
  const Block<T> block{.values = tensor.values + row_begin(rows, j) + part.begin,
                       .rows = count,
                       .stride = rows.stride,
                       .columns = part.count,
                       .next = j + count < rows.count ? count * rows.stride
                               : more_columns         ? part.count - j * rows.stride
                                                      : 0};
  const auto add_rows = tensor.loops.template add_rows<T>();
  if (!add_rows(sums + part.begin, block, weights, tensor.reading)) search(tensor, block);
}

/// Adds a few rows at a time, all their parts, so that memory is read in order.
template <class T>
void add_rows_in_parts(const Tensor<T>& tensor, const Rows& rows, const RowWeights& weights,
                       std::span<const Columns> parts, Word* sums) {
  std::array<Word, rows_at_once> row_weights;  // only the used ones are initialized
  const index_t at_once = parts.size() > 1 ? rows_in_parts : rows_at_once;
  for (index_t j = 0; j < rows.count; j += at_once) {
    const index_t count = std::min(at_once, rows.count - j);
    copy_weights(weights, j, count, row_weights.data());
    for (const Columns& part : parts)
      add_part(tensor, rows, j, count, part, row_weights.data(), sums);
  }
}

/// Contracts short rows by joining many of them into one long row, which `fold` adds up at the end.
template <class T>
class ShortRows {
 public:
  ShortRows(const Tensor<T>& tensor, index_t length) : tensor_(tensor), length_(length) {}

  /// `spread` holds every row's weight `length` times.
  void add(index_t first, index_t rows, const Word* spread) {
    const index_t width = folds_ * length_;
    const index_t full = rows / folds_;
    add_block(first, full, width, spread);
    add_block(first + full * width, 1, rows * length_ - full * width, spread + full * width);
  }
  void add(const Rows& rows, const RowWeights& weights) {
    const index_t at_once = words_at_once / (folds_ * length_) * folds_;
    std::array<Word, words_at_once> row_weights, spread;  // only the used ones are initialized
    for (index_t j = 0; j < rows.count; j += at_once) {
      const index_t count = std::min(at_once, rows.count - j);
      copy_weights(weights, j, count, row_weights.data());
      for (index_t i = 0; i < count; ++i)
        std::fill_n(spread.data() + i * length_, length_, row_weights[static_cast<std::size_t>(i)]);
      add(row_begin(rows, j), count, spread.data());
    }
  }
  void fold(Word* sums) const {
    for (index_t f = 0; f < folds_; ++f)
      for (index_t i = 0; i < length_; ++i)
        sums[i] += folded_[static_cast<std::size_t>(f * length_ + i)];
  }

 private:
  void add_block(index_t first, index_t rows, index_t columns, const Word* spread) {
    if (rows == 0 || columns == 0) return;
    const Block<T> block{.values = tensor_.values + first,
                         .rows = rows,
                         .stride = folds_ * length_,
                         .columns = columns};
    const auto add_weighted = tensor_.loops.template add_weighted<T>();
    if (!add_weighted(folded_.data(), block, spread, tensor_.reading)) search(tensor_, block);
  }

  const Tensor<T>& tensor_;
  index_t length_;
  index_t folds_ = ceil_div(ceil_div(64, length_), 16) * 16;  // at least 64 words in full vectors
  std::array<Word, short_length * 16> folded_{};
};

template <class T>
void add_short_rows(const Tensor<T>& tensor, const Rows& rows, const RowWeights& weights,
                    Word* sums) {
  ShortRows<T> work(tensor, rows.length);
  if (weights.spread != nullptr)
    work.add(rows.first, rows.count, weights.spread);
  else
    work.add(rows, weights);
  work.fold(sums);
}

template <class T>
void contract_alone(const Tensor<T>& tensor, const Rows& rows, const RowWeights& weights,
                    Word* sums) {
  if (rows.length < short_length && rows.stride == rows.length && rows.count > rows_in_parts)
    return add_short_rows(tensor, rows, weights, sums);
  if (!rows.parts.empty()) return add_rows_in_parts(tensor, rows, weights, rows.parts, sums);
  for (index_t begin = 0; begin < rows.length; begin += block_columns) {
    const Columns columns{begin, std::min(block_columns, rows.length - begin)};
    add_rows_in_parts(tensor, rows, weights, {&columns, 1}, sums);
  }
}

/// Every task sums up its own columns; there are about two tasks for each thread.
template <class T>
void contract_columns(const Tensor<T>& tensor, const Rows& rows, const RowWeights& weights,
                      Word* sums, int threads) {
  const index_t columns = ceil_div(ceil_div(rows.length, index_t{threads} * 2), 64) * 64;
  for_each_task(threads, ceil_div(rows.length, columns), [&](index_t task, int) {
    const index_t begin = task * columns;
    Rows own = rows;
    own.first += begin;
    own.length = std::min(columns, rows.length - begin);
    contract_alone(tensor, own, weights, sums + begin);
  });
}

/// Every task adds its own rows to the sums of its thread; there are about eight tasks for each
/// thread.
template <class T>
void contract_rows(const Tensor<T>& tensor, const Rows& rows, const RowWeights& weights, Word* sums,
                   int threads) {
  const index_t share =
      ceil_div(ceil_div(rows.count, index_t{threads} * 8), rows_at_once) * rows_at_once;
  std::vector<Word> row_weights(static_cast<std::size_t>(rows.count));
  copy_weights(weights, 0, rows.count, row_weights.data());
  std::vector<Word> shares(static_cast<std::size_t>(threads * rows.length));
  for_each_task(threads, ceil_div(rows.count, share), [&](index_t task, int thread) {
    const index_t begin = task * share;
    Rows own = rows;
    own.first = row_begin(rows, begin);
    own.count = std::min(share, rows.count - begin);
    contract_alone(tensor, own, {.inner = row_weights.data() + begin},
                   shares.data() + thread * rows.length);
  });
  for (int thread = 0; thread < threads; ++thread)
    for (index_t i = 0; i < rows.length; ++i)
      sums[i] += shares[static_cast<std::size_t>(thread * rows.length + i)];
}

}  // namespace

template <class T>
void contract(const Tensor<T>& tensor, const Rows& rows, const RowWeights& weights, Word* sums,
              int threads) {
  if (rows.count <= 0 || rows.length <= 0) return;
  if (threads <= 1) return contract_alone(tensor, rows, weights, sums);
  if (rows.parts.empty() && rows.length >= threads * block_columns / 2)
    return contract_columns(tensor, rows, weights, sums, threads);
  contract_rows(tensor, rows, weights, sums, threads);
}

template void contract(const Tensor<float>&, const Rows&, const RowWeights&, Word*, int);
template void contract(const Tensor<double>&, const Rows&, const RowWeights&, Word*, int);

std::vector<Word> spread_over(std::span<const Word> weights, index_t length) {
  std::vector<Word> spread;
  spread.reserve(weights.size() * static_cast<std::size_t>(length));
  for (const Word weight : weights)
    spread.insert(spread.end(), static_cast<std::size_t>(length), weight);
  return spread;
}

}  // namespace convict::oracle
