// SPDX-License-Identifier: Apache-2.0
#include "convict_device/matrices.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "convict_device/async_copies.hpp"
#include "cuda_bf16.h"
#include "cuda_fp16.h"
#include "faults.hpp"
#include "scheduler.hpp"
#include "watch.hpp"

namespace convict_device {
namespace {

constexpr unsigned all_lanes = ~0U;

std::size_t bytes_of(Element type) {
  switch (type) {
    case Element::f16:
    case Element::bf16: return 2;
    case Element::s8:
    case Element::u8: return 1;
    case Element::f64: return 8;
    default: return 4;
  }
}
double value_of(Element type, const void* elements, int at) {
  const char* const from = static_cast<const char*>(elements) + at * bytes_of(type);
  std::uint64_t bits = 0;
  std::memcpy(&bits, from, bytes_of(type));
  switch (type) {
    case Element::f16: return float(__half::of_bits(static_cast<std::uint16_t>(bits)));
    case Element::bf16: return float(__nv_bfloat16::of_bits(static_cast<std::uint16_t>(bits)));
    // The lower 13 bits are ignored (PTX ISA, Alternate Floating-Point Data Formats).
    case Element::tf32: return bits_as<float>(static_cast<unsigned>(bits) & 0xffffe000U);
    case Element::f32: return bits_as<float>(static_cast<unsigned>(bits));
    case Element::f64: return bits_as<double>(bits);
    case Element::s8: return static_cast<signed char>(bits);
    case Element::u8: return static_cast<unsigned char>(bits);
    case Element::s32: return static_cast<int>(bits);
  }
  return 0;
}
void set_value(Element type, void* elements, int at, double value, bool saturates) {
  char* const to = static_cast<char*>(elements) + at * bytes_of(type);
  const auto put = [&](auto one) { std::memcpy(to, &one, sizeof one); };
  if (type == Element::f16) return put(__half(value));
  if (type == Element::f32) return put(static_cast<float>(value));
  if (type == Element::f64) return put(value);
  if (saturates) value = std::min(std::max(value, -2147483648.0), 2147483647.0);
  put(static_cast<std::int32_t>(static_cast<std::uint32_t>(static_cast<std::int64_t>(value))));
}

/// Which element of a matrix is the lane's `at`-th: row and column.
struct Place {
  int row, column;
};
/// PTX ISA, Matrix Fragments for mma.m16n8k16 and its neighbours: registers of 32 bits hold
/// elements that follow each other along k, in four lanes; eight groups of lanes are rows (of a) or
/// columns (of b).
Place place_in_a(const MatrixProduct& p, int lane, int at) {
  const int elements = static_cast<int>(4 / std::min<std::size_t>(bytes_of(p.a_type), 4));
  const int in_register = at / elements, group = lane / 4, thread = lane % 4;
  if (p.m == 8) return {group, thread};  // m8n8k4 of f64
  return {group + 8 * (in_register % 2),
          thread * elements + at % elements + 4 * elements * (in_register / 2)};
}
Place place_in_b(const MatrixProduct& p, int lane, int at) {
  const int elements = static_cast<int>(4 / std::min<std::size_t>(bytes_of(p.b_type), 4));
  return {lane % 4 * elements + at % elements + 4 * elements * (at / elements), lane / 4};
}
Place place_in_c(int lane, int at) { return {lane / 4 + 8 * (at / 2), lane % 4 * 2 + at % 2}; }

enum class Part { a, b, c };
template <class Visit>
void visit_elements(const MatrixProduct& p, Part part, Element type, Visit visit) {
  const int rows = part == Part::b ? p.k : p.m, columns = part == Part::a ? p.k : p.n;
  const int count = rows * columns;
  const int elements = p.is_ptx ? count / 32 : elements_of_lane(type, part == Part::c, count);
  for (int lane = 0; lane < 32; ++lane)
    for (int at = 0; at < elements; ++at) {
      if (!p.is_ptx) {
        visit(lane, at, element_of_lane(lane, at, elements, count));
        continue;
      }
      const Place place = part == Part::a   ? place_in_a(p, lane, at)
                          : part == Part::b ? place_in_b(p, lane, at)
                                            : place_in_c(lane, at);
      visit(lane, at, place.row * columns + place.column);
    }
}

void must_be_whole(const char* operation, unsigned present, Site site) {
  if (present == all_lanes) return;
  record_fault(Fault::barrier,
               text("kernel %s, %s: %s at %s by %d lanes: all 32 lanes of the warp must take part",
                    running->configuration().kernel, text_of(running->current()).c_str(), operation,
                    text_of(site).c_str(), __builtin_popcount(present)));
  running->stop();
}

void multiply(const WarpResult& lanes, Site site) {
  std::array<const MatrixProduct*, 32> of{};
  for (std::size_t lane = 0; lane < 32; ++lane)
    std::memcpy(&of[lane], lanes.all[lane], sizeof of[0]);
  must_be_whole("a product of matrices (mma)", lanes.present, site);
  const MatrixProduct& p = *of[0];
  std::vector<double> a(static_cast<std::size_t>(p.m * p.k)),
      b(static_cast<std::size_t>(p.k * p.n));
  std::vector<double> c(static_cast<std::size_t>(p.m * p.n));
  visit_elements(p, Part::a, p.a_type, [&](int lane, int at, int element) {
    a[static_cast<std::size_t>(element)] = value_of(p.a_type, of[lane]->a, at);
  });
  visit_elements(p, Part::b, p.b_type, [&](int lane, int at, int element) {
    b[static_cast<std::size_t>(element)] = value_of(p.b_type, of[lane]->b, at);
  });
  visit_elements(p, Part::c, p.c_type, [&](int lane, int at, int element) {
    c[static_cast<std::size_t>(element)] = value_of(p.c_type, of[lane]->c, at);
  });
  for (int i = 0; i < p.m; ++i)
    for (int l = 0; l < p.k; ++l)
      for (int j = 0; j < p.n; ++j) {
        double& sum = c[static_cast<std::size_t>(i * p.n + j)];
        sum = std::fma(a[static_cast<std::size_t>(i * p.k + l)],
                       b[static_cast<std::size_t>(l * p.n + j)], sum);
      }
  visit_elements(p, Part::c, p.d_type, [&](int lane, int at, int element) {
    set_value(p.d_type, of[lane]->d, at, c[static_cast<std::size_t>(element)], p.saturates);
  });
}

void check_whole(const WarpResult& lanes, Site site) {
  must_be_whole("an operation of the whole warp", lanes.present, site);
  for (int lane = 1; lane < 32; ++lane)
    if (std::memcmp(lanes.all[lane], lanes.all[0], sizeof lanes.all[0]) != 0) {
      record_fault(Fault::access,
                   text("kernel %s, %s: lanes of the warp give different addresses or leading "
                        "dimensions at %s",
                        running->configuration().kernel, text_of(running->current()).c_str(),
                        text_of(site).c_str()));
      running->stop();
    }
}

}  // namespace

void multiply_matrices(const char* operation, const MatrixProduct& product, Site site) {
  WarpOffer offer;
  offer.source_lane = lane(), offer.operation = operation, offer.combine = multiply;
  const MatrixProduct* const pointer = &product;
  offer.value_bytes = sizeof pointer;
  std::memcpy(offer.value, &pointer, sizeof pointer);
  WarpResult result;
  meet_in_warp(offer, result, site);
}

void meet_whole_warp(const char* operation, const void* value, unsigned value_bytes, Site site) {
  WarpOffer offer;
  offer.source_lane = lane(), offer.operation = operation, offer.combine = check_whole;
  offer.value_bytes = value_bytes;
  std::memcpy(offer.value, value, value_bytes);
  WarpResult result;
  meet_in_warp(offer, result, site);
}

/// PTX ISA, ldmatrix: lane i holds elements 2 (i % 4) and the next of row i / 4 of each matrix.
void load_matrices(unsigned* to, int matrices, bool transposed, const void* row, Site site) {
  WarpOffer offer;
  offer.source_lane = lane(), offer.operation = "ldmatrix", offer.value_bytes = 16;
  if (lane() < 8 * matrices) load_bytes(offer.value, row, 16, site);
  WarpResult result;
  meet_in_warp(offer, result, site);
  must_be_whole("ldmatrix", result.present, site);
  for (int matrix = 0; matrix < matrices; ++matrix) {
    std::array<std::uint16_t, 2> pair{};
    for (int i = 0; i < 2; ++i) {
      const int along = lane() % 4 * 2 + i, across = lane() / 4;
      const int from_row = transposed ? along : across, column = transposed ? across : along;
      std::memcpy(&pair[static_cast<std::size_t>(i)],
                  result.all[8 * matrix + from_row] + 2 * column, 2);
    }
    std::memcpy(&to[matrix], pair.data(), 4);
  }
}

}  // namespace convict_device
