// SPDX-License-Identifier: Apache-2.0
#include "datasets/factor_levels.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "core/errors.hpp"
#include "datasets/fills.hpp"
#include "datasets/random.hpp"

namespace convict::datasets {
namespace {

/// An unfinished trial. Factors fill it in the order of the table below.
struct Draft {
  Trial trial;
  Draws draws;
  index_t group_in_channels = 1;
  index_t group_out_channels = 1;
  Axes output{1, 1, 1};
  std::size_t long_axis = 0;  ///< the axis with an extent near a tile size; others are short
  bool leave_remainder = false;
  enum class Empty { none, batch, in_channels, out_channels } empty = Empty::none;

  ConvSpec& spec() { return trial.spec; }
  template <class Function>
  void each_axis(Function&& function) {
    for (int axis = 0; axis < trial.spec.rank; ++axis) function(static_cast<std::size_t>(axis));
  }
};

using Apply = void (*)(Draft&, int level);
struct Factor {
  int levels;
  Apply apply;
};

/// One of T-1, T, T+1.
index_t around(Draft& draft, index_t tile) { return tile + draft.draws.between(-1, 1); }

void filter(Draft& draft, int level) {
  constexpr std::array<index_t, 3> even = {2, 4, 2};
  const index_t side = draft.spec().rank == 3 ? 2 : 5;
  draft.each_axis([&](std::size_t a) {
    index_t& extent = draft.spec().filter[a];
    switch (level) {
      case 0: extent = 1; break;
      case 1: extent = 3; break;
      case 2: extent = draft.draws.one_of(even); break;
      case 3: extent = draft.draws.between(1, side); break;
      default: extent = static_cast<index_t>(a) + 2; break;  // all different, none 1
    }
  });
}

void dilation(Draft& draft, int level) {
  constexpr std::array<index_t, 4> uneven = {1, 2, 3, 5};
  if (level > 0)
    draft.each_axis([&](std::size_t a) { draft.spec().dilation[a] = draft.draws.one_of(uneven); });
}

void stride(Draft& draft, int level) {
  constexpr std::array<index_t, 4> uneven = {1, 2, 3, 4};
  if (level == 1)
    draft.each_axis([&](std::size_t a) { draft.spec().stride[a] = draft.draws.one_of(uneven); });
  if (level == 2)  // some inputs are in no window
    draft.each_axis([&](std::size_t a) {
      draft.spec().stride[a] =
          dilated_extent(draft.spec(), static_cast<int>(a)) + draft.draws.between(0, 2);
    });
}

void border(Draft& draft, int level) {
  constexpr std::array modes = {BorderMode::valid, BorderMode::half, BorderMode::full};
  if (level < 3) {
    draft.spec().border = modes[static_cast<std::size_t>(level)];
    return;
  }
  draft.each_axis([&](std::size_t a) {
    const index_t reach = dilated_extent(draft.spec(), static_cast<int>(a));
    const auto any = [&] { return draft.draws.between(0, std::max<index_t>(reach - 1, 1)); };
    SidePadding& side = draft.spec().padding[a];
    switch (level) {
      case 3: break;                                    // none
      case 4: side.before = side.after = any(); break;  // symmetric
      case 5: side = {any(), any()}; break;             // all sides different
      case 6:                                           // one side only
        (draft.draws.below(2) == 0 ? side.before : side.after) = 1 + draft.draws.below(reach);
        break;
      default:  // taps that lie in the padding as a whole
        side = {reach + draft.draws.between(0, 2), draft.draws.between(0, reach + 1)};
        break;
    }
  });
}

index_t tail(Draft& draft, int level) {
  constexpr std::array<index_t, 3> tiles = {4, 8, 16};
  constexpr int any_remainder = 5;
  if (level == any_remainder) return draft.draws.between(17, 48);
  return level < 2 ? draft.draws.between(1, 3)
                   : around(draft, tiles[static_cast<std::size_t>(level - 2)]);
}
void in_channels(Draft& draft, int level) { draft.group_in_channels = tail(draft, level); }
void out_channels(Draft& draft, int level) { draft.group_out_channels = tail(draft, level); }

void groups(Draft& draft, int level) {
  ConvSpec& spec = draft.spec();
  const bool depthwise = level >= 4;
  if (depthwise) {
    // The number of groups takes the drawn number of channels.
    spec.groups = draft.group_in_channels;
    draft.group_in_channels = 1;
    draft.group_out_channels = level == 4 ? 1 : draft.draws.between(2, 3);
  } else if (level >= 2) {
    spec.groups = level;
  }
}

void batch(Draft& draft, int level) {
  constexpr std::array<index_t, 10> batches = {1, 2, 1, 3, 2, 1, 2, 5, 3, 1};
  ConvSpec& spec = draft.spec();
  if (level < 10) spec.batch = batches[static_cast<std::size_t>(level)];
  constexpr std::array kinds = {Draft::Empty::batch, Draft::Empty::in_channels,
                                Draft::Empty::out_channels};
  if (level == 10) draft.empty = draft.draws.one_of(kinds);
}

/// One axis has an output extent near a tile size. The others are small, so that the problem is
/// small.
void extents(Draft& draft, int level) {
  draft.long_axis = static_cast<std::size_t>(draft.draws.below(draft.spec().rank));
  draft.each_axis([&](std::size_t a) {
    draft.output[a] = a == draft.long_axis ? tail(draft, level) : draft.draws.between(1, 4);
  });
}

void remainder(Draft& draft, int level) { draft.leave_remainder = level == 1; }
void flip(Draft& draft, int level) { draft.spec().flip = level == 1; }
void sharing(Draft& draft, int level) { draft.spec().unshared = level == 3; }
void pass(Draft& draft, int level) {
  draft.trial.pass = all_passes[static_cast<std::size_t>(level)];
}

void precision(Draft& draft, int level) {
  constexpr std::array mix = {Precision::f32, Precision::f32,  Precision::f32,
                              Precision::f64, Precision::f64,  Precision::bf16,
                              Precision::f16, Precision::tf32, Precision::f16a16};
  draft.trial.precision = mix[static_cast<std::size_t>(level)];
}

void fill_of(Draft& draft, int level) {
  // Balanced integers, the first fill, reveal most faults: they get the first two levels, too.
  const auto table = fills();
  draft.trial.recipe.fill =
      level < 2 ? table[0].name : table[static_cast<std::size_t>(level - 2)].name;
}

void scaling(Draft& draft, int level) {
  constexpr std::array<std::pair<double, double>, 10> mix = {{{1, 0},
                                                              {1, 0},
                                                              {1, 0},
                                                              {1, 1},
                                                              {2, 0},
                                                              {0.5, -1},
                                                              {-1, 0.5},
                                                              {1, 1},
                                                              {0.1, 0},
                                                              {-0.3, 0.7}}};
  Recipe& recipe = draft.trial.recipe;
  if (level < 10) {
    std::tie(recipe.alpha, recipe.beta) = mix[static_cast<std::size_t>(level)];
    return;
  }
  // Tiny and huge ones, as far as ordinary results times them are normal numbers of the format.
  const bool narrow = storage_of(draft.trial.precision) == Precision::f16;
  recipe.alpha = level == 10 ? (narrow ? 0.011 : 1.3e-20) : (narrow ? 70 : -7e19);
  recipe.beta = level == 10 ? 0 : (narrow ? 33 : 3e18);
}

/// Slices: of a bank of filters, and of larger images, along one axis each.
void slices(Draft& draft) {
  constexpr std::array<std::string_view, 6> filters = {"k*2",     "c*3", "c+2",
                                                       "c*2.r+1", "r+1", "s+3"};
  constexpr std::array<std::string_view, 7> images = {"-",   "c+1", "c+3",    "n*2",
                                                      "h+1", "c*2", "n*2.w*2"};
  draft.trial.recipe.steps = parse_steps(std::string(draft.draws.one_of(images)) + ":" +
                                         std::string(draft.draws.one_of(filters)) + ":" +
                                         std::string(draft.draws.one_of(images)));
}

/// Another order of axes for each tensor.
void orders(Draft& draft) {
  constexpr std::array<std::string_view, 4> images = {"nchw", "nhwc", "chwn", "nhcw"};
  constexpr std::array<std::string_view, 5> filters = {"kcrs", "krsc", "rsck", "crsk", "ckrs"};
  draft.trial.recipe.layout = parse_layout(std::string(draft.draws.one_of(images)) + ":" +
                                           std::string(draft.draws.one_of(filters)) + ":" +
                                           std::string(draft.draws.one_of(images)));
}

/// Rows and planes at multiples of some elements; or steps that few kernels take: repeated operands
/// and reversed axes.
void special_steps(Draft& draft) {
  constexpr std::array<std::string_view, 7> steps = {
      "h%16:-:h%16", "c%16:k%8:c%16",  "n%64:-:n%32",   "n*0:-:c*0",
      "c*0:k*0:w*0", "w*-1:r*-1:h*-1", "c*-2:k*-1:n*-1"};
  Recipe& recipe = draft.trial.recipe;
  recipe.steps = without_repeated_result(parse_steps(draft.draws.one_of(steps)), draft.trial.pass);
}

void layout(Draft& draft, int level) {
  Recipe& recipe = draft.trial.recipe;
  if (level == 12 || level == 13) recipe.layout = Layout::nhwc;
  if (level == 13 || level == 14) recipe.pitch = draft.draws.between(1, 7);
  if (level == 15) slices(draft);
  if (level == 16) orders(draft);
  if (level >= 17) special_steps(draft);
}

void align(Draft& draft, int level) {
  Recipe& recipe = draft.trial.recipe;
  switch (level) {
    case 0:
    case 1: break;
    case 2: recipe.align = 1; break;
    case 3: recipe.align = draft.draws.between(2, 15); break;
    case 4: recipe.guard = Guard::left; break;
    default: recipe.guard = Guard::right; break;
  }
}

void threads(Draft& draft, int level) {
  constexpr std::array<int, 6> mix = {1, 1, 1, 2, 3, 7};
  draft.trial.recipe.threads = mix[static_cast<std::size_t>(level)];
}

constexpr std::array<Factor, 19> factors = {{
    {5, filter},       {3, dilation}, {3, stride}, {8, border},    {6, in_channels},
    {6, out_channels}, {6, groups},   {11, batch}, {6, extents},   {2, remainder},
    {2, flip},         {4, sharing},  {3, pass},   {9, precision}, {17, fill_of},
    {12, scaling},     {20, layout},  {6, align},  {6, threads},
}};

/// Completes the spec: channels from groups, and input extents that give the drawn output extents,
/// as far as padding leaves a positive one.
void complete(Draft& draft) {
  ConvSpec& spec = draft.spec();
  spec.in_channels = spec.groups * draft.group_in_channels;
  spec.out_channels = spec.groups * draft.group_out_channels;
  draft.each_axis([&](std::size_t a) {
    const int axis = static_cast<int>(a);
    const index_t unused = draft.leave_remainder ? draft.draws.below(spec.stride[a]) : 0;
    const index_t fitting = input_extent(draft.output[a], dilated_extent(spec, axis),
                                         padding_of(spec, axis), spec.stride[a], unused);
    spec.input[a] = std::max<index_t>(fitting, draft.draws.between(1, 3));
  });
  validate(spec);
}

/// Multiply-adds, and zeros between strided outputs, that a direct loop visits in the most
/// expensive pass, plus elements to be filled.
index_t cost(const ConvSpec& spec) {
  const index_t taps = spec.filter[0] * spec.filter[1] * spec.filter[2];
  const index_t scatter = input_elements(spec) * (spec.out_channels / spec.groups) * taps;
  return std::max(flops(spec) / 2, scatter) + 4 * filter_elements(spec);
}

/// Ways to make a problem smaller that keep what its levels ask for. The first ones change least.
using Cut = void (*)(Draft&);
constexpr std::array<Cut, 7> cuts = {
    [](Draft& draft) { draft.spec().batch = std::min<index_t>(draft.spec().batch, 2); },
    [](Draft& draft) {
      if (draft.group_in_channels > 1)
        draft.spec().groups = std::min<index_t>(draft.spec().groups, 2);
    },
    [](Draft& draft) {
      draft.each_axis([&](std::size_t a) {
        if (a != draft.long_axis) draft.output[a] = std::min<index_t>(draft.output[a], 2);
      });
    },
    [](Draft& draft) {
      index_t& tail =
          draft.draws.below(2) == 0 ? draft.group_in_channels : draft.group_out_channels;
      tail = std::min<index_t>(tail, 3);
    },
    [](Draft& draft) {
      draft.each_axis([&](std::size_t a) {
        if (a == draft.long_axis) return;
        draft.output[a] = 1;
        draft.spec().stride[a] = std::min<index_t>(draft.spec().stride[a], 3);
        draft.spec().dilation[a] = std::min<index_t>(draft.spec().dilation[a], 2);
      });
    },
    [](Draft& draft) {
      draft.spec().batch = 1;
      draft.group_in_channels = std::min<index_t>(draft.group_in_channels, 5);
      draft.group_out_channels = std::min<index_t>(draft.group_out_channels, 5);
    },
    [](Draft& draft) {
      draft.output[draft.long_axis] = std::min<index_t>(draft.output[draft.long_axis], 9);
      draft.spec().groups = std::min<index_t>(draft.spec().groups, 5);
    },
};

void trim(Draft& draft) {
  constexpr index_t affordable = 60'000;
  for (const Cut cut : cuts) {
    if (cost(draft.spec()) <= affordable) return;
    cut(draft);
    complete(draft);
  }
}

void remove_elements(Draft& draft) {
  ConvSpec& spec = draft.spec();
  switch (draft.empty) {
    case Draft::Empty::none: break;
    case Draft::Empty::batch: spec.batch = 0; break;
    case Draft::Empty::in_channels: spec.in_channels = 0; break;
    case Draft::Empty::out_channels: spec.out_channels = 0; break;
  }
}

}  // namespace

std::vector<int> factor_levels(std::span<const int> ranks) {
  std::vector<int> levels = {static_cast<int>(ranks.size())};
  for (const Factor& factor : factors) levels.push_back(factor.levels);
  return levels;
}

namespace {

/// Extreme factors are for results of ordinary size.
void fit_scaling(Trial& trial) {
  constexpr std::array extreme = {"wide", "overflow", "subnormal", "subnormal_mirror"};
  Recipe& recipe = trial.recipe;
  const double size = std::fabs(recipe.alpha);
  if ((size < 0.05 || size > 10) && std::ranges::find(extreme, recipe.fill) != extreme.end())
    recipe.alpha = 0.1;
  if (std::fabs(recipe.beta) > 10 && recipe.alpha == 0.1) recipe.beta = 0.7;
}

}  // namespace

Trial trial_of_levels(const std::vector<int>& levels, std::span<const int> ranks,
                      std::uint64_t seed) {
  Draft draft{.trial = {}, .draws = Draws(seed, 2)};
  draft.spec().rank = ranks[static_cast<std::size_t>(levels[0])];
  for (std::size_t i = 0; i < factors.size(); ++i) factors[i].apply(draft, levels[i + 1]);
  complete(draft);
  trim(draft);
  remove_elements(draft);
  fit_scaling(draft.trial);
  avoid_blind_fill(draft.trial);
  draft.trial.recipe.seed = seed;
  return draft.trial;
}

}  // namespace convict::datasets
