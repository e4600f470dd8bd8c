// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <span>
#include <vector>

#include "core/geometry.hpp"
#include "core/kernel.hpp"

namespace convict::mutants {

/// The call that a hook belongs to.
struct Call {
  const Problem& problem;
  Geometry g;
};

/// One product of the sum, as the indices of one element in each tensor: two are the factors, the
/// third gets the sum.
struct Product {
  std::array<index_t, 5> x;  ///< n, c, p0, p1, p2
  std::array<index_t, 8>
      w;  ///< k, bank0, bank1, bank2 (0 where shared), c within group, u0, u1, u2
  std::array<index_t, 5> y;  ///< n, k, o0, o1, o2
  bool operator==(const Product&) const = default;
};

struct ResultElement {
  std::span<const index_t> index;  ///< as in Product
  index_t number;                  ///< row-major
  index_t count;                   ///< elements of the result
  index_t products;                ///< that were summed in this element
};

/// The parts of a direct convolution that a mutant may replace; a null hook means the right part.
struct Hooks {
  /// Changes the problem before anything else, as if the kernel had misread it.
  void (*misread)(Problem&) = nullptr;
  /// Input position of an output position and a tap; a position outside the input is padding.
  index_t (*position)(const Call&, int axis, index_t out, index_t tap) = nullptr;
  /// How often a product is added; right is once.
  int (*times)(const Call&, const Product&) = nullptr;
  /// Replaces the elements of a product by others of the same tensors.
  void (*redirect)(const Call&, Product&) = nullptr;
  /// The value of an operand's element as the kernel reads it.
  double (*read)(Precision, double) = nullptr;
  /// A product, rounded to the accumulator's format.
  double (*multiply)(Precision, double, double) = nullptr;
  /// A sum after each addition, rounded to the accumulator's format.
  double (*round_sum)(Precision, double) = nullptr;
  /// Number of partial sums per element of the result; right is 1.
  index_t (*parts)(const Problem&) = nullptr;
  /// alpha * sum + beta * old
  double (*combine)(const Problem&, double sum, double old) = nullptr;
  /// The value to be stored, before it is rounded to the storage type.
  double (*finish)(const Problem&, double) = nullptr;
  /// True for elements that are not written.
  bool (*leaves)(const Call&, const ResultElement&) = nullptr;
};

/// The input position p = o s - l + phi(u) d of output position o and tap u.
index_t right_position(const Call& call, int axis, index_t out, index_t tap);
/// Rounds to the accumulator's format: f64 for f64, f32 for everything narrower.
double round_to_accumulator(Precision precision, double value);
/// alpha * sum + beta * old, each operation rounded to the accumulator's format.
double right_combine(const Problem& problem, double sum, double old);

/// The input positions of one axis for all pairs of output position and tap (row-major, shape
/// output x filter); -1 is padding.
std::vector<index_t> positions(const Call& call, const Hooks& hooks, int axis);

/// Calls visit(Product&) for every product whose input position is not padding, in the order n, k,
/// o, u, c, until visit returns false.
template <class Visit>
void for_each_product(const Call& call, const Hooks& hooks, Visit visit) {
  const Geometry& g = call.g;
  const std::array table = {positions(call, hooks, 0), positions(call, hooks, 1),
                            positions(call, hooks, 2)};
  const Shape<6> outs_and_taps =
      row_major<6>({g.output[0], g.output[1], g.output[2], g.filter[0], g.filter[1], g.filter[2]});
  const auto at = [&](std::size_t axis, index_t out, index_t tap) {
    return table[axis][static_cast<std::size_t>(out * g.filter[axis] + tap)];
  };
  bool going = true;
  for (index_t n = 0; n < g.batch && going; ++n)
    for (index_t k = 0; k < g.out_channels && going; ++k)
      for_each_index(outs_and_taps, [&](const std::array<index_t, 6>& i) {
        const auto [o0, o1, o2, u0, u1, u2] = i;
        const Axes p = {at(0, o0, u0), at(1, o1, u1), at(2, o2, u2)};
        if (!going || p[0] < 0 || p[1] < 0 || p[2] < 0) return;
        const Axes bank = g.unshared ? Axes{o0, o1, o2} : Axes{0, 0, 0};
        const index_t first_channel = k / g.group_out_channels * g.group_in_channels;
        for (index_t c = 0; c < g.group_in_channels && going; ++c) {
          Product product{{n, first_channel + c, p[0], p[1], p[2]},
                          {k, bank[0], bank[1], bank[2], c, u0, u1, u2},
                          {n, k, o0, o1, o2}};
          going = visit(product);
        }
      });
}

/// result = alpha * (sum of products) + beta * result, for all passes, ranks, strides and storage
/// formats.
void convolve(const Problem& problem, const Buffers& buffers, const Hooks& hooks = {});

/// Load and store element `offset` of a tensor of this storage format; store rounds.
double load(const void* tensor, Precision precision, index_t offset);
void store(void* tensor, Precision precision, index_t offset, double value);

/// The tensor that the pass writes.
void* result_of(const Problem& problem, const Buffers& buffers);
/// Its number of elements from the lowest to the highest in memory, gaps included.
index_t result_span(const Problem& problem);

}  // namespace convict::mutants
