// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <numbers>
#include <utility>
#include <vector>

#include "mutants/right/kernels.hpp"
#include "mutants/right/planes.hpp"
#include "oracle/bounds/transform_errors.hpp"

namespace convict::mutants {
namespace {

template <class T>
using Complex = std::complex<T>;

/// a b, without the recovery from NaN of std::complex's operator*.
template <class T>
Complex<T> product(const Complex<T>& a, const Complex<T>& b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

/// exp(sign i pi k / half) at [half + k] for every power of two `half` below `length` and k < half.
template <class T>
std::vector<Complex<T>> twiddles(index_t length, double sign) {
  std::vector<Complex<T>> factors(static_cast<std::size_t>(length));
  for (index_t half = 1; half < length; half *= 2)
    for (index_t k = 0; k < half; ++k) {
      const double angle =
          sign * std::numbers::pi * static_cast<double>(k) / static_cast<double>(half);
      factors[static_cast<std::size_t>(half + k)] = {static_cast<T>(std::cos(angle)),
                                                     static_cast<T>(std::sin(angle))};
    }
  return factors;
}

/// In-place radix-2 Fourier transform (Cooley and Tukey, An Algorithm for the Machine Calculation
/// of Complex Fourier Series, 1965) of as many values as there are factors, a power of two,
/// `stride` apart.
template <class T>
void transform_line(Complex<T>* line, const std::vector<Complex<T>>& factors, index_t stride) {
  const auto length = static_cast<index_t>(factors.size());
  for (index_t i = 1, j = 0; i < length; ++i) {
    index_t bit = length / 2;
    for (; (j & bit) != 0; bit /= 2) j ^= bit;
    j ^= bit;
    if (i < j) std::swap(line[i * stride], line[j * stride]);
  }
  for (index_t half = 1; half < length; half *= 2)
    for (index_t k = 0; k < half; ++k) {
      const Complex<T> twiddle = factors[static_cast<std::size_t>(half + k)];
      for (index_t i = k; i < length; i += 2 * half) {
        Complex<T>& a = line[i * stride];
        Complex<T>& b = line[(i + half) * stride];
        const Complex<T> turned = product(b, twiddle);
        b = a - turned;
        a += turned;
      }
    }
}

/// Sign -1 is the forward transform, +1 the inverse without scaling.
template <class T>
void transform(std::vector<Complex<T>>& box, const Axes& size, double sign) {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    if (size[axis] == 1) continue;
    const auto factors = twiddles<T>(size[axis], sign);
    index_t stride = 1;
    for (std::size_t a = axis + 1; a < 3; ++a) stride *= size[a];
    Axes lines = size;
    lines[axis] = 1;
    oracle::for_each_position({0, 0, 0}, lines, [&](const Axes& at) {
      transform_line(&box[static_cast<std::size_t>(oracle::offset_in(size, at, false))], factors,
                     stride);
    });
  }
}

/// Transforms lines, planes or volumes, whichever axes are transformed; on the others every
/// position of the first operand and every tap has a transform of its own.
template <class T>
class Fft {
 public:
  Fft(const Problem& problem, const Buffers& buffers, const Arithmetic& arithmetic)
      : problem_(problem),
        planes_(problem, buffers),
        axes_(oracle::transformed_axes(problem.spec, arithmetic)) {
    const oracle::Correlation& c = planes_.c;
    for (std::size_t a = 0; a < 3; ++a) {
      const index_t lags = std::max(c.first[a], index_t{1}) + c.second[a] - 1;
      if (is_transformed(a))
        size_[a] = static_cast<index_t>(std::bit_ceil(static_cast<std::uint64_t>(lags)));
    }
  }

  void run() const {
    const oracle::Correlation& c = planes_.c;
    for (index_t row = 0; row < c.rows; ++row) {
      std::vector<Boxes> first;
      for (index_t j = 0; j < c.terms; ++j)
        first.push_back(
            transformed(c.first, [&](const Axes& at) { return planes_.first_at(row, j, at); }));
      for (index_t b = 0; b < c.columns; ++b) run_plane(row, b, first);
    }
  }

 private:
  /// A transform for every position on the axes that are not transformed.
  using Boxes = std::vector<std::vector<Complex<T>>>;

  bool is_transformed(std::size_t axis) const { return (axes_ >> axis & 1) != 0; }
  /// The extents on the axes that are transformed (or on the others), 1 elsewhere.
  Axes part(const Axes& extents, bool of_transformed) const {
    Axes made{1, 1, 1};
    for (std::size_t a = 0; a < 3; ++a)
      if (is_transformed(a) == of_transformed) made[a] = extents[a];
    return made;
  }

  template <class At>
  Boxes transformed(const Axes& extents, At&& at) const {
    Boxes boxes;
    oracle::for_each_position({0, 0, 0}, part(extents, false), [&](const Axes& line) {
      std::vector<Complex<T>> box(static_cast<std::size_t>(oracle::volume(size_)));
      oracle::for_each_position({0, 0, 0}, part(extents, true), [&](const Axes& i) {
        box[static_cast<std::size_t>(oracle::offset_in(size_, i, false))] =
            at(Axes{line[0] + i[0], line[1] + i[1], line[2] + i[2]});
      });
      transform(box, size_, -1);
      boxes.push_back(std::move(box));
    });
    return boxes;
  }

  void run_plane(index_t row, index_t b, const std::vector<Boxes>& first) const {
    const oracle::Correlation& c = planes_.c;
    std::vector<Boxes> second;
    for (index_t j = 0; j < c.terms; ++j)
      second.push_back(
          transformed(c.second, [&](const Axes& at) { return planes_.second_at(row, b, j, at); }));
    oracle::for_each_position({0, 0, 0}, part(c.result, false),
                              [&](const Axes& line) { run_line(row, b, line, first, second); });
  }

  /// The results at one position on the axes that are not transformed.
  void run_line(index_t row, index_t b, const Axes& line, const std::vector<Boxes>& first,
                const std::vector<Boxes>& second) const {
    const oracle::Correlation& c = planes_.c;
    const Axes inputs = part(c.first, false);
    const Axes taps = part(c.second, false);
    std::vector<Complex<T>> sums(static_cast<std::size_t>(oracle::volume(size_)));
    for (std::size_t j = 0; j < first.size(); ++j)
      oracle::for_each_position({0, 0, 0}, taps, [&](const Axes& v) {
        Axes p{};
        for (std::size_t a = 0; a < 3; ++a)
          if (!is_transformed(a)) p[a] = c.first_position(a, line[a], v[a]);
        if (!oracle::inside(inputs, p)) return;
        const auto& x = first[j][static_cast<std::size_t>(oracle::offset_in(inputs, p, false))];
        const auto& w = second[j][static_cast<std::size_t>(oracle::offset_in(taps, v, false))];
        for (std::size_t f = 0; f < sums.size(); ++f) sums[f] += product(x[f], std::conj(w[f]));
      });
    transform(sums, size_, 1);
    const T scale = T{1} / static_cast<T>(oracle::volume(size_));
    oracle::for_each_position({0, 0, 0}, part(c.result, true), [&](const Axes& i) {
      const Axes q{line[0] + i[0], line[1] + i[1], line[2] + i[2]};
      planes_.store(problem_, row, b, q, lag(sums, q) * scale);
    });
  }

  /// The correlation at lag q - pad; zero where the planes do not overlap. Negative lags are stored
  /// at the end of the axis.
  T lag(const std::vector<Complex<T>>& sums, const Axes& q) const {
    const oracle::Correlation& c = planes_.c;
    Axes at{};
    for (std::size_t a = 0; a < 3; ++a) {
      if (!is_transformed(a)) continue;
      const index_t shift = q[a] - c.pad[a];
      if (shift <= -c.second[a] || shift >= c.first[a]) return T{};
      at[a] = shift < 0 ? shift + size_[a] : shift;
    }
    return sums[static_cast<std::size_t>(oracle::offset_in(size_, at, false))].real();
  }

  const Problem& problem_;
  Planes<T> planes_;
  unsigned axes_;  ///< those that are transformed
  Axes size_{1, 1, 1};
};

void run_fft(const Problem& problem, const Buffers& buffers, const Arithmetic& arithmetic) {
  if (problem.precision == Precision::f64)
    Fft<double>(problem, buffers, arithmetic).run();
  else
    Fft<float>(problem, buffers, arithmetic).run();
}

}  // namespace

std::optional<std::string> needs_plain(const Problem& problem) {
  if (auto reason = refuse_invalid(problem)) return reason;
  if (!oracle::is_plain(problem.spec)) return "needs stride 1, dilation 1 and shared filters";
  return std::nullopt;
}

void fft(const Problem& problem, const Buffers& buffers) {
  run_fft(problem, buffers, {.kind = Arithmetic::Class::fft});
}
void fft_columns(const Problem& problem, const Buffers& buffers) {
  run_fft(problem, buffers, fft_along_columns);
}

}  // namespace convict::mutants
