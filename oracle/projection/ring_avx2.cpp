// SPDX-License-Identifier: Apache-2.0
#include <immintrin.h>

#include <type_traits>

#include "oracle/projection/ring_loops.hpp"

#pragma GCC target("avx2")

namespace convict::oracle {
namespace {

constexpr index_t width = 8;
constexpr int rows_at_once = 4;

// AVX2 cannot multiply 64-bit words, but values have 32 bits: with w = 2^32 high + low, low signed,
// v w = v low + 2^32 (v high mod 2^32); the high parts are summed up separately.
constexpr std::int32_t low_half(Word weight) { return static_cast<std::int32_t>(weight); }
constexpr std::int32_t high_half(Word weight) {
  const auto low = static_cast<Word>(std::int64_t{low_half(weight)});
  return static_cast<std::int32_t>((weight - low) >> 32);
}

/// sums[i] += sum_j weights[j] values[j stride + i] for full vectors; true when all are possible.
class FloatRows {
 public:
  explicit FloatRows(const Reading& reading)
      : scale_(_mm256_set1_ps(static_cast<float>(reading.scale))), limit_(reading.limit) {}

  template <int rows>
  void add(Word* sums, const float* values, index_t stride, index_t ahead, const Word* weights) {
    __m256i even = _mm256_setzero_si256();
    __m256i odd = even;
    __m256i highs = even;
#pragma GCC unroll 4
    for (int j = 0; j < rows; ++j) {
      _mm_prefetch(values + j * stride + ahead, _MM_HINT_T0);
      const __m256i value = read(values + j * stride);
      const __m256i low = _mm256_set1_epi32(low_half(weights[j]));
      even = _mm256_add_epi64(even, _mm256_mul_epi32(value, low));
      odd = _mm256_add_epi64(odd, _mm256_mul_epi32(_mm256_srli_epi64(value, 32), low));
      highs = _mm256_add_epi32(highs,
                               _mm256_mullo_epi32(value, _mm256_set1_epi32(high_half(weights[j]))));
    }
    even = _mm256_add_epi64(even, _mm256_slli_epi64(highs, 32));
    odd = _mm256_add_epi64(odd, _mm256_slli_epi64(_mm256_srli_epi64(highs, 32), 32));
    const __m256i a = _mm256_unpacklo_epi64(even, odd);  // words 0 1 4 5
    const __m256i b = _mm256_unpackhi_epi64(even, odd);  // words 2 3 6 7
    add_to(sums, _mm256_permute2x128_si256(a, b, 0x20));
    add_to(sums + width / 2, _mm256_permute2x128_si256(a, b, 0x31));
  }
  bool all_possible() const {
    alignas(32) float largest[width];
    _mm256_store_ps(largest, largest_);
    bool possible = _mm256_movemask_ps(integers_) == 0xff;
    for (const float value : largest) possible &= static_cast<double>(value) <= limit_;
    return possible;
  }

 private:
  [[gnu::always_inline]] __m256i read(const float* values) {
    const __m256 scaled = _mm256_mul_ps(_mm256_loadu_ps(values), scale_);
    const __m256i integer = _mm256_cvtps_epi32(scaled);
    integers_ =
        _mm256_and_ps(integers_, _mm256_cmp_ps(scaled, _mm256_cvtepi32_ps(integer), _CMP_EQ_OQ));
    largest_ = _mm256_max_ps(_mm256_andnot_ps(_mm256_set1_ps(-0.0F), scaled), largest_);
    return integer;
  }
  [[gnu::always_inline]] static void add_to(Word* sums, __m256i words) {
    auto* at = reinterpret_cast<__m256i*>(sums);
    _mm256_storeu_si256(at, _mm256_add_epi64(_mm256_loadu_si256(at), words));
  }
  __m256 scale_;
  double limit_;
  __m256 largest_ = _mm256_setzero_ps();
  __m256 integers_ = _mm256_castsi256_ps(_mm256_set1_epi32(-1));
};

bool add_float_rows(Word* sums, const Block<float>& block, const Word* weights,
                    const Reading& reading) {
  const auto [values, rows, stride, columns, next] = block;
  const index_t full = columns / width * width;
  FloatRows loop(reading);
  index_t j = 0;
  const auto add_rows = [&]<int count>(std::integral_constant<int, count>) {
    const bool is_last = j + count >= rows;
    const index_t ahead = !is_last ? count * stride : next != 0 ? next - j * stride : 0;
    for (index_t i = 0; i < full; i += width)
      loop.template add<count>(sums + i, values + j * stride + i, stride, ahead, weights + j);
    j += count;
  };
  while (j + rows_at_once <= rows) add_rows(std::integral_constant<int, rows_at_once>());
  while (j < rows) add_rows(std::integral_constant<int, 1>());
  const bool rest = add_block<float, false>(
      sums + full, {values + full, rows, stride, columns - full}, weights, reading);
  return rest && loop.all_possible();
}

template <class T, bool weighted>
bool add(Word* sums, const Block<T>& block, const Word* weights, const Reading& reading) {
  return add_block<T, weighted>(sums, block, weights, reading);
}

void add_products(Lane<Word> sums, Lane<const Word> a, Lane<const Word> b, index_t count) {
  add_lanes(sums, a, b, count);
}

}  // namespace

constinit const RingLoops ring_loops_avx2{.name = "AVX2",
                                          .rows_f32 = add_float_rows,
                                          .weighted_f32 = add<float, true>,
                                          .rows_f64 = add<double, false>,
                                          .weighted_f64 = add<double, true>,
                                          .add_products = add_products};

}  // namespace convict::oracle
