// SPDX-License-Identifier: Apache-2.0
// What statements of inline assembly become (emulation/source/assembly.cpp): instructions of PTX as
// functions of C++.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "async_copies.hpp"
#include "matrices.hpp"

namespace convict_device::ptx {

using b8 = unsigned char;
using u8 = unsigned char;
using s8 = signed char;
using b16 = unsigned short;
using u16 = unsigned short;
using s16 = short;
using b32 = unsigned;
using u32 = unsigned;
using s32 = int;
using f32 = float;
using b64 = unsigned long long;
using u64 = unsigned long long;
using s64 = long long;
using f64 = double;
using pred = bool;

/// Registers have sizes, not types.
template <class To, class From>
To as(const From& from) {
  if constexpr (sizeof(To) == sizeof(From)) {
    To to;
    std::memcpy(&to, &from, sizeof(To));
    return to;
  } else if constexpr (std::is_pointer_v<From>) {
    return static_cast<To>(reinterpret_cast<std::uintptr_t>(from));
  } else {
    return static_cast<To>(from);
  }
}
template <class From, class To>
void set(To& to, From from) {
  to = as<To>(from);
}
/// pack: `to` is made of the parts, the lowest first; unpack: the reverse.
template <class Whole, class To, class... Parts>
void pack(To& to, Parts... parts) {
  char bytes[(sizeof(Parts) + ...)];
  std::size_t at = 0;
  ((std::memcpy(bytes + at, &parts, sizeof(Parts)), at += sizeof(Parts)), ...);
  Whole whole;
  static_assert(sizeof bytes == sizeof whole);
  std::memcpy(&whole, bytes, sizeof whole);
  set<Whole>(to, whole);
}
template <class Whole, class A, class B>
void unpack(A& a, B& b, Whole whole) {
  static_assert(sizeof(A) + sizeof(B) == sizeof whole);
  std::memcpy(&a, &whole, sizeof(A));
  std::memcpy(&b, reinterpret_cast<const char*>(&whole) + sizeof(A), sizeof(B));
}
inline float float_of_bits(unsigned bits) { return as<float>(bits); }

template <class Address>
void* place(Address address, long offset) {
  return reinterpret_cast<char*>(as<std::uint64_t>(address)) + offset;
}
template <class Address>
void* shared_place(Address address, long offset) {
  return static_cast<char*>(shared_pointer(static_cast<unsigned>(as<std::uint64_t>(address)))) +
         offset;
}
inline std::uint64_t to_shared(std::uint64_t pointer) {
  return shared_address(reinterpret_cast<void*>(pointer));
}
inline std::uint64_t from_shared(std::uint64_t address) {
  return reinterpret_cast<std::uint64_t>(shared_pointer(static_cast<unsigned>(address)));
}

/// c = a b + c of the types that PTX calls so.
void multiply(int m, int n, int k, const char* factor, const char* addend, const char* sum,
              bool saturates, const void* a, const void* b, void* c, Site site);

unsigned warpid();
unsigned nwarpid();
unsigned smid();
unsigned nsmid();
std::uint64_t globaltimer();
inline unsigned clock() { return static_cast<unsigned>(globaltimer()); }
inline std::uint64_t clock64() { return globaltimer(); }
inline unsigned laneid() { return static_cast<unsigned>(lane()); }
inline unsigned lanemask_eq() { return 1U << lane(); }
inline unsigned lanemask_lt() { return (1U << lane()) - 1; }
inline unsigned lanemask_le() { return lanemask_lt() | lanemask_eq(); }
inline unsigned lanemask_gt() { return ~lanemask_le(); }
inline unsigned lanemask_ge() { return ~lanemask_lt(); }
#ifndef CONVICT_SETS_INDICES
#define CONVICT_INDEX(axis)                                \
  inline unsigned tid_##axis() { return threadIdx.axis; }  \
  inline unsigned ntid_##axis() { return blockDim.axis; }  \
  inline unsigned ctaid_##axis() { return blockIdx.axis; } \
  inline unsigned nctaid_##axis() { return gridDim.axis; }
CONVICT_INDEX(x)
CONVICT_INDEX(y)
CONVICT_INDEX(z)
#undef CONVICT_INDEX
#endif

/// PTX ISA, lop3: bit 4 a + 2 b + c of the table is the result.
inline unsigned lop3(unsigned a, unsigned b, unsigned c, unsigned table) {
  unsigned result = 0;
  for (unsigned i = 0; i < 8; ++i)
    if ((table >> i & 1U) != 0)
      result |= ((i & 4U) != 0 ? a : ~a) & ((i & 2U) != 0 ? b : ~b) & ((i & 1U) != 0 ? c : ~c);
  return result;
}

unsigned short half_bits(float value);
unsigned short bfloat_bits(float value);
float of_half_bits(unsigned short bits);
template <class To>
void convert_rn_f16_f32(To& to, float from) {
  set<u16>(to, half_bits(from));
}
template <class To>
void convert_rn_bf16_f32(To& to, float from) {
  set<u16>(to, bfloat_bits(from));
}
template <class From>
void convert_f32_f16(float& to, From from) {
  to = of_half_bits(as<u16>(from));
}
template <class From>
void convert_f32_bf16(float& to, From from) {
  to = as<float>(static_cast<unsigned>(as<u16>(from)) << 16);
}
/// The first operand is the upper half (PTX ISA, cvt).
template <class To>
void convert_rn_f16x2_f32(To& to, float high, float low) {
  set<b32>(to, static_cast<unsigned>(half_bits(high)) << 16 | half_bits(low));
}
template <class To>
void convert_rn_bf16x2_f32(To& to, float high, float low) {
  set<b32>(to, static_cast<unsigned>(bfloat_bits(high)) << 16 | bfloat_bits(low));
}
template <class To>
void convert_rna_tf32_f32(To& to, float from) {
  set<b32>(to, (as<unsigned>(from) + 0x1000U) & 0xffffe000U);
}

}  // namespace convict_device::ptx
