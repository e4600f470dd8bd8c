// SPDX-License-Identifier: Apache-2.0
#include "fuzz/shrink/reductions.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "datasets/fills.hpp"
#include "fuzz/features/draft.hpp"
#include "oracle/checks/history.hpp"

namespace convict::fuzz {
namespace {

using Candidates = std::vector<Trial>;

/// Smaller values to try: `least`, half way to it, and value - 1, the largest step first.
std::vector<index_t> below(index_t value, index_t least) {
  std::vector<index_t> values;
  for (const index_t next : {least, least + (value - least) / 2, value - 1})
    if (next < value && next >= least && std::ranges::find(values, next) == values.end())
      values.push_back(next);
  return values;
}

template <class Function>
void each_axis(const Trial& trial, Function&& function) {
  for (int axis = 0; axis < trial.spec.rank; ++axis) function(static_cast<std::size_t>(axis));
}

/// Proposes to set `*field(spec)`, a quantity whose simplest value is `least`.
template <class Field>
void lower(const Trial& trial, index_t least, Candidates& candidates, Field field) {
  Trial candidate = trial;
  for (const index_t value : below(field(candidate.spec), least)) {
    candidate = trial;
    field(candidate.spec) = value;
    candidates.push_back(candidate);
  }
}

/// Proposes smaller values of a parameter of one axis, each with the input shortened so that there
/// are as many outputs as before, and with the input unchanged.
void lower_axis(const Trial& trial, Axes ConvSpec::*parameter, std::size_t a,
                Candidates& candidates) {
  const bool valid = !why_invalid(trial.spec);
  const int axis = static_cast<int>(a);
  for (const index_t value : below((trial.spec.*parameter)[a], 1)) {
    Trial candidate = trial;
    ConvSpec& spec = candidate.spec;
    (spec.*parameter)[a] = value;
    if (valid) {
      const index_t input =
          input_extent(output_extent(trial.spec, axis), dilated_extent(spec, axis),
                       padding_of(spec, axis), spec.stride[a]);
      if (input >= 1 && input < spec.input[a]) {
        Trial cut = candidate;
        cut.spec.input[a] = input;
        candidates.push_back(cut);
      }
    }
    candidates.push_back(candidate);
  }
}

void drop_an_axis(const Trial& trial, Candidates& candidates) {
  if (trial.spec.rank < 2 || trial.spec.rank > max_rank) return;
  each_axis(trial, [&](std::size_t dropped) {
    Trial candidate = trial;
    ConvSpec& spec = candidate.spec;
    const auto last = static_cast<std::size_t>(--spec.rank);
    for (std::size_t a = dropped; a < last; ++a) {
      for (Axes* axes : {&spec.input, &spec.filter, &spec.stride, &spec.dilation})
        (*axes)[a] = (*axes)[a + 1];
      spec.padding[a] = spec.padding[a + 1];
    }
    for (Axes* axes : {&spec.input, &spec.filter, &spec.stride, &spec.dilation}) (*axes)[last] = 1;
    spec.padding[last] = {};
    candidates.push_back(candidate);
  });
}

void fewer_images(const Trial& trial, Candidates& candidates) {
  lower(trial, 1, candidates, [](ConvSpec& spec) -> index_t& { return spec.batch; });
}

/// Fewer groups, each with as many channels as before, or with as many channels in all.
void fewer_groups(const Trial& trial, Candidates& candidates) {
  const ConvSpec& spec = trial.spec;
  for (const index_t groups : below(spec.groups, 1))
    for (const index_t in_channels : {spec.in_channels / spec.groups * groups, spec.in_channels})
      for (const index_t out_channels :
           {spec.out_channels / spec.groups * groups, spec.out_channels}) {
        Trial candidate = trial;
        candidate.spec.groups = groups;
        candidate.spec.in_channels = in_channels;
        candidate.spec.out_channels = out_channels;
        candidates.push_back(candidate);
      }
}

void fewer_channels(const Trial& trial, Candidates& candidates) {
  if (why_invalid(trial.spec)) {
    for (const auto channels : {&ConvSpec::in_channels, &ConvSpec::out_channels, &ConvSpec::groups})
      lower(trial, 1, candidates, [&](ConvSpec& spec) -> index_t& { return spec.*channels; });
    return;
  }
  fewer_groups(trial, candidates);
  const index_t groups = trial.spec.groups;
  for (const auto channels : {&ConvSpec::in_channels, &ConvSpec::out_channels})
    for (const index_t each : below(trial.spec.*channels / groups, 1)) {
      Trial candidate = trial;
      candidate.spec.*channels = each * groups;
      candidates.push_back(candidate);
    }
}

void shorter_inputs(const Trial& trial, Candidates& candidates) {
  const bool valid = !why_invalid(trial.spec);
  each_axis(trial, [&](std::size_t a) {
    index_t least = 1;
    if (valid) {
      const SidePadding pad = padding_of(trial.spec, static_cast<int>(a));
      least = std::max<index_t>(
          1, dilated_extent(trial.spec, static_cast<int>(a)) - pad.before - pad.after);
    }
    lower(trial, least, candidates, [a](ConvSpec& spec) -> index_t& { return spec.input[a]; });
  });
}

void fewer_taps(const Trial& trial, Candidates& candidates) {
  each_axis(trial, [&](std::size_t a) { lower_axis(trial, &ConvSpec::filter, a, candidates); });
}
void smaller_strides(const Trial& trial, Candidates& candidates) {
  each_axis(trial, [&](std::size_t a) { lower_axis(trial, &ConvSpec::stride, a, candidates); });
}
void smaller_dilations(const Trial& trial, Candidates& candidates) {
  each_axis(trial, [&](std::size_t a) { lower_axis(trial, &ConvSpec::dilation, a, candidates); });
}
/// Less padding, without replacement and with input elements in its place.
void less_padding(const Trial& trial, Candidates& candidates) {
  each_axis(trial, [&](std::size_t a) {
    for (index_t SidePadding::*side : {&SidePadding::before, &SidePadding::after}) {
      const index_t padding = trial.spec.padding[a].*side;
      for (const index_t value : below(padding, 0)) {
        Trial candidate = trial;
        candidate.spec.padding[a].*side = value;
        candidates.push_back(candidate);
        candidate.spec.input[a] += padding - value;
        candidates.push_back(candidate);
      }
    }
  });
}

/// Without the border mode, and with the padding that it stands for as numbers.
void plain_border(const Trial& trial, Candidates& candidates) {
  if (trial.spec.border == BorderMode::none) return;
  Trial candidate = trial;
  candidate.spec.border = BorderMode::none;
  candidates.push_back(candidate);
  if (why_invalid(trial.spec)) return;
  candidate.spec = with_explicit_padding(trial.spec);
  candidates.push_back(candidate);
}

void plain_form(const Trial& trial, Candidates& candidates) {
  for (bool ConvSpec::*form : {&ConvSpec::unshared, &ConvSpec::flip}) {
    if (!(trial.spec.*form)) continue;
    Trial candidate = trial;
    candidate.spec.*form = false;
    candidates.push_back(candidate);
  }
}

/// The default value of one field of the recipe.
template <auto Field>
void default_field(const Trial& trial, Candidates& candidates) {
  const Recipe defaults;
  if (trial.recipe.*Field == defaults.*Field) return;
  Trial candidate = trial;
  candidate.recipe.*Field = defaults.*Field;
  candidates.push_back(candidate);
}

/// One tensor without gaps, then one axis, then each number of an axis smaller.
template <std::size_t Rank>
void fewer_gaps_in(const Trial& trial, std::array<AxisStep, Rank> Steps::*tensor,
                   Candidates& candidates) {
  const std::array<AxisStep, Rank>& steps = trial.recipe.steps.*tensor;
  const auto propose = [&](auto&& change) {
    Trial candidate = trial;
    change(candidate.recipe.steps.*tensor);
    candidates.push_back(std::move(candidate));
  };
  if (steps == std::array<AxisStep, Rank>{}) return;
  propose([](auto& all) { all = {}; });
  for (std::size_t axis = 0; axis < Rank; ++axis) {
    const AxisStep& step = steps[axis];
    if (step == AxisStep{}) continue;
    propose([&](auto& all) { all[axis] = {}; });
    for (const index_t unused : below(step.unused, 0))
      propose([&](auto& all) { all[axis].unused = unused; });
    for (const index_t multiple : below(step.multiple, 1))
      propose([&](auto& all) { all[axis].multiple = multiple; });
    for (const index_t times : below(std::abs(step.times), 1))
      propose([&](auto& all) { all[axis].times = step.times < 0 ? -times : times; });
    if (step.times == 0 || step.times == -1) propose([&](auto& all) { all[axis].times = 1; });
  }
}

void fewer_gaps(const Trial& trial, Candidates& candidates) {
  fewer_gaps_in(trial, &Steps::input, candidates);
  fewer_gaps_in(trial, &Steps::filters, candidates);
  fewer_gaps_in(trial, &Steps::output, candidates);
}

/// One order for all tensors, NHWC if possible; else NCHW for one of them.
void fewer_orders(const Trial& trial, Candidates& candidates) {
  const Layout& layout = trial.recipe.layout;
  const auto propose = [&](const Layout& simpler) {
    if (simpler == layout) return;
    candidates.push_back(trial);
    candidates.back().recipe.layout = simpler;
  };
  if (layout == Layout::nchw || layout == Layout::nhwc) return;
  propose(Layout::nhwc);
  if (is_uniform(layout)) return;
  propose(uniform_layout(layout.input));
  propose({Layout::nchw.input, layout.filters, layout.output});
  propose({layout.input, Layout::nchw.filters, layout.output});
  propose({layout.input, layout.filters, Layout::nchw.output});
}

/// The places that the check tries, one by one, under the plain check.
void places_of_check(const Trial& trial, Candidates& candidates) {
  if (trial.recipe.check != "pitches") return;
  for (const Recipe& place : oracle::other_places(trial.recipe)) {
    candidates.push_back(trial);
    candidates.back().recipe = place;
    candidates.back().recipe.check = Recipe{}.check;
  }
}

constexpr Reduction reduction_table[] = {
    {"the plain check", default_field<&Recipe::check>},
    {"one of the places", places_of_check},
    {"fewer axes", drop_an_axis},
    {"fewer images", fewer_images},
    {"fewer channels", fewer_channels},
    {"shorter inputs", shorter_inputs},
    {"fewer taps", fewer_taps},
    {"smaller strides", smaller_strides},
    {"smaller dilations", smaller_dilations},
    {"less padding", less_padding},
    {"plain border", plain_border},
    {"plain form", plain_form},
    {"exact data", default_field<&Recipe::fill>},
    {"dense", default_field<&Recipe::steps>},
    {"fewer gaps", fewer_gaps},
    {"no pitch", default_field<&Recipe::pitch>},
    {"aligned", default_field<&Recipe::align>},
    {"no guard", default_field<&Recipe::guard>},
    {"undisturbed", default_field<&Recipe::disturb>},
    {"one thread", default_field<&Recipe::threads>},
    {"alpha 1", default_field<&Recipe::alpha>},
    {"beta 0", default_field<&Recipe::beta>},
    {"nchw", default_field<&Recipe::layout>},
    {"fewer orders", fewer_orders},
    {"seed 0", default_field<&Recipe::seed>},
};

double cost(const ConvSpec& spec) { return products_of(spec) + elements_of(spec); }

}  // namespace

std::span<const Reduction> reductions() { return reduction_table; }

std::vector<Trial> fewer_elements(const Trial& trial) {
  constexpr index_t most_elements = 4096;
  std::vector<Trial> candidates;
  const auto shapes = datasets::operand_shapes(trial.spec, trial.pass);
  for (const std::size_t operand : {1U, 0U}) {
    const std::vector<index_t>& shape = shapes[operand];
    index_t elements = 1;
    for (const index_t extent : shape) elements = std::min(elements * extent, most_elements + 1);
    const bool whole = trial.recipe.only[operand].which == Kept::Which::all;
    if (!whole || elements < 2 || elements > most_elements) continue;
    for (index_t number = 0; number < elements; ++number) {
      Kept kept{.which = Kept::Which::one, .index = std::vector<index_t>(shape.size())};
      index_t rest = number;
      for (std::size_t a = shape.size(); a-- > 0; rest /= shape[a]) kept.index[a] = rest % shape[a];
      candidates.push_back(trial);
      candidates.back().recipe.only[operand] = std::move(kept);
    }
  }
  return candidates;
}

std::vector<Trial> smaller(const Trial& trial) {
  constexpr double cheap = 1e5;
  Candidates candidates;
  for (const Reduction& reduction : reduction_table) reduction.propose(trial, candidates);
  const bool invalid = why_invalid(trial.spec).has_value();
  const double most = invalid ? 0 : std::max(cheap, cost(trial.spec));
  std::erase_if(candidates, [&](const Trial& candidate) {
    if (why_invalid(candidate.spec).has_value() != invalid) return true;
    if (invalid && candidate.recipe.check != trial.recipe.check)
      return true;  // others need a valid spec
    if (!invalid && datasets::why_misplaced(candidate)) return true;
    return !invalid && cost(candidate.spec) > most;
  });
  return candidates;
}

}  // namespace convict::fuzz
