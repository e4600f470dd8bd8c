// SPDX-License-Identifier: Apache-2.0
#include "oracle/projection/ring.hpp"

#include <vector>

#include "oracle/projection/ring_loops.hpp"

namespace convict::oracle {
namespace {

template <class T, bool weighted>
bool add(Word* sums, const Block<T>& block, const Word* weights, const Reading& reading) {
  return add_block<T, weighted>(sums, block, weights, reading);
}

void add_products(Lane<Word> sums, Lane<const Word> a, Lane<const Word> b, index_t count) {
  add_lanes(sums, a, b, count);
}

}  // namespace

constinit const RingLoops ring_loops_plain{.name = "plain",
                                           .rows_f32 = add<float, false>,
                                           .weighted_f32 = add<float, true>,
                                           .rows_f64 = add<double, false>,
                                           .weighted_f64 = add<double, true>,
                                           .add_products = add_products};

std::span<const RingLoops> usable_ring_loops() {
  static const std::vector<RingLoops> usable = [] {
    std::vector<RingLoops> loops;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
      loops.push_back(ring_loops_avx512);
    if (__builtin_cpu_supports("avx2")) loops.push_back(ring_loops_avx2);
    loops.push_back(ring_loops_plain);
    return loops;
  }();
  return usable;
}

}  // namespace convict::oracle
