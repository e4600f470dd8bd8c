// SPDX-License-Identifier: Apache-2.0
#include "tests/ops/closed_form.hpp"

#include <functional>

namespace convict::ops::test {
namespace {

/// One product of the convolution: the flat offsets of its output, its tap and its input element.
struct Meeting {
  std::size_t x, w, y;
};

std::size_t flat(const Dims& shape, const Dims& index) {
  index_t offset = 0;
  for (std::size_t a = 0; a < shape.size(); ++a) offset = offset * shape[a] + index[a];
  return static_cast<std::size_t>(offset);
}

/// Every index of `extents`, first axis slowest.
void each(const Dims& extents, const std::function<void(const Dims&)>& visit) {
  index_t total = 1;
  for (const index_t extent : extents) total *= extent;
  for (index_t at = 0; at < total; ++at) {
    Dims index(extents.size());
    index_t rest = at;
    for (std::size_t a = extents.size(); a-- > 0; rest /= extents[a]) index[a] = rest % extents[a];
    visit(index);
  }
}

Dims last(const Dims& shape, std::size_t count) {
  return {shape.end() - static_cast<std::ptrdiff_t>(count), shape.end()};
}

Dims joined(std::initializer_list<Dims> parts) {
  Dims all;
  for (const Dims& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Dims output_extents(const Dims& n, const Dims& k, const Settings& s) {
  Dims o;
  for (std::size_t a = 0; a < n.size(); ++a) {
    const index_t room = n[a] + s.pads[a].before + s.pads[a].after - (k[a] - 1) * s.dilation[a] - 1;
    o.push_back(room / s.stride[a] + 1);
  }
  return o;
}

/// Calls visit for every product of the convolution that does not meet padding.
void each_meeting(const Dims& image, const Dims& kern, const Settings& s,
                  const std::function<void(const Meeting&)>& visit) {
  const std::size_t axes = image.size() - 2;
  const Dims n = last(image, axes);
  const Dims k = last(kern, axes);
  const Dims o = output_extents(n, k, s);
  const index_t group_channels = image[1] / s.groups;
  const index_t group_filters = kern[0] / s.groups;
  const Dims output = joined({{image[0], kern[0]}, o});
  each(output, [&](const Dims& y) {
    const Dims i = last(y, axes);
    each(joined({{group_channels}, k}), [&](const Dims& tap) {
      Dims x = {y[0], y[1] / group_filters * group_channels + tap[0]};
      for (std::size_t a = 0; a < axes; ++a) {
        const index_t u = s.flip ? k[a] - 1 - tap[1 + a] : tap[1 + a];
        const index_t p = i[a] * s.stride[a] - s.pads[a].before + u * s.dilation[a];
        if (p < 0 || p >= n[a]) return;
        x.push_back(p);
      }
      const Dims w = s.unshared ? joined({{y[1]}, i, tap}) : joined({{y[1]}, tap});
      visit({flat(image, x), flat(kern, w), flat(output, y)});
    });
  });
}

void add(Array& to, std::size_t at, double value) { to.set(at, to[at] + value); }

}  // namespace

Array integers(const Dims& shape, std::uint32_t seed, Precision precision) {
  Array array(shape, precision);
  std::uint32_t state = seed * 2654435761U + 12345U;
  for (std::size_t at = 0; at < array.elements(); ++at) {
    state = state * 1664525U + 1013904223U;
    array.set(at, static_cast<double>(static_cast<int>(state >> 24) % 9 - 4));
  }
  return array;
}

Array closed_forward(const Array& x, const Array& w, const Settings& s) {
  const std::size_t axes = x.rank() - 2;
  const Dims o = output_extents(last(x.shape(), axes), last(w.shape(), axes), s);
  Array y(joined({{x.extent(0), w.extent(0)}, o}), x.precision());
  each_meeting(x.shape(), w.shape(), s, [&](const Meeting& m) { add(y, m.y, x[m.x] * w[m.w]); });
  return y;
}

Array closed_grad_inputs(const Array& w, const Array& t, const Dims& image, const Settings& s) {
  Array gx(image, w.precision());
  each_meeting(image, w.shape(), s, [&](const Meeting& m) { add(gx, m.x, w[m.w] * t[m.y]); });
  return gx;
}

Array closed_grad_weights(const Array& x, const Array& t, const Dims& kern, const Settings& s) {
  Array gw(kern, x.precision());
  each_meeting(x.shape(), kern, s, [&](const Meeting& m) { add(gw, m.w, t[m.y] * x[m.x]); });
  return gw;
}

double dot(const Array& a, const Array& b) {
  double sum = 0;
  for (std::size_t at = 0; at < a.elements(); ++at) sum += a[at] * b[at];
  return sum;
}

}  // namespace convict::ops::test
