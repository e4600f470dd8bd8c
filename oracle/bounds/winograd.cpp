// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "oracle/bounds/correlation.hpp"
#include "oracle/bounds/rounding.hpp"
#include "oracle/bounds/tile_transform.hpp"
#include "oracle/bounds/transform_errors.hpp"

namespace convict::oracle {
namespace {

/// F(outputs, taps) on three axes, with the absolute values of its matrices.
struct Tiles {
  Axes outputs, taps, alpha;
  TileTransform<double> at, g, bt;
  index_t roundings;  ///< of all three transforms

  static Tiles of(const Axes& outputs, const Axes& taps) {
    std::array<CookToom, 3> axes = {cook_toom(outputs[0], taps[0]), cook_toom(outputs[1], taps[1]),
                                    cook_toom(outputs[2], taps[2])};
    index_t roundings = 0;
    Axes alpha{};
    for (std::size_t a = 0; a < 3; ++a) {
      alpha[a] = outputs[a] + taps[a] - 1;
      if (alpha[a] > 1)
        roundings += longest_row(axes[a].at) + longest_row(axes[a].g) + longest_row(axes[a].bt) + 3;
      for (Matrix<double>* m : {&axes[a].at, &axes[a].g, &axes[a].bt}) *m = magnitudes(*m);
    }
    const auto all = [&](Matrix<double> CookToom::*part) {
      return TileTransform<double>({axes[0].*part, axes[1].*part, axes[2].*part});
    };
    return {outputs,  taps, alpha, all(&CookToom::at), all(&CookToom::g), all(&CookToom::bt),
            roundings};
  }
};

/// Computes W for one question.
class Magnitudes {
 public:
  Magnitudes(const reference::Question& question, const Arithmetic& arithmetic, double floor)
      : c_(correlation_of(question.spec, question.pass)),
        axes_(transformed_axes(question.spec, arithmetic)),
        by_blocks_(question.pass == Pass::grad_weights),
        tiles_(tiles(question.pass, arithmetic)),
        floor_(floor),
        first_(question.pass == Pass::grad_input ? question.output : question.input),
        second_(question.pass == Pass::grad_weights ? question.output : question.filters),
        blocks_(by_blocks_ ? c_.second : c_.result),
        block_(by_blocks_ ? tiles_.taps : tiles_.outputs),
        direct_(on_direct_axes(by_blocks_ ? c_.result : c_.second)),
        tile_(tiles_.bt.in_size()),
        w_(static_cast<std::size_t>(c_.rows * c_.columns * volume(c_.result))),
        peaks_(w_.size()) {
    for (std::size_t a = 0; a < 3; ++a) origin_[a] = 1 - block_[a];
  }

  index_t roundings() const {
    index_t terms = c_.terms;
    for (std::size_t a = 0; a < 3; ++a)
      terms *= by_blocks_ ? ceil_div(blocks_[a] - origin_[a], block_[a]) : direct_[a];
    return tiles_.roundings + terms + 3;
  }

  /// W, and the largest values inside the tiles of each element.
  struct Sizes {
    std::vector<double> w, peaks;
  };
  Sizes compute() {
    if (by_blocks_)
      for_each_position({0, 0, 0}, block_, [&](const Axes& shift) { filter_gradients(shift); });
    else
      images();
    return {std::move(w_), std::move(peaks_)};
  }

 private:
  bool is_transformed(std::size_t axis) const { return (axes_ >> axis & 1) != 0; }

  /// m outputs from r taps, or for grad_weights r taps from m output gradients; one from one on the
  /// axes that are summed directly.
  Tiles tiles(Pass pass, const Arithmetic& arithmetic) const {
    Axes outputs{1, 1, 1};
    Axes taps{1, 1, 1};
    for (std::size_t a = 0; a < 3; ++a) {
      if (!is_transformed(a)) continue;
      outputs[a] = arithmetic.tile;
      taps[a] = arithmetic.taps;
    }
    return pass == Pass::grad_weights ? Tiles::of(taps, outputs) : Tiles::of(outputs, taps);
  }

  /// The extents on the axes that are summed directly, 1 on the others.
  Axes on_direct_axes(Axes extents) const {
    for (std::size_t a = 0; a < 3; ++a)
      if (is_transformed(a)) extents[a] = 1;
    return extents;
  }

  /// |value| + floor for a box of a plane; `floor` alone outside the plane.
  std::vector<double> box(std::span<const double> plane, const Axes& extents, const Axes& begin,
                          const Axes& size, bool reversed) const {
    std::vector<double> values;
    for_each_position({0, 0, 0}, size, [&](const Axes& i) {
      const Axes at{begin[0] + i[0], begin[1] + i[1], begin[2] + i[2]};
      const double value =
          inside(extents, at)
              ? std::fabs(plane[static_cast<std::size_t>(offset_in(extents, at, reversed))])
              : 0;
      values.push_back(value + floor_);
    });
    return values;
  }

  /// The tile of inputs of results from `q` on and taps from `v` on.
  void transform_first(index_t row, index_t j, const Axes& q, const Axes& v, double* out) {
    const auto size = static_cast<std::size_t>(volume(c_.first));
    const auto plane =
        first_.subspan(static_cast<std::size_t>(c_.first_plane(row, j)) * size, size);
    Axes begin{};
    for (std::size_t a = 0; a < 3; ++a)
      begin[a] = is_transformed(a) ? q[a] + v[a] - c_.pad[a] : c_.first_position(a, q[a], v[a]);
    tiles_.bt(box(plane, c_.first, begin, tiles_.alpha, false).data(), out);
  }
  void transform_second(index_t plane_index, const Axes& start, double* u) {
    const auto size = static_cast<std::size_t>(volume(c_.second));
    const auto plane = second_.subspan(static_cast<std::size_t>(plane_index) * size, size);
    tiles_.g(box(plane, c_.second, start, tiles_.taps, c_.reverse_second).data(), u);
  }

  /// Applies AT to the sums of products, and takes the maximum into the results from `start` on.
  void merge(std::vector<double>& sums, index_t plane, const Axes& start) {
    std::vector<double> out(tiles_.at.out_size());
    for (double& sum : sums) sum += floor_;
    tiles_.at(sums.data(), out.data());
    const double peak = std::max(*std::ranges::max_element(sums), *std::ranges::max_element(out));
    const bool any_nan = std::ranges::any_of(sums, [](double m) { return std::isnan(m); });
    double reached = infinity;
    if (std::isfinite(peak) && !any_nan) reached = peak;
    const double* next = out.data();
    for_each_position({0, 0, 0}, tiles_.outputs, [&](const Axes& i) {
      const double value = *next++;
      const Axes at{start[0] + i[0], start[1] + i[1], start[2] + i[2]};
      if (!inside(c_.result, at)) return;
      const auto to = static_cast<std::size_t>(plane * volume(c_.result) +
                                               offset_in(c_.result, at, c_.reverse_result));
      w_[to] = std::max(w_[to], value);
      peaks_[to] = std::max(peaks_[to], reached);
    });
  }

  void images() {
    const index_t filters = c_.groups * c_.columns * c_.terms;
    const auto taps = static_cast<std::size_t>(volume(direct_));
    std::vector<double> u(static_cast<std::size_t>(filters) * taps * tile_);
    double* next = u.data();
    for (index_t plane = 0; plane < filters; ++plane)
      for_each_position({0, 0, 0}, direct_, [&](const Axes& tap) {
        transform_second(plane, tap, next);
        next += tile_;
      });
    std::vector<double> v(static_cast<std::size_t>(c_.terms) * taps * tile_);
    std::vector<double> sums(tile_);
    for (index_t row = 0; row < c_.rows; ++row)
      for_each_position(origin_, blocks_, [&](const Axes& start) {
        double* to = v.data();
        for (index_t j = 0; j < c_.terms; ++j)
          for_each_position({0, 0, 0}, direct_, [&](const Axes& tap) {
            transform_first(row, j, start, tap, to);
            to += tile_;
          });
        for (index_t b = 0; b < c_.columns; ++b) {
          std::ranges::fill(sums, 0);
          for (index_t j = 0; j < c_.terms; ++j)
            for (std::size_t tap = 0; tap < taps; ++tap)
              add_products(
                  &u[(static_cast<std::size_t>(c_.second_plane(row, b, j)) * taps + tap) * tile_],
                  &v[(static_cast<std::size_t>(j) * taps + tap) * tile_], sums.data());
          if (c_.terms > 0) merge(sums, c_.result_plane(row, b), start);
        }
      });
  }

  /// All blocks of all images, with the origin of the blocks moved by `shift`.
  void filter_gradients(const Axes& shift) {
    if (c_.terms == 0) return;
    for (index_t group = 0; group < c_.groups; ++group)
      for_each_position({0, 0, 0}, direct_,
                        [&](const Axes& q) { filter_gradients(group, q, shift); });
  }

  /// Those of one group and of the taps `q` on the axes that are summed directly.
  void filter_gradients(index_t group, const Axes& q, const Axes& shift) {
    const auto columns = static_cast<std::size_t>(c_.columns);
    const auto rows = static_cast<std::size_t>(c_.group_in_channels);
    const index_t row = group * c_.group_in_channels;
    std::vector<double> u(columns * tile_);
    std::vector<double> v(rows * tile_);
    std::vector<std::vector<double>> sums(rows * columns, std::vector<double>(tile_));
    for (index_t j = 0; j < c_.terms; ++j)
      for_each_block(shift, [&](const Axes& start) {
        for (std::size_t b = 0; b < columns && rows > 0; ++b)
          transform_second(c_.second_plane(row, static_cast<index_t>(b), j), start, &u[b * tile_]);
        for (std::size_t r = 0; r < rows; ++r) {
          transform_first(row + static_cast<index_t>(r), j, q, start, &v[r * tile_]);
          for (std::size_t b = 0; b < columns; ++b)
            add_products(&u[b * tile_], &v[r * tile_], sums[r * columns + b].data());
        }
      });
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t b = 0; b < columns; ++b)
        merge(sums[r * columns + b],
              c_.result_plane(row + static_cast<index_t>(r), static_cast<index_t>(b)), q);
  }

  template <class Visit>
  void for_each_block(const Axes& shift, Visit&& visit) const {
    Axes count{};
    for (std::size_t a = 0; a < 3; ++a)
      count[a] = ceil_div(blocks_[a] - origin_[a] - shift[a], block_[a]);
    for_each_position({0, 0, 0}, count, [&](const Axes& i) {
      Axes start{};
      for (std::size_t a = 0; a < 3; ++a) start[a] = origin_[a] + shift[a] + i[a] * block_[a];
      visit(start);
    });
  }

  void add_products(const double* u, const double* v, double* sums) const {
    for (std::size_t t = 0; t < tile_; ++t) sums[t] += u[t] * v[t];
  }

  Correlation c_;
  unsigned axes_;  ///< those that are transformed
  bool by_blocks_;
  Tiles tiles_;
  double floor_;
  std::span<const double> first_, second_;
  Axes blocks_, block_;  ///< extents of the plane that tiles cover, and of one tile's part of it
  Axes direct_;          ///< taps (for grad_weights, results) that are taken one by one
  Axes origin_{};        ///< where the first tile begins that covers anything
  std::size_t tile_;
  std::vector<double> w_, peaks_;
};

}  // namespace

TransformErrors winograd_errors(const reference::Question& question, Precision precision,
                                const Claims& claims) {
  const Rounding rounding = rounding_of(precision, claims);
  const double floor = std::max(rounding.eta_acc, rounding.eta_in) / rounding.u_acc;
  Magnitudes magnitudes(question, claims.arithmetic, floor);
  const double relative =
      relative_error(rounding, gamma(static_cast<double>(magnitudes.roundings()), rounding.u_acc));
  auto [w, peaks] = magnitudes.compute();
  return scaled_errors(question, w, std::move(peaks), relative);
}

}  // namespace convict::oracle
