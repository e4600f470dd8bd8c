#include "oracle/projection.hpp"

#include <omp.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "core/errors.hpp"
#include "datasets/random.hpp"
#include "oracle/projected_planes.hpp"
#include "oracle/projection_scale.hpp"

namespace convict::oracle {
namespace {

using Words = std::vector<Word>;

constexpr Reading operand_reading{.scale = 1, .limit = integer_limit};

/// Random odd numbers; odd ones are units of the ring.
Words odd_words(std::uint64_t seed, std::uint64_t stream, index_t count) {
  const datasets::Stream random(seed, stream);
  Words words(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = random.bits(i) | 1;
  return words;
}

index_t volume(const Axes& extents) { return extents[0] * extents[1] * extents[2]; }

/// The two sides of the identity for one set of weights.
class Sides {
 public:
  Sides(const ConvSpec& spec, Pass pass, std::uint64_t seed, int threads)
      : pass_(pass),
        threads_(threads),
        g_(flattened(geometry_of(spec))),
        banks_(g_.unshared ? volume(g_.output) : 1),
        taps_(volume(g_.filter)),
        inputs_(volume(g_.input)),
        outputs_(volume(g_.output)),
        image_weights_(odd_words(seed, 0x5001, g_.batch)),
        in_weights_(odd_words(seed, 0x5002, g_.in_channels)),
        out_weights_(odd_words(seed, 0x5003, g_.out_channels)) {}

  index_t positions() const {
    if (pass_ == Pass::grad_weights) return g_.groups * banks_ * taps_;
    return pass_ == Pass::forward ? outputs_ : inputs_;
  }
  index_t elements() const {
    if (pass_ == Pass::forward) return g_.batch * g_.out_channels * outputs_;
    if (pass_ == Pass::grad_input) return g_.batch * g_.in_channels * inputs_;
    return g_.out_channels * banks_ * g_.group_in_channels * taps_;
  }
  /// The sum that an element of the result adds to.
  index_t position_of(index_t element) const {
    if (pass_ != Pass::grad_weights) return element % positions();
    const index_t row = g_.group_in_channels * taps_;
    const index_t bank = element / row % banks_;
    const index_t group = element / (row * banks_) / g_.group_out_channels;
    return (group * banks_ + bank) * taps_ + element % taps_;
  }

  /// L(values)
  template <class T>
  Words left(const T* values, const Reading& reading, std::vector<index_t>& impossible) const {
    if (pass_ != Pass::grad_weights) {
      const bool forward = pass_ == Pass::forward;
      const Slices channels{.outer = g_.batch,
                            .slices = forward ? g_.out_channels : g_.in_channels,
                            .length = positions()};
      const Words images =
          contract(channels, values, forward ? out_weights_ : in_weights_, reading, impossible);
      return contract(all_images(positions()), images.data(), image_weights_, reading, impossible);
    }
    const Words rows =
        contract(out_channels_of_filters(), values, out_weights_, reading, impossible);
    const Slices in{.outer = g_.groups * banks_,
                    .slices = g_.group_in_channels,
                    .length = taps_,
                    .repeat = banks_,
                    .groups = g_.groups};
    return contract(in, rows.data(), in_weights_, reading, impossible);
  }

  /// R, without alpha
  template <class T>
  Words right(const ExactQuestion<T>& question) const {
    std::vector<index_t> impossible;
    Words sums;
    switch (pass_) {
      case Pass::forward: sums = forward(question, impossible); break;
      case Pass::grad_input: sums = grad_input(question, impossible); break;
      case Pass::grad_weights: sums = grad_weights(question, impossible); break;
    }
    if (!impossible.empty()) throw SpecError("a projection needs operands that are integers");
    return sums;
  }

 private:
  Slices all_images(index_t length) const { return {.slices = g_.batch, .length = length}; }
  Slices out_channels_of_filters() const {
    return {.outer = g_.groups,
            .slices = g_.group_out_channels,
            .length = banks_ * g_.group_in_channels * taps_,
            .groups = g_.groups};
  }
  index_t bank_stride(index_t filters_per_bank) const {
    return g_.unshared ? filters_per_bank * taps_ : 0;
  }

  template <class T>
  Words forward(const ExactQuestion<T>& question, std::vector<index_t>& impossible) const {
    Words x = to_phases(g_, contract(all_images(g_.in_channels * inputs_), question.input.data(),
                                     image_weights_, operand_reading, impossible));
    Words w = contract(out_channels_of_filters(), question.filters.data(), out_weights_,
                       operand_reading, impossible);
    const index_t per_bank = g_.group_in_channels;
    return convolve(g_.in_channels, [&](index_t channel, Word* sums) {
      const index_t first = channel / per_bank * per_bank * banks_ + channel % per_bank;
      return Planes{.input = x.data() + channel * phased_input(g_),
                    .filter = w.data() + first * taps_,
                    .output = sums,
                    .bank_stride = bank_stride(per_bank)};
    });
  }
  template <class T>
  Words grad_input(const ExactQuestion<T>& question, std::vector<index_t>& impossible) const {
    Words t = contract(all_images(g_.out_channels * outputs_), question.output.data(),
                       image_weights_, operand_reading, impossible);
    const Slices in{.outer = g_.out_channels * banks_,
                    .slices = g_.group_in_channels,
                    .length = taps_,
                    .repeat = std::max<index_t>(g_.group_out_channels * banks_, 1),
                    .groups = g_.groups};
    Words w = contract(in, question.filters.data(), in_weights_, operand_reading, impossible);
    return convolve(g_.out_channels, [&](index_t channel, Word* sums) {
      return Planes{.input = sums,
                    .filter = w.data() + channel * banks_ * taps_,
                    .output = t.data() + channel * outputs_,
                    .bank_stride = bank_stride(1)};
    });
  }
  template <class T>
  Words grad_weights(const ExactQuestion<T>& question, std::vector<index_t>& impossible) const {
    const auto groups = [&](index_t channels, index_t length) {
      return Slices{
          .outer = g_.batch * g_.groups, .slices = channels, .length = length, .groups = g_.groups};
    };
    Words x = to_phases(g_, contract(groups(g_.group_in_channels, inputs_), question.input.data(),
                                     in_weights_, operand_reading, impossible));
    Words t = contract(groups(g_.group_out_channels, outputs_), question.output.data(),
                       out_weights_, operand_reading, impossible);
    return convolve(g_.batch * g_.groups, [&](index_t plane, Word* sums) {
      return Planes{.input = x.data() + plane * phased_input(g_),
                    .filter = sums + plane % g_.groups * banks_ * taps_,
                    .output = t.data() + plane * outputs_,
                    .bank_stride = bank_stride(1)};
    });
  }

  /// Sum of `count` convolutions of single planes; every thread has sums of its own.
  template <class PlanesOf>
  Words convolve(index_t count, PlanesOf planes_of) const {
    constexpr index_t worth_threads = index_t{1} << 16;
    const bool parallel = count * outputs_ * taps_ > worth_threads;
    const int threads = parallel ? threads_ : 1;
    const index_t length = pass_ == Pass::grad_input ? phased_input(g_) : positions();
    Words sums(static_cast<std::size_t>(threads * length));
#pragma omp parallel for schedule(static) num_threads(threads) if (parallel)
    for (index_t i = 0; i < count; ++i)
      add_convolution(g_, pass_, planes_of(i, sums.data() + omp_get_thread_num() * length));
    for (int thread = 1; thread < threads; ++thread)
      add_weighted(sums.data(), sums.data() + thread * length, length, 1, {});
    sums.resize(static_cast<std::size_t>(length));
    return pass_ == Pass::grad_input ? from_phases(g_, std::move(sums)) : sums;
  }

  Pass pass_;
  int threads_;
  Geometry g_;
  index_t banks_, taps_, inputs_, outputs_;
  Words image_weights_, in_weights_, out_weights_;
};

/// m 2^-(m-1) for every position; the derivation is in the header.
double miss_probability(index_t positions, double largest_error) {
  const int m = 64 - std::max(0, std::ilogb(std::max(largest_error, 1.0)));
  return std::min(1.0, std::ldexp(static_cast<double>(m), 1 - m) * static_cast<double>(positions));
}

/// The length it had.
index_t keep_first(std::vector<index_t>& ascending) {
  const auto count = static_cast<index_t>(ascending.size());
  ascending.resize(static_cast<std::size_t>(std::min(count, Projection::most_kept)));
  return count;
}

}  // namespace

template <class T>
Projection project(const ExactQuestion<T>& question, std::span<const T> result,
                   const datasets::ExactLimits& limits, std::uint64_t seed, int threads) {
  const ExactScale scale = exact_scale<T>(question, limits);
  const Sides sides(question.spec, question.pass, seed, threads);
  assert(result.size() == static_cast<std::size_t>(sides.elements()));
  assert(question.beta == 0 || question.old_result.size() == result.size());
  Projection found;
  found.positions = sides.positions();
  found.miss_probability = miss_probability(found.positions, 2 * scale.result.limit);
  const Words left = sides.left(result.data(), scale.result, found.impossible);
  const Words right = sides.right(question);
  Words old(left.size());
  if (question.beta != 0) {
    std::vector<index_t> impossible;
    old = sides.left(question.old_result.data(), operand_reading, impossible);
    if (!impossible.empty()) throw SpecError("a projection needs an old result of integers");
  }
  std::ranges::sort(found.impossible);
  for (const index_t element : found.impossible) found.failed.push_back(sides.position_of(element));
  for (std::size_t at = 0; at < left.size(); ++at)
    if (left[at] != scale.alpha * right[at] + scale.beta * old[at])
      found.failed.push_back(static_cast<index_t>(at));
  std::ranges::sort(found.failed);
  const auto repeated = std::ranges::unique(found.failed);
  found.failed.erase(repeated.begin(), repeated.end());
  found.failed_count = keep_first(found.failed);
  found.impossible_count = keep_first(found.impossible);
  return found;
}

template Projection project(const ExactQuestion<float>&, std::span<const float>,
                            const datasets::ExactLimits&, std::uint64_t, int);
template Projection project(const ExactQuestion<double>&, std::span<const double>,
                            const datasets::ExactLimits&, std::uint64_t, int);

}  // namespace convict::oracle
