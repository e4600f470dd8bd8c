#pragma once

#include <array>
#include <span>
#include <vector>

#include "core/geometry.hpp"
#include "core/kernel.hpp"

namespace convict::mutants {

/// What every hook is told.
struct Call {
  const Problem& problem;
  Geometry g;
};

/// One product of the sum, as one element of each tensor: two are multiplied, the third is added
/// to.
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
  index_t products;                ///< that were added up here
};

/// The pieces of a direct convolution a mutant may replace; a null piece is the right one.
struct Hooks {
  /// Changes what the kernel takes the problem for, before anything else.
  void (*misread)(Problem&) = nullptr;
  /// Input position of an output position and a tap; outside of the input it is padding.
  index_t (*position)(const Call&, int axis, index_t out, index_t tap) = nullptr;
  /// How often a product is added: once.
  int (*times)(const Call&, const Product&) = nullptr;
  /// Sends a product to other elements (of the same tensors).
  void (*redirect)(const Call&, Product&) = nullptr;
  /// An operand as it is read.
  double (*read)(Precision, double) = nullptr;
  /// A product, and a sum after each addition: rounded to the accumulator.
  double (*multiply)(Precision, double, double) = nullptr;
  double (*round_sum)(Precision, double) = nullptr;
  /// Partial sums that every result is split into.
  index_t (*parts)(const Problem&) = nullptr;
  /// alpha * sum + beta * old
  double (*combine)(const Problem&, double sum, double old) = nullptr;
  /// What is stored, before it is rounded to the storage type.
  double (*finish)(const Problem&, double) = nullptr;
  /// Elements that are not written.
  bool (*leaves)(const Call&, const ResultElement&) = nullptr;
};

/// p = o s - l + phi(u) d
index_t right_position(const Call& call, int axis, index_t out, index_t tap);
/// To the accumulator of `precision`: f64, or f32 for everything narrower.
double round_to_accumulator(Precision precision, double value);
double right_combine(const Problem& problem, double sum, double old);

/// The input positions of one axis, `filter` taps of every output position; -1 is padding.
std::vector<index_t> positions(const Call& call, const Hooks& hooks, int axis);

/// Calls visit(Product&) for every product of the sum that `positions` leaves, until it returns
/// false. Products come in the order n, k, o, u, c.
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

/// All three passes, ranks, strides and stored precisions:
/// result = alpha * (sum of products) + beta * result.
void convolve(const Problem& problem, const Buffers& buffers, const Hooks& hooks = {});

/// Loads and stores element `offset` of a tensor stored as `precision`; both round once.
double load(const void* tensor, Precision precision, index_t offset);
void store(void* tensor, Precision precision, index_t offset, double value);

/// The tensor that the pass writes, and its elements (with gaps, first to last).
void* result_of(const Problem& problem, const Buffers& buffers);
index_t result_span(const Problem& problem);

}  // namespace convict::mutants
