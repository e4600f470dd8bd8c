// SPDX-License-Identifier: Apache-2.0
#include "fuzz/causes/facts.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "datasets/exact_limits.hpp"
#include "datasets/fills.hpp"

namespace convict::fuzz {
/// One axis of a problem, counted from the last; neutral where the problem has no such axis.
struct AxisFacts {
  index_t input = 1, filter = 1, stride = 1, dilation = 1, before = 0, after = 0, output = 1;
  index_t window() const { return dilated_extent(filter, dilation); }
  /// Last rows of the padded input that no window reaches.
  index_t unused() const { return input + before + after - (output - 1) * stride - window(); }
  /// The last window ends behind the input.
  bool reads_behind() const { return (output - 1) * stride + window() - before > input; }
  /// Some tap of some window reads the input: o s - l + u d lies in it for an output o and a tap u.
  bool reads_input() const {
    for (index_t u = 0; u < filter && input > 0; ++u) {
      const index_t first = std::max<index_t>(0, ceil_div(before - u * dilation, stride));
      const index_t last = floor_div(input - 1 + before - u * dilation, stride);
      if (first <= std::min(last, output - 1)) return true;
    }
    return false;
  }
  /// Some window begins before the input and ends behind it.
  bool is_straddled() const {
    const index_t first = std::max<index_t>(0, floor_div(input + before - window(), stride) + 1);
    const index_t last = floor_div(before - 1, stride);
    return first <= std::min(last, output - 1);
  }
};

/// The axes of the trial; neutral behind the last.
struct Measured {
  explicit Measured(const Trial& measured) : trial(measured), spec(measured.spec) {
    for (int axis = 0; axis < spec.rank; ++axis) {
      const auto a = static_cast<std::size_t>(axis);
      const SidePadding pad = padding_of(spec, axis);
      axes[static_cast<std::size_t>(spec.rank) - 1 - a] = {
          spec.input[a], spec.filter[a], spec.stride[a],           spec.dilation[a],
          pad.before,    pad.after,      output_extent(spec, axis)};
    }
  }
  const AxisFacts& axis(int from_last) const { return axes[static_cast<std::size_t>(from_last)]; }

  const Trial& trial;
  const ConvSpec& spec;
  std::array<AxisFacts, max_rank> axes{};
};

namespace {

template <index_t AxisFacts::*Member, int FromLast>
index_t along(const Measured& t) {
  return t.axis(FromLast).*Member;
}
template <index_t (AxisFacts::*Member)() const, int FromLast>
index_t derived_along(const Measured& t) {
  return (t.axis(FromLast).*Member)();
}
template <index_t AxisFacts::*Member>
index_t largest(const Measured& t) {
  index_t found = t.axis(0).*Member;
  for (int axis = 1; axis < t.spec.rank; ++axis) found = std::max(found, t.axis(axis).*Member);
  return found;
}
template <index_t AxisFacts::*Member>
index_t smallest(const Measured& t) {
  index_t found = t.axis(0).*Member;
  for (int axis = 1; axis < t.spec.rank; ++axis) found = std::min(found, t.axis(axis).*Member);
  return found;
}
template <index_t AxisFacts::*Member>
index_t differs(const Measured& t) {
  return largest<Member>(t) != smallest<Member>(t) ? 1 : 0;
}
template <bool (*Holds)(const AxisFacts&)>
index_t on_some_axis(const Measured& t) {
  for (int axis = 0; axis < t.spec.rank; ++axis)
    if (Holds(t.axis(axis))) return 1;
  return 0;
}

bool strides_over_filter(const AxisFacts& a) { return a.stride > a.filter; }
bool strides_over_window(const AxisFacts& a) { return a.stride > a.window(); }
bool strides_and_dilates(const AxisFacts& a) { return a.stride > 1 && a.dilation > 1; }
bool shares_factor(const AxisFacts& a) { return std::gcd(a.stride, a.dilation) > 1; }
bool strides_and_pads(const AxisFacts& a) { return a.stride > 1 && a.before + a.after > 0; }
bool dilates_taps(const AxisFacts& a) { return a.dilation > 1 && a.filter > 1; }
bool strides_outputs(const AxisFacts& a) { return a.stride > 1 && a.output > 1; }
bool pads_unevenly(const AxisFacts& a) { return a.before != a.after; }
bool pads_less_before(const AxisFacts& a) { return a.before < a.after; }
bool pads_less_behind(const AxisFacts& a) { return a.before > a.after; }
bool pads_behind_only(const AxisFacts& a) { return a.before == 0 && a.after > 0; }
bool pads_before_only(const AxisFacts& a) { return a.before > 0 && a.after == 0; }
bool pads_a_window(const AxisFacts& a) { return std::max(a.before, a.after) >= a.window(); }
bool pads_a_window_before(const AxisFacts& a) { return a.before >= a.window(); }
bool even_filter(const AxisFacts& a) { return a.filter % 2 == 0; }
bool even_window(const AxisFacts& a) { return a.window() % 2 == 0; }
bool exceeds_input(const AxisFacts& a) { return a.window() > a.input; }
bool leaves_rows(const AxisFacts& a) { return a.unused() > 0; }
bool reads_behind(const AxisFacts& a) { return a.reads_behind(); }
bool is_straddled(const AxisFacts& a) { return a.is_straddled(); }
bool has_one_input(const AxisFacts& a) { return a.input == 1; }
bool has_one_output(const AxisFacts& a) { return a.output == 1; }

index_t positions(const Measured& t) {
  return t.axes[0].output * t.axes[1].output * t.axes[2].output;
}
index_t taps(const Measured& t) {
  index_t count = 1;
  for (int axis = 0; axis < t.spec.rank; ++axis) count *= t.axis(axis).filter;
  return count;
}
index_t in_per_group(const Measured& t) { return t.spec.in_channels / t.spec.groups; }
index_t out_per_group(const Measured& t) { return t.spec.out_channels / t.spec.groups; }
index_t largest_tensor_bytes(const Measured& t) {
  return bytes_of(t.trial.precision) *
         std::max({input_elements(t.spec), filter_elements(t.spec), output_elements(t.spec)});
}
template <index_t Tile>
index_t tiles(const Measured& t) {
  return ceil_div(t.axis(0).output, Tile) * ceil_div(t.axis(1).output, Tile);
}
index_t depthwise(const Measured& t) {
  return t.spec.groups > 1 && t.spec.groups == t.spec.in_channels ? 1 : 0;
}
index_t channel_multiplier(const Measured& t) {
  return depthwise(t) != 0 && t.spec.out_channels > t.spec.groups ? 1 : 0;
}
index_t scale_class(double scale) { return scale == 0 ? 0 : scale == 1 ? 1 : scale < 0 ? 2 : 3; }

index_t fill_number(const Measured& t) {
  index_t number = 0;
  for (const datasets::Fill& fill : datasets::fills()) {
    if (fill.name == t.trial.recipe.fill) return number;
    ++number;
  }
  return number;
}
std::vector<std::string> fill_words() {
  std::vector<std::string> words;
  for (const datasets::Fill& fill : datasets::fills())
    words.push_back("fill=" + std::string(fill.name));
  words.emplace_back("another fill");
  return words;
}
template <class Values>
std::vector<std::string> words_of(const Values& values) {
  std::vector<std::string> words;
  for (const auto value : values) words.emplace_back(name_of(value));
  return words;
}

using Yes = index_t (*)(const Measured&);
/// A fact that is 1 where something holds.
Fact yes(std::string word, Yes holds, std::string opposite = {}) {
  return {.name = word, .kind = Fact::Kind::name, .of = holds, .words = {opposite, word}};
}

template <int FromLast>
void add_axis(std::vector<Fact>& table, const std::string& axis) {
  using A = AxisFacts;
  constexpr auto size = Fact::Kind::size;
  constexpr auto derived = Fact::Kind::derived;
  const auto add = [&table](Fact fact) {
    fact.least_rank = FromLast + 1;
    table.push_back(std::move(fact));
  };
  add({"input " + axis, size, along<&A::input, FromLast>});
  add({"filter " + axis, size, along<&A::filter, FromLast>});
  add({"stride of " + axis, size, along<&A::stride, FromLast>});
  add({"dilation of " + axis, size, along<&A::dilation, FromLast>});
  add({"padding before " + axis, size, along<&A::before, FromLast>});
  add({"padding after " + axis, size, along<&A::after, FromLast>});
  add({"output " + axis, size, along<&A::output, FromLast>});
  add({"window of " + axis, size, derived_along<&A::window, FromLast>});
  add({"unused last " + axis, derived, derived_along<&A::unused, FromLast>});
}

index_t layout_class(const Layout& layout) {
  if (layout == Layout::nchw) return 0;
  return layout == Layout::nhwc ? 1 : 2;
}

std::vector<Fact> make_facts() {
  using A = AxisFacts;
  using Kind = Fact::Kind;
  std::vector<Fact> table = {
      {"rank", Kind::derived, [](const Measured& t) { return index_t{t.spec.rank}; }},
      {"batch", Kind::size, [](const Measured& t) { return t.spec.batch; }},
      {"C", Kind::size, [](const Measured& t) { return t.spec.in_channels; }},
      {"K", Kind::size, [](const Measured& t) { return t.spec.out_channels; }},
      {"groups", Kind::size, [](const Measured& t) { return t.spec.groups; }},
      {"C/G", Kind::size, in_per_group},
      {"K/G", Kind::size, out_per_group},
  };
  add_axis<0>(table, "columns");
  add_axis<1>(table, "rows");
  add_axis<2>(table, "planes");
  const std::vector<Fact> more = {
      {"largest filter extent", Kind::derived, largest<&A::filter>},
      {"smallest filter extent", Kind::derived, smallest<&A::filter>},
      {"stride", Kind::derived, largest<&A::stride>},
      {"smallest stride", Kind::derived, smallest<&A::stride>},
      {"dilation", Kind::derived, largest<&A::dilation>},
      {"smallest dilation", Kind::derived, smallest<&A::dilation>},
      {"padding before", Kind::derived, largest<&A::before>},
      {"padding after", Kind::derived, largest<&A::after>},
      {"padding", Kind::derived,
       [](const Measured& t) { return std::max(largest<&A::before>(t), largest<&A::after>(t)); }},
      {"smallest output extent", Kind::derived, smallest<&A::output>},
      {"smallest input extent", Kind::derived, smallest<&A::input>},
      {"taps", Kind::derived, taps},
      {"output positions", Kind::derived, positions},
      {"products in an element", Kind::derived,
       [](const Measured& t) { return datasets::most_products(t.spec, t.trial.pass); }},
      {"products in an output", Kind::derived,
       [](const Measured& t) { return in_per_group(t) * taps(t); }},
      {"multiply-adds", Kind::derived, [](const Measured& t) { return flops(t.spec) / 2; }},
      {"input elements", Kind::derived, [](const Measured& t) { return input_elements(t.spec); }},
      {"filter elements", Kind::derived, [](const Measured& t) { return filter_elements(t.spec); }},
      {"output elements", Kind::derived, [](const Measured& t) { return output_elements(t.spec); }},
      {"result elements", Kind::derived,
       [](const Measured& t) { return result_elements(t.spec, t.trial.pass); }},
      {"bytes of the largest tensor", Kind::derived, largest_tensor_bytes},
      {"2x2 output tiles", Kind::derived, tiles<2>},
      {"4x4 output tiles", Kind::derived, tiles<4>},
      {"threads", Kind::derived, [](const Measured& t) { return index_t{t.trial.recipe.threads}; }},
      {"misalignment", Kind::derived, [](const Measured& t) { return t.trial.recipe.align; }},
      {"row gap", Kind::derived, [](const Measured& t) { return t.trial.recipe.pitch; }},
      {"pass", Kind::name, [](const Measured& t) { return static_cast<index_t>(t.trial.pass); },
       words_of(all_passes)},
      {"precision", Kind::name,
       [](const Measured& t) { return static_cast<index_t>(t.trial.precision); },
       words_of(all_precisions)},
      yes("16-bit storage",
          [](const Measured& t) { return index_t{bytes_of(t.trial.precision) == 2}; }),
      {"border",
       Kind::name,
       [](const Measured& t) { return static_cast<index_t>(t.spec.border); },
       {"explicit padding", "pvalid", "phalf", "pfull"}},
      {"layout",
       Kind::name,
       [](const Measured& t) { return layout_class(t.trial.recipe.layout); },
       {"nchw", "nhwc", "another order of axes"}},
      yes("input steps larger than dense",
          [](const Measured& t) { return index_t{t.trial.recipe.steps.input != Steps{}.input}; }),
      yes("filters are a slice",
          [](const Measured& t) {
            return index_t{t.trial.recipe.steps.filters != Steps{}.filters};
          }),
      yes("output steps larger than dense",
          [](const Measured& t) { return index_t{t.trial.recipe.steps.output != Steps{}.output}; }),
      {"guard",
       Kind::name,
       [](const Measured& t) { return static_cast<index_t>(t.trial.recipe.guard); },
       {"no guard page", "a guard page before", "a guard page behind"}},
      {"fill", Kind::name, fill_number, fill_words()},
      yes(
          "exact data",
          [](const Measured& t) {
            return index_t{datasets::fill_named(t.trial.recipe.fill).exact};
          },
          "real-valued data"),
      {"alpha",
       Kind::name,
       [](const Measured& t) { return scale_class(t.trial.recipe.alpha); },
       {"alpha = 0", "alpha = 1", "alpha < 0", "another alpha > 0"}},
      {"beta",
       Kind::name,
       [](const Measured& t) { return scale_class(t.trial.recipe.beta); },
       {"beta = 0", "beta = 1", "beta < 0", "another beta > 0"}},
      yes("flip", [](const Measured& t) { return index_t{t.spec.flip}; }),
      yes(
          "unshared", [](const Measured& t) { return index_t{t.spec.unshared}; }, "shared filters"),
      yes("depthwise", depthwise),
      yes("channel multiplier", channel_multiplier),
      yes("stride > filter", on_some_axis<strides_over_filter>),
      yes("stride > window", on_some_axis<strides_over_window>),
      yes("stride and dilation > 1 on one axis", on_some_axis<strides_and_dilates>),
      yes("stride and dilation share a factor", on_some_axis<shares_factor>),
      yes("stride > 1 on a padded axis", on_some_axis<strides_and_pads>),
      yes("stride > 1 with several outputs", on_some_axis<strides_outputs>),
      yes("dilation > 1 with several taps", on_some_axis<dilates_taps>),
      yes("padding before and after differ", on_some_axis<pads_unevenly>),
      yes("padding before < after", on_some_axis<pads_less_before>),
      yes("padding before > after", on_some_axis<pads_less_behind>),
      yes("padding behind only", on_some_axis<pads_behind_only>),
      yes("padding before only", on_some_axis<pads_before_only>),
      yes("padding >= window", on_some_axis<pads_a_window>),
      yes("padding before >= window", on_some_axis<pads_a_window_before>),
      yes("even filter", on_some_axis<even_filter>),
      yes("even window", on_some_axis<even_window>),
      yes("window > input", on_some_axis<exceeds_input>),
      yes("unused last rows", on_some_axis<leaves_rows>),
      yes("a window ends behind the input", on_some_axis<reads_behind>),
      yes("a window extends beyond both ends", on_some_axis<is_straddled>),
      yes("the last window of columns ends behind the input",
          [](const Measured& t) { return index_t{t.axis(0).reads_behind()}; }),
      yes("a window extends beyond both ends of a row",
          [](const Measured& t) { return index_t{t.axis(0).is_straddled()}; }),
      yes("an input extent of 1", on_some_axis<has_one_input>),
      yes("an output extent of 1", on_some_axis<has_one_output>),
      yes("filter differs by axis", differs<&A::filter>),
      yes("stride differs by axis", differs<&A::stride>),
      yes("dilation differs by axis", differs<&A::dilation>),
      yes("padding differs by axis",
          [](const Measured& t) {
            return index_t{differs<&A::before>(t) != 0 || differs<&A::after>(t) != 0};
          }),
      yes("padding before differs by axis", differs<&A::before>),
      yes("input differs by axis", differs<&A::input>),
      yes("no products",
          [](const Measured& t) {
            const bool any = t.spec.batch > 0 && in_per_group(t) > 0 && t.spec.out_channels > 0;
            return index_t{!any || std::ranges::any_of(t.axes, [](const AxisFacts& axis) {
              return !axis.reads_input();
            })};
          }),
      yes("an empty tensor",
          [](const Measured& t) {
            return index_t{input_elements(t.spec) == 0 || filter_elements(t.spec) == 0 ||
                           output_elements(t.spec) == 0};
          }),
      yes("a disturbed schedule",
          [](const Measured& t) { return index_t{t.trial.recipe.disturb != 0}; }),
  };
  table.insert(table.end(), more.begin(), more.end());
  return table;
}

/// All sizes of one axis, the same size of two axes, and all sizes that name elements of a tensor.
std::vector<std::pair<std::size_t, std::size_t>> make_pairs() {
  const auto table = facts();
  const auto axis = [&](std::size_t fact) -> std::string_view {
    for (const std::string_view name : {"columns", "rows", "planes"})
      if (table[fact].name.ends_with(name)) return name;
    return "";
  };
  const auto stem = [&](std::size_t fact) {
    return std::string_view(table[fact].name)
        .substr(0, table[fact].name.size() - axis(fact).size());
  };
  const auto counts = [&](std::size_t fact) {
    return axis(fact).empty() || stem(fact) == "input " || stem(fact) == "output " ||
           stem(fact) == "filter ";
  };
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t a = 0; a < table.size(); ++a)
    for (std::size_t b = a + 1; b < table.size(); ++b) {
      if (table[a].kind != Fact::Kind::size || table[b].kind != Fact::Kind::size) continue;
      const bool one_axis = axis(a) == axis(b);
      if (one_axis || stem(a) == stem(b) || (counts(a) && counts(b))) pairs.emplace_back(a, b);
    }
  return pairs;
}

}  // namespace

std::span<const Fact> facts() {
  static const std::vector<Fact> table = make_facts();
  return table;
}

std::span<const std::pair<std::size_t, std::size_t>> comparable_facts() {
  static const std::vector<std::pair<std::size_t, std::size_t>> pairs = make_pairs();
  return pairs;
}

FactValues facts_of(const Trial& trial) {
  const Measured measured(trial);
  FactValues values;
  values.reserve(facts().size());
  for (const Fact& fact : facts()) values.push_back(fact.of(measured));
  return values;
}

}  // namespace convict::fuzz
