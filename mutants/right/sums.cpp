// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/half.hpp"
#include "mutants/right/kernels.hpp"
#include "reference/products.hpp"

namespace convict::mutants {
namespace {

// Operations are done in double and then rounded to the format. For operands of up to 24 bits the
// result is correctly rounded, because double has more than twice as many bits (Figueroa, When is
// Double Rounding Innocuous?, 1995).

struct Nearest32 {
  static double rounded(double value) { return static_cast<double>(static_cast<float>(value)); }
};
struct Nearest16 {
  static double rounded(double value) { return round_to(format_of(Precision::f16), value); }
};
struct TowardZero32 {
  static double rounded(double value) {
    const auto near = static_cast<float>(value);
    const bool away = std::fabs(static_cast<double>(near)) > std::fabs(value);
    return static_cast<double>(away ? std::nextafter(near, 0.0F) : near);
  }
};
struct Flushing32 {
  static double rounded(double value) {
    const double near = Nearest32::rounded(value);
    return std::fabs(near) < smallest_normal(Precision::f32) ? std::copysign(0.0, near) : near;
  }
};

struct Normals32 {
  static double read(double value) {
    return std::fabs(value) < smallest_normal(Precision::f32) ? std::copysign(0.0, value) : value;
  }
};

struct ReadAsStored {
  static double read(double value) { return value; }
};
template <Precision Format>
struct ReadAs {
  static double read(double value) { return round_to(format_of(Format), value); }
};

/// Sums sequentially, first to last.
template <class R>
struct InOrder {
  double sum = 0;
  void add(double product) { sum = R::rounded(sum + product); }
  double total() const { return sum; }
};

/// Sums sequentially, and reads the running sum as operands are read.
template <class R, class Read>
struct Reread {
  double sum = 0;
  void add(double product) { sum = R::rounded(Read::read(sum) + Read::read(product)); }
  double total() const { return sum; }
};

/// Sums blocks of block_length products, then the blocks' sums: at most block_length additions in a
/// block and as many between blocks.
template <class R>
struct InBlocks {
  double sum = 0;
  double block = 0;
  index_t count = 0;
  void add(double product) {
    block = R::rounded(block + product);
    if (++count % block_length != 0) return;
    sum = R::rounded(sum + block);
    block = 0;
  }
  double total() const { return R::rounded(sum + block); }
};

/// Pairwise summation: sums of 2^k products, merged like the digits of a binary counter.
template <class R>
struct Pairwise {
  std::vector<double> levels{};
  index_t count = 0;
  void add(double product) {
    double carry = product;
    for (index_t bits = count++; (bits & 1) != 0; bits >>= 1) {
      carry = R::rounded(levels.back() + carry);
      levels.pop_back();
    }
    levels.push_back(carry);
  }
  double total() const {
    double sum = 0;
    for (std::size_t i = levels.size(); i-- > 0;) sum = R::rounded(levels[i] + sum);
    return sum;
  }
};

/// Compensated summation (Kahan, Further Remarks on Reducing Truncation Errors, CACM 8, 1965): the
/// error is at most 2u + O(n u^2) times the sum of the terms' magnitudes (Higham, section 4.3).
template <class R>
struct Compensated {
  double sum = 0;
  double lost = 0;
  void add(double product) {
    const double term = R::rounded(product - lost);
    const double next = R::rounded(sum + term);
    // Infinity less infinity would turn an infinite sum into NaN.
    lost = std::isfinite(next) ? R::rounded(R::rounded(next - sum) - term) : 0;
    sum = next;
  }
  double total() const { return sum; }
};

/// Sums cyclically, starting at another product in every sum.
template <class R>
struct Rotated {
  std::vector<double> products{};
  void add(double product) { products.push_back(product); }
  double total() const {
    static std::atomic<std::uint64_t> calls = 0;
    // Multiplying by 2^64 over the golden ratio keeps the start from depending on the number of
    // results per call.
    const std::size_t from = (++calls * 0x9E3779B97F4A7C15U) >> 32;
    double sum = 0;
    for (std::size_t i = 0; i < products.size(); ++i)
      sum = R::rounded(sum + products[(from + i) % products.size()]);
    return sum;
  }
};

/// The visitor of reference::forward_products and its siblings: sums the products of one element.
template <class Read, class R, class Sum>
struct Visitor {
  Sum sum{};
  template <class A, class B>
  void product(const A& a, const B& b) {
    const double x = Read::read(static_cast<double>(a));
    const double y = Read::read(static_cast<double>(b));
    sum.add(R::rounded(x * y));
  }
  template <class A>
  void padding(const A&) {}
};

/// result = alpha * sum + beta * result, each operation rounded.
template <class R, class T>
void store(const Problem& problem, double sum, T& element) {
  double value = R::rounded(R::rounded(problem.alpha) * sum);
  if (problem.beta != 0)
    value = R::rounded(value + R::rounded(R::rounded(problem.beta) * static_cast<double>(element)));
  element = static_cast<T>(value);
}

template <class Read, class R, class Sum, class T>
void run_stored(const Problem& problem, const Buffers& buffers) {
  const Geometry g = geometry_of(problem.spec);
  const View<T, 5> x{static_cast<T*>(buffers.input), problem.shapes.input};
  const View<T, 5> y{static_cast<T*>(buffers.output), problem.shapes.output};
  const View<T, 8> bank{static_cast<T*>(buffers.filters), problem.shapes.filters};
  const View<T, 8> w{bank.data, broadcast_over_positions(bank.shape, g.output)};
  const auto each = [&](const auto& result, auto&& visit) {
    for_each_index(result.shape, [&](const auto& index) {
      Visitor<Read, R, Sum> visitor;
      visit(index, visitor);
      store<R>(problem, visitor.sum.total(), result.data[result.shape.offset(index)]);
    });
  };
  switch (problem.pass) {
    case Pass::forward:
      return each(y, [&](const auto& index, auto& visitor) {
        reference::forward_products(g, x, w, index, visitor);
      });
    case Pass::grad_input:
      return each(x, [&](const auto& index, auto& visitor) {
        reference::grad_input_products(g, w, y, index, visitor);
      });
    case Pass::grad_weights:
      return each(bank, [&](const auto& index, auto& visitor) {
        reference::grad_weights_products(g, x, y, index, visitor);
      });
  }
}

template <class Read, class R, class Sum>
void run(const Problem& problem, const Buffers& buffers) {
  with_storage_type(problem.precision,
                    [&](auto type) { run_stored<Read, R, Sum, decltype(type)>(problem, buffers); });
}

}  // namespace

void read_as_tf32(const Problem& problem, const Buffers& buffers) {
  run<ReadAs<Precision::tf32>, Nearest32, InOrder<Nearest32>>(problem, buffers);
}
void read_as_bf16(const Problem& problem, const Buffers& buffers) {
  run<ReadAs<Precision::bf16>, Nearest32, InOrder<Nearest32>>(problem, buffers);
}
void summed_in_f16(const Problem& problem, const Buffers& buffers) {
  run<ReadAsStored, Nearest16, InOrder<Nearest16>>(problem, buffers);
}
void summed_in_blocks(const Problem& problem, const Buffers& buffers) {
  run<ReadAsStored, Nearest32, InBlocks<Nearest32>>(problem, buffers);
}
void summed_pairwise(const Problem& problem, const Buffers& buffers) {
  run<ReadAsStored, Nearest32, Pairwise<Nearest32>>(problem, buffers);
}
void summed_with_compensation(const Problem& problem, const Buffers& buffers) {
  run<ReadAsStored, Nearest32, Compensated<Nearest32>>(problem, buffers);
}
void summed_truncating(const Problem& problem, const Buffers& buffers) {
  run<ReadAsStored, TowardZero32, InOrder<TowardZero32>>(problem, buffers);
}
void summed_flushing(const Problem& problem, const Buffers& buffers) {
  run<ReadAsStored, Flushing32, InOrder<Flushing32>>(problem, buffers);
}
void summed_with_subnormals_as_zero(const Problem& problem, const Buffers& buffers) {
  run<Normals32, Nearest32, Reread<Nearest32, Normals32>>(problem, buffers);
}
void summed_by_threads(const Problem& problem, const Buffers& buffers) {
  (problem.threads > 1 ? summed_pairwise
                       : run<ReadAsStored, Nearest32, InOrder<Nearest32>>)(problem, buffers);
}
std::optional<std::string> needs_depthwise(const Problem& problem) {
  if (auto reason = refuse_invalid(problem)) return reason;
  const ConvSpec& spec = problem.spec;
  if (spec.in_channels != spec.groups || spec.out_channels != spec.groups)
    return "needs one input and one output channel per group";
  return std::nullopt;
}
void summed_in_any_order(const Problem& problem, const Buffers& buffers) {
  run<ReadAsStored, Nearest32, Rotated<Nearest32>>(problem, buffers);
}

}  // namespace convict::mutants
