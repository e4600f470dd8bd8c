// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "mutants/right/kernels.hpp"
#include "mutants/right/planes.hpp"
#include "oracle/bounds/tile_transform.hpp"

namespace convict::mutants {
namespace {

/// Winograd's minimal filtering (Lavin and Gray, CVPR 2016), one tile of results at a time:
///     result tile = AT [ sum over j and blocks of (G second) .* (BT first) ].
/// forward and grad_input: tiles of M results, all taps in one block. grad_weights: all taps are
/// one tile of results, and the output gradient is split in blocks of M.
template <class T>
class Winograd {
 public:
  Winograd(const Problem& problem, const Buffers& buffers, index_t m)
      : problem_(problem),
        planes_(problem, buffers),
        weights_(problem.pass == Pass::grad_weights),
        step_(steps(problem, m)),
        tile_(weights_ ? planes_.c.result : step_),
        block_(weights_ ? step_ : planes_.c.second),
        at_(transform(&oracle::CookToom::at)),
        g_(transform(&oracle::CookToom::g)),
        bt_(transform(&oracle::CookToom::bt)) {}

  void run() {
    const Axes end = weights_ ? Axes{1, 1, 1} : counts(planes_.c.result);
    for (index_t row = 0; row < planes_.c.rows; ++row)
      for (index_t b = 0; b < planes_.c.columns; ++b)
        oracle::for_each_position({0, 0, 0}, end,
                                  [&](const Axes& tile) { run_tile(row, b, tile); });
  }

 private:
  static Axes steps(const Problem& problem, index_t m) {
    Axes made = geometry_of(problem.spec).filter;
    for (index_t& step : made) step = step == 1 ? 1 : m;
    return made;
  }
  Axes counts(const Axes& extents) const {
    return {ceil_div(extents[0], step_[0]), ceil_div(extents[1], step_[1]),
            ceil_div(extents[2], step_[2])};
  }
  oracle::TileTransform<T> transform(oracle::Matrix<double> oracle::CookToom::*part) const {
    const auto on = [&](std::size_t a) {
      return oracle::as<T>(oracle::cook_toom(tile_[a], block_[a]).*part);
    };
    return oracle::TileTransform<T>({on(0), on(1), on(2)});
  }

  void run_tile(index_t row, index_t b, const Axes& tile) {
    std::vector<T> sums(bt_.out_size());
    const Axes blocks = weights_ ? counts(planes_.c.second) : Axes{1, 1, 1};
    for (index_t j = 0; j < planes_.c.terms; ++j)
      oracle::for_each_position({0, 0, 0}, blocks,
                                [&](const Axes& block) { add(row, b, j, tile, block, sums); });
    std::vector<T> out(at_.out_size());
    at_(sums.data(), out.data());
    const T* next = out.data();
    oracle::for_each_position({0, 0, 0}, tile_, [&](const Axes& i) {
      const T sum = *next++;
      const Axes q = moved(tile, i);
      if (oracle::inside(planes_.c.result, q)) planes_.store(problem_, row, b, q, sum);
    });
  }

  /// Adds (G second) .* (BT first) of one block to `sums`.
  void add(index_t row, index_t b, index_t j, const Axes& tile, const Axes& block,
           std::vector<T>& sums) {
    std::vector<T> taps;
    oracle::for_each_position({0, 0, 0}, block_, [&](const Axes& v) {
      taps.push_back(planes_.second_at(row, b, j, moved(block, v)));
    });
    const Axes alpha{tile_[0] + block_[0] - 1, tile_[1] + block_[1] - 1, tile_[2] + block_[2] - 1};
    std::vector<T> data;
    oracle::for_each_position({0, 0, 0}, alpha, [&](const Axes& i) {
      Axes p = moved(tile, moved(block, i));
      for (std::size_t a = 0; a < 3; ++a) p[a] -= planes_.c.pad[a];
      data.push_back(planes_.first_at(row, j, p));
    });
    std::vector<T> u(g_.out_size());
    std::vector<T> v(bt_.out_size());
    g_(taps.data(), u.data());
    bt_(data.data(), v.data());
    for (std::size_t t = 0; t < sums.size(); ++t) sums[t] += u[t] * v[t];
  }

  Axes moved(const Axes& tile, const Axes& i) const {
    return {tile[0] * step_[0] + i[0], tile[1] * step_[1] + i[1], tile[2] * step_[2] + i[2]};
  }

  const Problem& problem_;
  Planes<T> planes_;
  bool weights_;
  Axes step_;   ///< distance from one tile, or block, to the next
  Axes tile_;   ///< extents of a tile of results
  Axes block_;  ///< extents of a block of taps
  oracle::TileTransform<T> at_, g_, bt_;
};

}  // namespace

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
  if (problem.precision == Precision::f64)
    Winograd<double>(problem, buffers, M).run();
  else
    Winograd<float>(problem, buffers, M).run();
}
template void winograd_3<2>(const Problem&, const Buffers&);
template void winograd_3<4>(const Problem&, const Buffers&);

}  // namespace convict::mutants
