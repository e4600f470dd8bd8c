// SPDX-License-Identifier: Apache-2.0
#include "oracle/localise/known_answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <vector>

#include "core/geometry.hpp"
#include "core/half.hpp"
#include "oracle/localise/result_axes.hpp"

namespace convict::oracle {
namespace {

/// Computes elements of a case's result as a kernel with some mistake would.
class Experiment {
 public:
  explicit Experiment(const WrongResult& result)
      : known_(result.known),
        truth_(result.truth),
        right_(geometry_of(known_.trial.spec)),
        axes_(result_axes(known_.trial)) {}

  const Trial& trial() const { return known_.trial; }
  const Geometry& right() const { return right_; }
  const std::vector<ResultAxis>& axes() const { return axes_; }
  double alpha() const { return known_.trial.recipe.alpha; }
  double beta() const { return known_.trial.recipe.beta; }

  double truth(index_t at) const { return truth_.value[static_cast<std::size_t>(at)]; }
  /// beta times the old result; 0 with beta 0.
  double old(index_t at) const {
    return beta() == 0 ? 0 : beta() * known_.operands.old_result[static_cast<std::size_t>(at)];
  }
  /// alpha times the sum.
  double scaled_sum(index_t at) const { return truth(at) - old(at); }
  double rounded(double value) const {
    return round_to(format_of(storage_of(known_.trial.precision)), value);
  }

  std::vector<index_t> index(index_t at) const {
    std::vector<index_t> found(axes_.size());
    for (std::size_t a = axes_.size(); a-- > 0;) {
      found[a] = at % axes_[a].extent;
      at /= axes_[a].extent;
    }
    return found;
  }
  index_t offset(std::span<const index_t> index) const {
    index_t offset = 0;
    for (std::size_t a = 0; a < axes_.size(); ++a) offset = offset * axes_[a].extent + index[a];
    return offset;
  }

  /// alpha times the sum of the products of an element, plus beta times the old one, for another
  /// geometry with the same extents.
  double with(const Geometry& g, index_t at) const {
    const std::vector<index_t> index_here = index(at);
    Axes place{};
    const auto rank = static_cast<std::size_t>(known_.trial.spec.rank);
    for (std::size_t a = 0; a < rank; ++a)
      place[3 - rank + a] = index_here[index_here.size() - rank + a];
    const std::array<std::vector<Hit>, 3> hits = {hits_on(g, 0, place[0]), hits_on(g, 1, place[1]),
                                                  hits_on(g, 2, place[2])};
    double sum = 0;
    for (const Hit& i : hits[0])
      for (const Hit& j : hits[1])
        for (const Hit& k : hits[2])
          sum += channels_and_images(g, index_here,
                                     {.o = position(g.output, {i.o, j.o, k.o}),
                                      .u = position(g.filter, {i.u, j.u, k.u}),
                                      .p = position(g.input, {i.p, j.p, k.p})});
    return alpha() * sum + old(at);
  }

 private:
  /// An output position, a tap and the input position that they meet, on one axis or as offsets in
  /// a plane.
  struct Hit {
    index_t o, u, p;
  };

  static index_t position(const Axes& extents, const Axes& at) {
    return (at[0] * extents[1] + at[1]) * extents[2] + at[2];
  }

  std::vector<Hit> hits_on(const Geometry& g, int axis, index_t at) const {
    const auto a = static_cast<std::size_t>(axis);
    std::vector<Hit> found;
    const auto add = [&](index_t o, index_t u) {
      const index_t p = g.input_position(axis, o, u);
      if (g.inside_input(axis, p)) found.push_back({o, u, p});
    };
    switch (known_.trial.pass) {
      case Pass::forward:
        for (index_t u = 0; u < g.filter[a]; ++u) add(at, u);
        break;
      case Pass::grad_weights:
        for (index_t o = 0; o < g.output[a]; ++o) add(o, at);
        break;
      case Pass::grad_input:
        for (index_t u = 0; u < g.filter[a]; ++u) {
          const index_t distance = at - g.input_position(axis, 0, u);  // a stride for each o
          const index_t o = distance / g.stride[a];
          if (distance >= 0 && distance % g.stride[a] == 0 && o < g.output[a]) add(o, u);
        }
        break;
    }
    return found;
  }

  /// The sum over what is no position: channels, or images.
  double channels_and_images(const Geometry& g, const std::vector<index_t>& at,
                             const Hit& hit) const {
    const index_t taps = volume(g.filter), inputs = volume(g.input), outputs = volume(g.output);
    const auto x = [&](index_t n, index_t c) {
      return value(known_.operands.input, (n * g.in_channels + c) * inputs + hit.p);
    };
    const auto w = [&](index_t k, index_t c) {
      return value(known_.operands.filters, (k * g.group_in_channels + c) * taps + hit.u);
    };
    const auto y = [&](index_t n, index_t k) {
      return value(known_.operands.output, (n * g.out_channels + k) * outputs + hit.o);
    };
    double sum = 0;
    if (known_.trial.pass == Pass::forward) {
      const index_t first = at[1] / g.group_out_channels * g.group_in_channels;
      for (index_t c = 0; c < g.group_in_channels; ++c) sum += w(at[1], c) * x(at[0], first + c);
    } else if (known_.trial.pass == Pass::grad_input) {
      const index_t first = at[1] / g.group_in_channels * g.group_out_channels;
      for (index_t k = first; k < first + g.group_out_channels; ++k)
        sum += w(k, at[1] % g.group_in_channels) * y(at[0], k);
    } else {
      const index_t channel = at[0] / g.group_out_channels * g.group_in_channels + at[1];
      for (index_t n = 0; n < g.batch; ++n) sum += y(n, at[0]) * x(n, channel);
    }
    return sum;
  }

  static index_t volume(const Axes& extents) { return extents[0] * extents[1] * extents[2]; }
  static double value(std::span<const double> tensor, index_t at) {
    return tensor[static_cast<std::size_t>(at)];
  }

  const Case& known_;
  const reference::Truth& truth_;
  Geometry right_;
  std::vector<ResultAxis> axes_;
};

/// A mistake and what it makes of an element.
struct KnownMistake {
  std::string says;  ///< "that of dilation 1"
  std::function<double(index_t)> value;
  bool may_be_zero = false;  ///< told even if every wrong element is zero
};
using Mistakes = std::vector<KnownMistake>;

/// A geometry that differs from the right one, which `change` makes.
template <class Change>
void add_geometry(Mistakes& table, const Experiment& e, std::string says, Change change) {
  Geometry g = e.right();
  change(g);
  table.push_back({std::move(says), [&e, g](index_t at) { return e.with(g, at); }});
}

void add_geometries(Mistakes& table, const Experiment& e) {
  const ConvSpec& spec = e.trial().spec;
  const Geometry& right = e.right();
  const Axes ones{1, 1, 1};
  const Axes none{0, 0, 0};
  if (right.dilation != ones)
    add_geometry(table, e, "that of dilation 1", [&](Geometry& g) { g.dilation = ones; });
  if (right.stride != ones)
    add_geometry(table, e, "that of stride 1", [&](Geometry& g) { g.stride = ones; });
  if (right.pad_before != none)
    add_geometry(table, e, "that of no padding before", [&](Geometry& g) { g.pad_before = none; });
  add_geometry(table, e,
               spec.flip ? "that of filters that are not flipped" : "that of flipped filters",
               [](Geometry& g) { g.flip = !g.flip; });
  constexpr std::array<std::string_view, 3> names = {"slices", "rows", "columns"};
  for (auto a = static_cast<std::size_t>(max_rank - spec.rank); a < 3; ++a)
    for (const index_t shift : {-1, 1})
      add_geometry(
          table, e,
          fmt::format("that of padding one {} in {}", shift > 0 ? "wider" : "narrower", names[a]),
          [&](Geometry& g) { g.pad_before[a] += shift; });
  for (const index_t shift : {-1, 1})
    if (spec.rank > 1)
      add_geometry(
          table, e,
          fmt::format("that of padding one {} on every axis", shift > 0 ? "wider" : "narrower"),
          [&](Geometry& g) {
            for (auto a = static_cast<std::size_t>(max_rank - spec.rank); a < 3; ++a)
              g.pad_before[a] += shift;
          });
  if (spec.rank < 2) return;
  const auto exchange = [](Axes& axes) { std::swap(axes[1], axes[2]); };
  for (const auto& [what, part] :
       {std::pair{"strides", &Geometry::stride}, std::pair{"dilations", &Geometry::dilation},
        std::pair{"paddings", &Geometry::pad_before}})
    if ((right.*part)[1] != (right.*part)[2])
      add_geometry(table, e, fmt::format("that of the {} of rows and columns exchanged", what),
                   [&exchange, part = part](Geometry& g) { exchange(g.*part); });
}

/// The right values in another order: axis `from` of the result stored before axis `to`.
void add_orders(Mistakes& table, const Experiment& e) {
  const std::vector<ResultAxis>& axes = e.axes();
  const auto add = [&](std::vector<std::size_t> order, std::string says) {
    table.push_back({std::move(says), [&e, order = std::move(order)](index_t at) {
                       std::vector<index_t> index(order.size());
                       for (std::size_t i = order.size(); i-- > 0;) {
                         index[order[i]] = at % e.axes()[order[i]].extent;
                         at /= e.axes()[order[i]].extent;
                       }
                       return e.truth(e.offset(index));
                     }});
  };
  std::vector<std::size_t> dense(axes.size());
  for (std::size_t a = 0; a < dense.size(); ++a) dense[a] = a;
  for (std::size_t a = 0; a + 1 < axes.size(); ++a) {
    if (axes[a].extent < 2 || axes[a + 1].extent < 2) continue;
    std::vector<std::size_t> order = dense;
    std::swap(order[a], order[a + 1]);
    add(std::move(order), fmt::format("the right one with {} and {} in exchanged order",
                                      axes[a].many, axes[a + 1].many));
  }
  const std::size_t channel = 1;
  if (axes.size() < 4 || axes[channel].extent < 2) return;
  std::vector<std::size_t> order = dense;
  order.erase(order.begin() + channel);
  order.push_back(channel);
  add(std::move(order), fmt::format("the right one with {} last", axes[channel].many));
}

void add_images_and_groups(Mistakes& table, const Experiment& e) {
  const Trial& trial = e.trial();
  if (trial.pass != Pass::grad_weights && trial.spec.batch > 1) {
    const index_t size = e.right().batch > 0
                             ? (trial.pass == Pass::forward ? output_elements(trial.spec)
                                                            : input_elements(trial.spec)) /
                                   e.right().batch
                             : 0;
    table.push_back({"that of the first image, and the others hold no sum",
                     [&e, size](index_t at) { return at < size ? e.truth(at) : e.old(at); }, true});
    table.push_back({"that of the first image, for every image",
                     [&e, size](index_t at) { return e.truth(at % size); }});
  }
  if (trial.pass == Pass::grad_weights && trial.spec.batch > 1)
    add_geometry(table, e, "that of the first image only", [](Geometry& g) { g.batch = 1; });
}

void add_scales(Mistakes& table, const Experiment& e) {
  const auto add = [&](std::string says, std::function<double(index_t)> value) {
    table.push_back({std::move(says), std::move(value)});
  };
  add("the right one with the opposite sign", [&e](index_t at) { return -e.truth(at); });
  add("twice the right one", [&e](index_t at) { return 2 * e.truth(at); });
  if (e.alpha() != 1 && e.alpha() != 0)
    add("that of alpha 1", [&e](index_t at) { return e.scaled_sum(at) / e.alpha() + e.old(at); });
  if (e.beta() == 0) return;
  add("that of beta 0", [&e](index_t at) { return e.scaled_sum(at); });
  add("that of beta 1", [&e](index_t at) { return e.scaled_sum(at) + e.old(at) / e.beta(); });
  add("that of beta applied twice",
      [&e](index_t at) { return e.scaled_sum(at) + e.old(at) * e.beta(); });
  if (e.alpha() != 1)
    add("alpha times the sum of all, beta times the old result included",
        [&e](index_t at) { return e.scaled_sum(at) + e.alpha() * e.old(at); });
  add("rounded to the storage format before beta times the old result is added",
      [&e](index_t at) { return e.rounded(e.scaled_sum(at)) + e.old(at); });
}

/// Whether all elements are what a mistake makes of them. Wrong elements first, as most mistakes
/// are out with the first one.
bool fits(const WrongResult& result, const Experiment& e, const KnownMistake& mistake) {
  const auto agrees = [&](index_t at) {
    const double subject = result.subject[static_cast<std::size_t>(at)];
    const double expected = mistake.value(at);
    if (std::isnan(expected) || std::isnan(subject))
      return std::isnan(expected) && std::isnan(subject);
    if (result.tolerance == 0 || std::isinf(expected)) return e.rounded(expected) == subject;
    return std::fabs(subject - expected) <= result.tolerance;
  };
  const bool is_told =
      mistake.may_be_zero || std::ranges::any_of(result.wrong, [&](index_t at) {
        return std::fabs(result.subject[static_cast<std::size_t>(at)]) > result.tolerance;
      });
  if (!is_told || !std::ranges::all_of(result.wrong, agrees)) return false;
  for (index_t at = 0; at < std::ssize(result.subject); ++at)
    if (!agrees(at)) return false;
  return true;
}

}  // namespace

std::string known_answer(const WrongResult& result) {
  constexpr index_t most_flops = index_t{1} << 20;
  const Trial& trial = result.known.trial;
  if (trial.spec.unshared || flops(trial.spec) > most_flops || result.wrong.empty()) return "";
  const Experiment e(result);
  Mistakes table;
  add_geometries(table, e);
  add_orders(table, e);
  add_images_and_groups(table, e);
  add_scales(table, e);
  std::vector<std::string> found;
  for (const KnownMistake& mistake : table)
    if (fits(result, e, mistake)) found.push_back(mistake.says);
  if (found.empty() || found.size() > 2) return "";
  return fmt::format("the result is {}{}", found[0], found.size() > 1 ? ", or " + found[1] : "");
}

}  // namespace convict::oracle
