// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "mutants/right/kernels.hpp"
#include "mutants/right/planes.hpp"
#include "oracle/bounds/tile_transform.hpp"
#include "oracle/bounds/transform_errors.hpp"

namespace convict::mutants {
namespace {

/// Winograd's minimal filtering (Lavin and Gray, CVPR 2016), one row of planes at a time:
///     result tile = AT [ sum over j and blocks of (G second) .* (BT first) ].
/// forward and grad_input: tiles of M results, all taps in one block. grad_weights: all taps are
/// one tile of results, and the output gradient is split in blocks of M. Axes that are not
/// transformed have tiles of one result and blocks of one tap (or output gradient).
template <class T>
class Winograd {
 public:
  Winograd(const Problem& problem, const Buffers& buffers, const Arithmetic& arithmetic)
      : problem_(problem),
        planes_(problem, buffers),
        weights_(problem.pass == Pass::grad_weights),
        axes_(oracle::transformed_axes(problem.spec, arithmetic)),
        tile_(extents(weights_ ? arithmetic.taps : arithmetic.tile)),
        block_(extents(weights_ ? arithmetic.tile : arithmetic.taps)),
        at_(transform(&oracle::CookToom::at)),
        g_(transform(&oracle::CookToom::g)),
        bt_(transform(&oracle::CookToom::bt)),
        tiles_(counts(planes_.c.result, tile_)),
        blocks_(counts(planes_.c.second, block_)) {}

  void run() {
    for (index_t row = 0; row < planes_.c.rows; ++row) {
      sums_.assign(static_cast<std::size_t>(planes_.c.columns * oracle::volume(tiles_)) * points(),
                   T{});
      for (index_t j = 0; j < planes_.c.terms; ++j) {
        transform_first(row, j);
        for (index_t b = 0; b < planes_.c.columns; ++b) add(row, b, j);
      }
      for (index_t b = 0; b < planes_.c.columns; ++b) store(row, b);
    }
  }

 private:
  bool is_transformed(std::size_t axis) const { return (axes_ >> axis & 1) != 0; }

  /// `extent` on the axes that are transformed, 1 on the others.
  Axes extents(index_t extent) const {
    Axes made{1, 1, 1};
    for (std::size_t a = 0; a < 3; ++a)
      if (is_transformed(a)) made[a] = extent;
    return made;
  }
  static Axes counts(const Axes& extents, const Axes& step) {
    return {ceil_div(extents[0], step[0]), ceil_div(extents[1], step[1]),
            ceil_div(extents[2], step[2])};
  }
  oracle::TileTransform<T> transform(oracle::Matrix<double> oracle::CookToom::*part) const {
    const auto on = [&](std::size_t a) {
      return oracle::as<T>(oracle::cook_toom(tile_[a], block_[a]).*part);
    };
    return oracle::TileTransform<T>({on(0), on(1), on(2)});
  }

  std::size_t points() const { return bt_.out_size(); }

  /// Calls visit for every block of every tile, in order.
  template <class Visit>
  void for_each_pair(Visit&& visit) const {
    oracle::for_each_position({0, 0, 0}, tiles_, [&](const Axes& tile) {
      oracle::for_each_position({0, 0, 0}, blocks_, [&](const Axes& block) { visit(tile, block); });
    });
  }

  /// first_ = BT first[row, j] for every block of every tile.
  void transform_first(index_t row, index_t j) {
    const Axes alpha{tile_[0] + block_[0] - 1, tile_[1] + block_[1] - 1, tile_[2] + block_[2] - 1};
    first_.resize(static_cast<std::size_t>(oracle::volume(tiles_) * oracle::volume(blocks_)) *
                  points());
    T* next = first_.data();
    for_each_pair([&](const Axes& tile, const Axes& block) {
      values_.clear();
      oracle::for_each_position({0, 0, 0}, alpha, [&](const Axes& i) {
        Axes p{};
        for (std::size_t a = 0; a < 3; ++a) {
          const index_t q = tile[a] * tile_[a];
          const index_t v = block[a] * block_[a];
          p[a] = is_transformed(a) ? q + v + i[a] - planes_.c.pad[a]
                                   : planes_.c.first_position(a, q, v);
        }
        values_.push_back(planes_.first_at(row, j, p));
      });
      bt_(values_.data(), next);
      next += points();
    });
  }

  /// Adds (G second[row, b, j]) .* first_ to the sums of every tile.
  void add(index_t row, index_t b, index_t j) {
    second_.resize(static_cast<std::size_t>(oracle::volume(blocks_)) * points());
    T* transformed = second_.data();
    oracle::for_each_position({0, 0, 0}, blocks_, [&](const Axes& block) {
      values_.clear();
      oracle::for_each_position({0, 0, 0}, block_, [&](const Axes& v) {
        values_.push_back(planes_.second_at(row, b, j, moved(block, block_, v)));
      });
      g_(values_.data(), transformed);
      transformed += points();
    });
    const T* data = first_.data();
    for (index_t tile = 0; tile < oracle::volume(tiles_); ++tile) {
      T* const sums = sums_of(b, tile);
      for (const T* taps = second_.data(); taps != transformed; taps += points(), data += points())
        for (std::size_t t = 0; t < points(); ++t) sums[t] += taps[t] * data[t];
    }
  }

  T* sums_of(index_t b, index_t tile) {
    return &sums_[static_cast<std::size_t>(b * oracle::volume(tiles_) + tile) * points()];
  }

  void store(index_t row, index_t b) {
    values_.resize(at_.out_size());
    index_t number = 0;
    oracle::for_each_position({0, 0, 0}, tiles_, [&](const Axes& tile) {
      at_(sums_of(b, number++), values_.data());
      const T* next = values_.data();
      oracle::for_each_position({0, 0, 0}, tile_, [&](const Axes& i) {
        const T sum = *next++;
        const Axes q = moved(tile, tile_, i);
        if (oracle::inside(planes_.c.result, q)) planes_.store(problem_, row, b, q, sum);
      });
    });
  }

  static Axes moved(const Axes& number, const Axes& step, const Axes& i) {
    return {number[0] * step[0] + i[0], number[1] * step[1] + i[1], number[2] * step[2] + i[2]};
  }

  const Problem& problem_;
  Planes<T> planes_;
  bool weights_;
  unsigned axes_;  ///< those that are transformed
  Axes tile_;      ///< extents of a tile of results
  Axes block_;     ///< extents of a block of taps, or of output gradients
  oracle::TileTransform<T> at_, g_, bt_;
  Axes tiles_;                                     ///< how many of them
  Axes blocks_;                                    ///< how many of them
  std::vector<T> first_, second_, sums_, values_;  ///< transformed, summed; a tile's values
};

template <class T>
void run_winograd(const Problem& problem, const Buffers& buffers, const Arithmetic& arithmetic) {
  Winograd<T>(problem, buffers, arithmetic).run();
}

void run_winograd(const Problem& problem, const Buffers& buffers, const Arithmetic& arithmetic) {
  if (problem.precision == Precision::f64)
    run_winograd<double>(problem, buffers, arithmetic);
  else
    run_winograd<float>(problem, buffers, arithmetic);
}

}  // namespace

std::optional<std::string> needs_shared_filters(const Problem& problem) {
  if (auto reason = refuse_invalid(problem)) return reason;
  if (problem.spec.unshared) return "needs shared filters";
  return std::nullopt;
}

std::optional<std::string> needs_filters_of_3(const Problem& problem) {
  if (auto reason = needs_plain(problem)) return reason;
  const Axes& filter = problem.spec.filter;
  const auto rank = static_cast<std::ptrdiff_t>(problem.spec.rank);
  if (!std::all_of(filter.begin(), filter.begin() + rank,
                   [](index_t k) { return k == 1 || k == 3; }))
    return "transforms filters of extent 3 only";
  return std::nullopt;
}

template <int M>
void winograd_3(const Problem& problem, const Buffers& buffers) {
  run_winograd(problem, buffers, winograd(M, 3));
}
template void winograd_3<2>(const Problem&, const Buffers&);
template void winograd_3<4>(const Problem&, const Buffers&);

void winograd_columns(const Problem& problem, const Buffers& buffers) {
  run_winograd(problem, buffers, along_columns);
}
void winograd_rows(const Problem& problem, const Buffers& buffers) {
  run_winograd(problem, buffers, along_rows);
}
void winograd_by_axis(const Problem& problem, const Buffers& buffers) {
  run_winograd(problem, buffers, axis_by_axis);
}

}  // namespace convict::mutants
