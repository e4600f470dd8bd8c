// SPDX-License-Identifier: Apache-2.0
#include "oracle/projection/sides.hpp"

#include <algorithm>

#include "oracle/projection/tasks.hpp"

namespace convict::oracle {
namespace {

using Words = std::vector<Word>;

constexpr index_t worth_a_thread = index_t{1} << 17;  // elements and products: about 0.05 ms
constexpr index_t few_words = index_t{1} << 17;       // 1 MiB, which sums may always use

index_t volume(const Axes& extents) { return extents[0] * extents[1] * extents[2]; }

}  // namespace

template <class T>
Sides<T>::Sides(const ExactQuestion<T>& question, std::uint64_t seed, int threads)
    : question_(question),
      threads_(std::max(threads, 1)),
      g_(flattened(geometry_of(question.spec))),
      banks_(g_.unshared ? volume(g_.output) : 1),
      taps_(volume(g_.filter)),
      inputs_(volume(g_.input)),
      outputs_(volume(g_.output)),
      weights_(projection_weights(question.spec, seed)) {}

template <class T>
index_t Sides<T>::positions() const {
  if (question_.pass == Pass::grad_weights) return g_.groups * banks_ * taps_;
  return question_.pass == Pass::forward ? outputs_ : inputs_;
}

template <class T>
index_t Sides<T>::elements() const {
  if (question_.pass == Pass::forward) return g_.batch * g_.out_channels * outputs_;
  if (question_.pass == Pass::grad_input) return g_.batch * g_.in_channels * inputs_;
  return g_.out_channels * banks_ * g_.group_in_channels * taps_;
}

template <class T>
index_t Sides<T>::position_of(index_t element) const {
  if (question_.pass != Pass::grad_weights) return element % positions();
  const index_t row = g_.group_in_channels * taps_;
  const index_t bank = element / row % banks_;
  const index_t group = element / (row * banks_) / g_.group_out_channels;
  return (group * banks_ + bank) * taps_ + element % taps_;
}

template <class T>
Tensor<T> Sides<T>::operand(std::span<const T> values, Impossible& impossible) const {
  return {loops_, values.data(), {.scale = 1, .limit = integer_limit<T>}, impossible};
}

/// The number of threads for `work` elements and products, so that each has enough to do.
template <class T>
int Sides<T>::threads_for(index_t work) const {
  return static_cast<int>(std::clamp<index_t>(work / worth_a_thread, 1, threads_));
}

/// How to use the threads for `tasks` tasks, given that each thread needs `sums` words: together no
/// more memory than half the result plus 1 MiB.
template <class T>
Sides<T>::Team Sides<T>::team(index_t tasks, index_t work, index_t sums) const {
  const int workers = threads_for(work);
  const index_t room = elements() * static_cast<index_t>(sizeof(T)) / 2 + few_words * 8;
  const index_t most = std::clamp<index_t>(room / (8 * (sums + 1)), 1, workers);
  if (tasks >= 2 * most && most > 1) return {.tasks = static_cast<int>(most)};
  return {.inner = workers};
}

/// sum_n sum_k s_n r_k images[n,k,i]
template <class T>
Words Sides<T>::image_sums(const Tensor<T>& images, const Words& channel_weights, index_t plane,
                           std::span<const Columns> parts) const {
  const auto channels = static_cast<index_t>(channel_weights.size());
  Words sums = zeros(plane);
  const Rows rows{.count = g_.batch * channels, .stride = plane, .length = plane, .parts = parts};
  const RowWeights weights{
      .inner = channel_weights.data(), .outer = weights_.images.data(), .period = channels};
  contract(images, rows, weights, sums.data(), threads_for(rows.count * plane));
  return sums;
}

template <class T>
Words Sides<T>::left(const T* values, const Reading& reading, Impossible& impossible) const {
  const Tensor<T> tensor{loops_, values, reading, impossible};
  switch (question_.pass) {
    case Pass::forward: return image_sums(tensor, weights_.out, outputs_, {});
    case Pass::grad_input: return image_sums(tensor, weights_.in, inputs_, {});
    case Pass::grad_weights: return left_of_filters(tensor);
  }
  return {};
}

template <class T>
Words Sides<T>::left_of_old() const {
  Impossible impossible(0);
  Words sums = left(question_.old_result.data(), operand({}, impossible).reading, impossible);
  require_none(impossible, "old results");
  return sums;
}

/// sum_{k in g} sum_{c in g} r_k s_c values[k,(p,)c,u], a few banks at a time.
template <class T>
Words Sides<T>::left_of_filters(const Tensor<T>& values) const {
  const index_t bank = g_.group_in_channels * taps_;
  const index_t at_once = std::clamp<index_t>(block_columns / std::max<index_t>(bank, 1), 1,
                                              std::max<index_t>(banks_, 1));
  const index_t chunks = ceil_div(banks_, at_once);
  Words sums = zeros(positions());
  const Team threads = team(g_.groups * chunks, elements(), 0);
  for_each_task(threads.tasks, g_.groups * chunks, [&](index_t task, int) {
    const index_t group = task / chunks;
    const index_t first = task % chunks * at_once;
    const index_t count = std::min(at_once, banks_ - first);
    Words over_outputs = zeros(count * bank);
    const Rows rows{.first = (group * g_.group_out_channels * banks_ + first) * bank,
                    .count = g_.group_out_channels,
                    .stride = banks_ * bank,
                    .length = count * bank};
    contract(values, rows, {.inner = weights_.out.data() + group * g_.group_out_channels},
             over_outputs.data(), threads.inner);
    const Word* in_weights = weights_.in.data() + group * g_.group_in_channels;
    const Word* next = over_outputs.data();
    for (index_t b = 0; b < count; ++b) {
      Word* into = sums.data() + (group * banks_ + first + b) * taps_;
      for (index_t c = 0; c < g_.group_in_channels; ++c)
        for (index_t u = 0; u < taps_; ++u) into[u] += in_weights[c] * *next++;
    }
  });
  return sums;
}

// The members that other files define are instantiated there.
template class Sides<float>;
template class Sides<double>;

}  // namespace convict::oracle
