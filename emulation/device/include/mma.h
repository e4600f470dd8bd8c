// SPDX-License-Identifier: Apache-2.0
// Stands for the CUDA header of this name where kernels run on the emulated device.
#pragma once

#include <type_traits>

#include "convict_device/async_copies.hpp"
#include "convict_device/matrices.hpp"
#include "cuda_bf16.h"
#include "cuda_fp16.h"

namespace nvcuda::wmma {

struct matrix_a {};
struct matrix_b {};
struct accumulator {};
struct row_major {};
struct col_major {};
enum layout_t { mem_row_major, mem_col_major };
namespace precision {
struct tf32 {};
}  // namespace precision

namespace details {
using convict_device::Element;
template <class T>
constexpr Element element() {
  if constexpr (std::is_same_v<T, __half>)
    return Element::f16;
  else if constexpr (std::is_same_v<T, __nv_bfloat16>)
    return Element::bf16;
  else if constexpr (std::is_same_v<T, precision::tf32>)
    return Element::tf32;
  else if constexpr (std::is_same_v<T, float>)
    return Element::f32;
  else if constexpr (std::is_same_v<T, double>)
    return Element::f64;
  else if constexpr (std::is_same_v<T, signed char>)
    return Element::s8;
  else if constexpr (std::is_same_v<T, unsigned char>)
    return Element::u8;
  else if constexpr (std::is_same_v<T, int>)
    return Element::s32;
}
/// Warp Matrix Functions, Element Types and Matrix Sizes.
constexpr bool has_shape(Element type, int m, int n, int k) {
  const bool large =
      k == 16 && ((m == 16 && n == 16) || (m == 32 && n == 8) || (m == 8 && n == 32));
  const bool of_tf32 = m == 16 && n == 16 && k == 8, of_f64 = m == 8 && n == 8 && k == 4;
  switch (type) {
    case Element::tf32: return of_tf32;
    case Element::f64: return of_f64;
    case Element::f32: return large || of_tf32;
    default: return large;
  }
}
}  // namespace details

/// How the lanes share out a matrix is not specified; here as in
/// convict_device/matrices.hpp.
template <class Use, int m, int n, int k, class T, class Layout = void>
class fragment {
  static constexpr bool is_accumulator = std::is_same_v<Use, accumulator>;
  static constexpr convict_device::Element type = details::element<T>();
  static_assert(details::has_shape(type, m, n, k), "mma.h has no fragments of this shape and type");
  static_assert(is_accumulator == std::is_same_v<Layout, void>,
                "matrix_a and matrix_b have a layout, accumulators have none");

 public:
  using storage_element_type = std::conditional_t<std::is_same_v<T, precision::tf32>, float, T>;
  using element_type = T;
  static constexpr int rows = std::is_same_v<Use, matrix_b> ? k : m;
  static constexpr int columns = std::is_same_v<Use, matrix_a> ? k : n;
  static constexpr int num_elements =
      convict_device::elements_of_lane(type, is_accumulator, rows* columns);
  static constexpr int num_storage_elements = num_elements;
  storage_element_type x[num_elements];
};

inline float __float_to_tf32(float value) {
  // Ties away from zero (cvt.rna.tf32.f32).
  return __uint_as_float((__float_as_uint(value) + 0x1000U) & 0xffffe000U);
}

namespace details {
/// Visits the lane's elements with their distance from the first of the matrix.
template <class Fragment, class Visit>
void visit(bool by_rows, unsigned leading, Visit visit) {
  constexpr int count = Fragment::rows * Fragment::columns;
  for (int at = 0; at < Fragment::num_elements; ++at) {
    const int element =
        convict_device::element_of_lane(convict_device::lane(), at, Fragment::num_elements, count);
    const unsigned row = element / Fragment::columns, column = element % Fragment::columns;
    visit(at, by_rows ? row * leading + column : column * leading + row);
  }
}
/// Warp Matrix Functions, Description: a 256-bit aligned pointer, a leading dimension of a multiple
/// of 16 bytes, and the same ones in all lanes.
template <class T>
void meet(const char* operation, const T* pointer, unsigned leading, convict_device::Site site) {
  struct {
    const void* pointer;
    std::size_t leading;
  } const given{pointer, leading};
  convict_device::meet_whole_warp(operation, &given, sizeof given, site);
  if (reinterpret_cast<std::size_t>(pointer) % 32 != 0)
    convict_device::trap("a matrix of mma.h at an address that is no multiple of 32", site);
  if (leading * sizeof(T) % 16 != 0)
    convict_device::trap("a leading dimension for mma.h that is no multiple of 16 bytes", site);
}
}  // namespace details

#define CONVICT_SITE ::convict_device::Site site = ::convict_device::Site()

template <class Use, int m, int n, int k, class T, class Layout, class Value>
void fill_fragment(fragment<Use, m, n, k, T, Layout>& to, const Value& value) {
  for (auto& one : to.x) one = value;
}
template <class Use, int m, int n, int k, class T, class Layout, class Memory>
void load_matrix_sync(fragment<Use, m, n, k, T, Layout>& to, const Memory* from, unsigned leading,
                      CONVICT_SITE) {
  static_assert(!std::is_void_v<Layout>, "the layout of an accumulator is an argument");
  details::meet("load_matrix_sync", from, leading, site);
  details::visit<fragment<Use, m, n, k, T, Layout>>(
      std::is_same_v<Layout, row_major>, leading, [&](int at, unsigned distance) {
        convict_device::load_bytes(&to.x[at], from + distance, sizeof(Memory), site);
      });
}
template <int m, int n, int k, class T>
void load_matrix_sync(fragment<accumulator, m, n, k, T>& to, const T* from, unsigned leading,
                      layout_t layout, CONVICT_SITE) {
  details::meet("load_matrix_sync", from, leading, site);
  details::visit<fragment<accumulator, m, n, k, T>>(
      layout == mem_row_major, leading, [&](int at, unsigned distance) {
        convict_device::load_bytes(&to.x[at], from + distance, sizeof(T), site);
      });
}
template <int m, int n, int k, class T>
void store_matrix_sync(T* to, const fragment<accumulator, m, n, k, T>& from, unsigned leading,
                       layout_t layout, CONVICT_SITE) {
  details::meet("store_matrix_sync", to, leading, site);
  details::visit<fragment<accumulator, m, n, k, T>>(
      layout == mem_row_major, leading, [&](int at, unsigned distance) {
        convict_device::store_bytes(to + distance, &from.x[at], sizeof(T), site);
      });
}
template <int m, int n, int k, class A, class B, class LayoutA, class LayoutB, class C, class D>
void mma_sync(fragment<accumulator, m, n, k, D>& d,
              const fragment<matrix_a, m, n, k, A, LayoutA>& a,
              const fragment<matrix_b, m, n, k, B, LayoutB>& b,
              const fragment<accumulator, m, n, k, C>& c, bool saturates = false, CONVICT_SITE) {
  static_assert(std::is_same_v<A, B>, "both factors have one type");
  const convict_device::MatrixProduct product{m,
                                              n,
                                              k,
                                              details::element<A>(),
                                              details::element<B>(),
                                              details::element<C>(),
                                              details::element<D>(),
                                              false,
                                              saturates,
                                              a.x,
                                              b.x,
                                              c.x,
                                              d.x};
  convict_device::multiply_matrices("mma_sync", product, site);
}

#undef CONVICT_SITE

}  // namespace nvcuda::wmma
