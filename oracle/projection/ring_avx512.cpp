// SPDX-License-Identifier: Apache-2.0
#include <immintrin.h>

#include <type_traits>

#include "oracle/projection/ring_loops.hpp"

#pragma GCC target("avx512f,avx512dq")

namespace convict::oracle {
namespace {

constexpr index_t width = 16;    // values at once, two vectors of words
constexpr int rows_at_once = 8;  // memory streams; sums are loaded and stored once for all of them

// For VRANGE: the larger absolute value of two numbers; of a number and a NaN, the number.
constexpr int larger_magnitude = 0b1011;

struct Words {
  __m512i low, high;
};

/// Rows are short streams, which the hardware prefetcher detects too late: without this prefetch,
/// rows of 196 floats take 0.77 ns a float instead of 0.43.
template <class T>
[[gnu::always_inline]] inline void fetch(const T* values) {
  constexpr index_t line = 64 / static_cast<index_t>(sizeof(T));
  for (index_t i = 0; i < width; i += line) _mm_prefetch(values + i, _MM_HINT_T0);
}

/// Converts sixteen floats at a time. A value is an integer if converting it to 32 bits and back
/// does not change it: too large ones become -2^31, and NaN compares unequal.
class FloatReader {
 public:
  using Value = float;
  explicit FloatReader(double scale) : scale_(_mm512_set1_ps(static_cast<float>(scale))) {}

  [[gnu::always_inline]] Words read(const float* values, __mmask16 wanted) {
    const __m512 scaled = _mm512_mul_ps(_mm512_maskz_loadu_ps(wanted, values), scale_);
    const __m512i integer = _mm512_cvtps_epi32(scaled);
    integers_ = _mm512_mask_cmp_ps_mask(integers_, scaled, _mm512_cvtepi32_ps(integer), _CMP_EQ_OQ);
    largest_ = _mm512_range_ps(largest_, scaled, larger_magnitude);
    return {_mm512_cvtepi32_epi64(_mm512_castsi512_si256(integer)),
            _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(integer, 1))};
  }
  bool all_within(double limit) const {
    return integers_ == 0xffff && static_cast<double>(_mm512_reduce_max_ps(largest_)) <= limit;
  }

 private:
  __m512 scale_;
  __m512 largest_ = _mm512_setzero_ps();
  __mmask16 integers_ = 0xffff;
};

/// The same for doubles, by way of 64-bit integers.
class DoubleReader {
 public:
  using Value = double;
  explicit DoubleReader(double scale) : scale_(_mm512_set1_pd(scale)) {}

  [[gnu::always_inline]] Words read(const double* values, __mmask16 wanted) {
    return {read_half(values, static_cast<__mmask8>(wanted)),
            read_half(values + width / 2, static_cast<__mmask8>(wanted >> 8))};
  }
  bool all_within(double limit) const {
    return integers_ == 0xff && _mm512_reduce_max_pd(largest_) <= limit;
  }

 private:
  [[gnu::always_inline]] __m512i read_half(const double* values, __mmask8 wanted) {
    const __m512d scaled = _mm512_mul_pd(_mm512_maskz_loadu_pd(wanted, values), scale_);
    const __m512i integer = _mm512_cvtpd_epi64(scaled);
    integers_ = _mm512_mask_cmp_pd_mask(integers_, scaled, _mm512_cvtepi64_pd(integer), _CMP_EQ_OQ);
    largest_ = _mm512_range_pd(largest_, scaled, larger_magnitude);
    return integer;
  }
  __m512d scale_;
  __m512d largest_ = _mm512_setzero_pd();
  __mmask8 integers_ = 0xff;
};

/// Some rows of a block; the values `ahead` elements behind them will be read next (prefetch).
template <class T>
struct Group {
  const T* values;
  index_t stride;
  index_t columns;
  index_t ahead;
};

template <int rows, bool weighted, class Reader>
[[gnu::always_inline]] inline void add_group(Reader& reader, Word* sums,
                                             const Group<typename Reader::Value>& group,
                                             const Word* weights) {
  const auto [values, stride, columns, ahead] = group;
  for (index_t i = 0; i < columns; i += width) {
    const auto wanted =
        static_cast<__mmask16>(columns - i >= width ? 0xffff : (1 << (columns - i)) - 1);
    const auto low_wanted = static_cast<__mmask8>(wanted);
    const auto high_wanted = static_cast<__mmask8>(wanted >> 8);
    __m512i low = _mm512_maskz_loadu_epi64(low_wanted, sums + i);
    __m512i high = _mm512_maskz_loadu_epi64(high_wanted, sums + i + width / 2);
#pragma GCC unroll 8
    for (int j = 0; j < rows; ++j) {
      const auto* row = values + j * stride + i;
      fetch(row + ahead);
      const Words words = reader.read(row, wanted);
      __m512i low_weight, high_weight;
      if constexpr (weighted) {
        low_weight = _mm512_maskz_loadu_epi64(low_wanted, weights + j * stride + i);
        high_weight = _mm512_maskz_loadu_epi64(high_wanted, weights + j * stride + i + width / 2);
      } else {
        low_weight = high_weight = _mm512_set1_epi64(static_cast<long long>(weights[j]));
      }
      low = _mm512_add_epi64(low, _mm512_mullo_epi64(words.low, low_weight));
      high = _mm512_add_epi64(high, _mm512_mullo_epi64(words.high, high_weight));
    }
    _mm512_mask_storeu_epi64(sums + i, low_wanted, low);
    _mm512_mask_storeu_epi64(sums + i + width / 2, high_wanted, high);
  }
}

template <class Reader, bool weighted>
bool add(Word* sums, const Block<typename Reader::Value>& block, const Word* weights,
         const Reading& reading) {
  const auto [values, rows, stride, columns, next] = block;
  const index_t weights_per_row = weighted ? stride : 1;
  Reader reader(reading.scale);
  index_t j = 0;
  const auto add_rows = [&]<int count>(std::integral_constant<int, count>) {
    const bool is_last = j + count >= rows;
    const index_t ahead = !is_last ? count * stride : next != 0 ? next - j * stride : 0;
    add_group<count, weighted>(reader, sums, {values + j * stride, stride, columns, ahead},
                               weights + j * weights_per_row);
    j += count;
  };
  while (j + rows_at_once <= rows) add_rows(std::integral_constant<int, rows_at_once>());
  while (j < rows) add_rows(std::integral_constant<int, 1>());
  return reader.all_within(reading.limit);
}

void add_products(Lane<Word> sums, Lane<const Word> a, Lane<const Word> b, index_t count) {
  add_lanes(sums, a, b, count);
}

}  // namespace

constinit const RingLoops ring_loops_avx512{.name = "AVX-512",
                                            .rows_f32 = add<FloatReader, false>,
                                            .weighted_f32 = add<FloatReader, true>,
                                            .rows_f64 = add<DoubleReader, false>,
                                            .weighted_f64 = add<DoubleReader, true>,
                                            .add_products = add_products};

}  // namespace convict::oracle
