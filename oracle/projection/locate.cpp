// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "core/geometry.hpp"
#include "core/layout.hpp"
#include "oracle/projection/projection.hpp"
#include "oracle/projection/scale.hpp"
#include "reference/products.hpp"

namespace convict::oracle {
namespace {

/// Adds up products of integers; the exact sum fits 64 bits.
struct IntegerSum {
  Word sum = 0;
  template <class T>
  void product(T a, T b) {
    sum += to_word(static_cast<double>(a)) * to_word(static_cast<double>(b));
  }
  template <class T>
  void padding(T) {}
};

/// The last three indices of a tensor from a flat one.
Axes axes_at(index_t flat, const Axes& extents) {
  return {flat / extents[2] / extents[1], flat / extents[2] % extents[1], flat % extents[2]};
}

/// Recomputes single elements of a result and collects those that are wrong.
template <class T>
class Recomputation {
 public:
  Recomputation(const ExactQuestion<T>& question, std::span<const T> result,
                const datasets::ExactLimits& limits)
      : question_(question),
        result_(result),
        scale_(exact_scale<T>(question, limits)),
        g_(geometry_of(question.spec)),
        shapes_(shapes_of(question.spec)),
        x_{question.input.data(), shapes_.input},
        w_{question.filters.data(), broadcast_over_positions(shapes_.filters, g_.output)},
        y_{question.output.data(), shapes_.output} {}

  const Geometry& geometry() const { return g_; }

  void image_element(index_t n, index_t channel, const Axes& p) {
    const std::array<index_t, 5> index{n, channel, p[0], p[1], p[2]};
    IntegerSum element;
    if (question_.pass == Pass::forward) {
      reference::forward_products(g_, x_, w_, index, element);
      compare(shapes_.output.offset(index), element.sum);
    } else {
      reference::grad_input_products(g_, w_, y_, index, element);
      compare(shapes_.input.offset(index), element.sum);
    }
  }
  void filter_element(index_t k, index_t c, const Axes& bank, const Axes& tap) {
    const std::array<index_t, 8> index{k, bank[0], bank[1], bank[2], c, tap[0], tap[1], tap[2]};
    IntegerSum element;
    reference::grad_weights_products(g_, x_, y_, index, element);
    compare(shapes_.filters.offset(index), element.sum);
  }

  std::vector<WrongElement> wrong;

 private:
  void compare(index_t at, Word sum) {
    const auto i = static_cast<std::size_t>(at);
    Word exact = scale_.alpha * sum;
    if (question_.beta != 0)
      exact += scale_.beta * to_word(static_cast<double>(question_.old_result[i]));
    const double truth =
        static_cast<double>(static_cast<std::int64_t>(exact)) / scale_.result.scale;
    const auto subject = static_cast<double>(result_[i]);
    if (!(subject == truth)) wrong.push_back({at, subject, truth});
  }

  const ExactQuestion<T>& question_;
  std::span<const T> result_;
  ExactScale scale_;
  Geometry g_;
  TensorShapes shapes_;
  View<const T, 5> x_;
  View<const T, 8> w_;
  View<const T, 5> y_;
};

template <class T>
void locate_in_images(Recomputation<T>& work, Pass pass, index_t position) {
  const Geometry& g = work.geometry();
  const bool forward = pass == Pass::forward;
  const Axes p = axes_at(position, forward ? g.output : g.input);
  for (index_t n = 0; n < g.batch; ++n)
    for (index_t channel = 0; channel < (forward ? g.out_channels : g.in_channels); ++channel)
      work.image_element(n, channel, p);
}

template <class T>
void locate_in_filters(Recomputation<T>& work, index_t position) {
  const Geometry& g = work.geometry();
  const Axes banks = g.unshared ? g.output : Axes{1, 1, 1};
  const index_t taps = g.filter[0] * g.filter[1] * g.filter[2];
  const index_t per_group = banks[0] * banks[1] * banks[2] * taps;
  const Axes tap = axes_at(position % taps, g.filter);
  const Axes bank = axes_at(position % per_group / taps, banks);
  const index_t first = position / per_group * g.group_out_channels;
  for (index_t k = first; k < first + g.group_out_channels; ++k)
    for (index_t c = 0; c < g.group_in_channels; ++c) work.filter_element(k, c, bank, tap);
}

}  // namespace

template <class T>
std::vector<WrongElement> locate(const ExactQuestion<T>& question, std::span<const T> result,
                                 const datasets::ExactLimits& limits, index_t position) {
  Recomputation<T> work(question, result, limits);
  if (question.pass == Pass::grad_weights)
    locate_in_filters(work, position);
  else
    locate_in_images(work, question.pass, position);
  return std::move(work.wrong);
}

template std::vector<WrongElement> locate(const ExactQuestion<float>&, std::span<const float>,
                                          const datasets::ExactLimits&, index_t);
template std::vector<WrongElement> locate(const ExactQuestion<double>&, std::span<const double>,
                                          const datasets::ExactLimits&, index_t);

}  // namespace convict::oracle
