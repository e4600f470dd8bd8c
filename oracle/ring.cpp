#include "oracle/ring.hpp"

#include <cmath>

namespace convict::oracle {
namespace {

template <class T>
index_t add_weighted_plain(Word* __restrict sums, const T* __restrict values, index_t count,
                           Word weight, const Reading& reading) {
  const auto [scale, limit] = reading;
  Word impossible = 0;
  for (index_t i = 0; i < count; ++i) {
    const double scaled = static_cast<double>(values[i]) * scale;
    const double shifted = scaled + integer_shift;
    const bool possible = (shifted - integer_shift == scaled) & (std::fabs(scaled) <= limit);
    sums[i] += weight * (std::bit_cast<Word>(shifted) - std::bit_cast<Word>(integer_shift));
    impossible += possible ? 0 : 1;
  }
  return static_cast<index_t>(impossible);
}

void add_products_plain(Lane<Word> sums, Lane<const Word> a, Lane<const Word> b, index_t count) {
  Word* __restrict s = sums.data;
  const Word* __restrict u = a.data;
  const Word* __restrict v = b.data;
  if (sums.stride == 1 && a.stride == 0 && b.stride == 1) {
    const Word weight = *u;
    for (index_t i = 0; i < count; ++i) s[i] += weight * v[i];
  } else if (sums.stride == 1 && a.stride == 1 && b.stride == 1) {
    for (index_t i = 0; i < count; ++i) s[i] += u[i] * v[i];
  } else if (sums.stride == 0) {
    Word total = 0;
    if (a.stride == 1 && b.stride == 1)
      for (index_t i = 0; i < count; ++i) total += u[i] * v[i];
    else
      for (index_t i = 0; i < count; ++i) total += u[i * a.stride] * v[i * b.stride];
    *s += total;
  } else {
    for (index_t i = 0; i < count; ++i) s[i * sums.stride] += u[i * a.stride] * v[i * b.stride];
  }
}

// The same code for wider vectors. AVX-512 DQ multiplies 64-bit words in one instruction.
template <class T>
[[gnu::target("avx2"), gnu::flatten]] index_t add_weighted_avx2(Word* sums, const T* values,
                                                                index_t count, Word weight,
                                                                const Reading& reading) {
  return add_weighted_plain(sums, values, count, weight, reading);
}
template <class T>
[[gnu::target("avx512f,avx512dq"), gnu::flatten]] index_t add_weighted_avx512(
    Word* sums, const T* values, index_t count, Word weight, const Reading& reading) {
  return add_weighted_plain(sums, values, count, weight, reading);
}
[[gnu::target("avx2"), gnu::flatten]] void add_products_avx2(Lane<Word> sums, Lane<const Word> a,
                                                             Lane<const Word> b, index_t count) {
  add_products_plain(sums, a, b, count);
}
[[gnu::target("avx512f,avx512dq"), gnu::flatten]] void add_products_avx512(Lane<Word> sums,
                                                                           Lane<const Word> a,
                                                                           Lane<const Word> b,
                                                                           index_t count) {
  add_products_plain(sums, a, b, count);
}

template <class Function>
Function* best_of(Function* plain, Function* avx2, Function* avx512) {
  if (__builtin_cpu_supports("avx512dq")) return avx512;
  return __builtin_cpu_supports("avx2") ? avx2 : plain;
}

template <class T>
index_t add_weighted_best(Word* sums, const T* values, index_t count, Word weight,
                          const Reading& reading) {
  static const auto best =
      best_of(add_weighted_plain<T>, add_weighted_avx2<T>, add_weighted_avx512<T>);
  return best(sums, values, count, weight, reading);
}

}  // namespace

index_t add_weighted(Word* sums, const float* values, index_t count, Word weight,
                     const Reading& reading) {
  return add_weighted_best(sums, values, count, weight, reading);
}

index_t add_weighted(Word* sums, const double* values, index_t count, Word weight,
                     const Reading& reading) {
  return add_weighted_best(sums, values, count, weight, reading);
}

index_t add_weighted(Word* sums, const Word* values, index_t count, Word weight, const Reading&) {
  add_products({sums, 1}, {&weight, 0}, {values, 1}, count);
  return 0;
}

void add_products(Lane<Word> sums, Lane<const Word> a, Lane<const Word> b, index_t count) {
  static const auto best = best_of(add_products_plain, add_products_avx2, add_products_avx512);
  best(sums, a, b, count);
}

}  // namespace convict::oracle
