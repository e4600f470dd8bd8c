// SPDX-License-Identifier: Apache-2.0
#include "fuzz/causes/variants.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace convict::fuzz {
namespace {

constexpr double always_affordable = 1e5;

/// A trial as fields that can be exchanged one by one. Axes are counted from the last one; those
/// that a spec lacks are neutral, so that the number of axes is a field of its own.
struct Fields {
  enum Size : std::size_t {
    batch,
    groups,
    in_per_group,
    out_per_group,
    input,
    filter = input + 3,
    stride = filter + 3,
    dilation = stride + 3,
    before = dilation + 3,
    after = before + 3,
    sizes = after + 3
  };
  std::array<index_t, sizes> size{};
  int rank = 2;
  BorderMode border = BorderMode::none;
  bool flip = false;
  bool unshared = false;
  Pass pass{};
  Precision precision{};
  Recipe recipe{};

  explicit Fields(const Trial& trial);
  Trial trial() const;
};

Fields::Fields(const Trial& trial)
    : rank(trial.spec.rank),
      border(trial.spec.border),
      flip(trial.spec.flip),
      unshared(trial.spec.unshared),
      pass(trial.pass),
      precision(trial.precision),
      recipe(trial.recipe) {
  const ConvSpec& spec = trial.spec;
  size[batch] = spec.batch;
  size[groups] = spec.groups;
  size[in_per_group] = spec.in_channels / spec.groups;
  size[out_per_group] = spec.out_channels / spec.groups;
  for (std::size_t last = 0; last < max_rank; ++last) {
    const bool has = static_cast<int>(last) < rank;
    const std::size_t a = has ? static_cast<std::size_t>(rank) - 1 - last : 0;
    const SidePadding pad = has ? padding_of(spec, static_cast<int>(a)) : SidePadding{};
    size[input + last] = has ? spec.input[a] : 1;
    size[filter + last] = has ? spec.filter[a] : 1;
    size[stride + last] = has ? spec.stride[a] : 1;
    size[dilation + last] = has ? spec.dilation[a] : 1;
    size[before + last] = pad.before;
    size[after + last] = pad.after;
  }
}

Trial Fields::trial() const {
  Trial made{.spec = {}, .pass = pass, .precision = precision, .recipe = recipe};
  // Sizes that are crossed are multiplied: no product may leave 64 bits.
  constexpr index_t most = index_t{1} << 30;
  const auto at = [&](std::size_t field) { return std::min(size[field], most); };
  ConvSpec& spec = made.spec;
  spec.rank = rank;
  spec.batch = at(batch);
  spec.groups = at(groups);
  spec.in_channels = at(groups) * at(in_per_group);
  spec.out_channels = at(groups) * at(out_per_group);
  spec.border = border;
  spec.flip = flip;
  spec.unshared = unshared;
  for (int axis = 0; axis < rank; ++axis) {
    const auto a = static_cast<std::size_t>(axis);
    const std::size_t last = static_cast<std::size_t>(rank) - 1 - a;
    spec.filter[a] = at(filter + last);
    spec.stride[a] = at(stride + last);
    spec.dilation[a] = at(dilation + last);
    if (border == BorderMode::none) spec.padding[a] = {at(before + last), at(after + last)};
    // At least one window must fit.
    const SidePadding pad = padding_of(spec, axis);
    spec.input[a] = std::max(at(input + last), dilated_extent(spec, axis) - pad.before - pad.after);
  }
  return made;
}

/// Fields that are no sizes, in the order in which they are numbered behind the sizes.
constexpr std::size_t other_fields = 15;
constexpr std::size_t all_fields = Fields::sizes + other_fields;

void take(std::size_t field, Fields& to, const Fields& from) {
  if (field < Fields::sizes) {
    to.size[field] = from.size[field];
    return;
  }
  switch (field - Fields::sizes) {
    case 0: to.rank = from.rank; break;
    case 1: to.border = from.border; break;
    case 2: to.flip = from.flip; break;
    case 3: to.unshared = from.unshared; break;
    case 4: to.pass = from.pass; break;
    case 5: to.precision = from.precision; break;
    case 6: to.recipe.fill = from.recipe.fill; break;
    case 7: to.recipe.alpha = from.recipe.alpha; break;
    case 8: to.recipe.beta = from.recipe.beta; break;
    case 9: to.recipe.layout = from.recipe.layout; break;
    case 10: to.recipe.pitch = from.recipe.pitch; break;
    case 11: to.recipe.align = from.recipe.align; break;
    case 12: to.recipe.guard = from.recipe.guard; break;
    case 13: to.recipe.threads = from.recipe.threads; break;
    case 14: to.recipe.steps = from.recipe.steps; break;
    default: break;
  }
}

/// Values that a field is set to: small ones, and around those of the field.
std::vector<index_t> values_for(std::size_t field, index_t is) {
  std::vector<index_t> values;
  const bool padding = field >= Fields::before;
  const index_t least = padding ? 0 : 1;
  for (const index_t value :
       {is + 1, is - 1, is + 8, 2 * is, least, is + 4, is + 2, least + 1, index_t{3}, is / 2,
        (is / 4 + 1) * 4, (is / 8 + 1) * 8, (is / 16 + 1) * 16})
    if (value >= least && value != is && std::ranges::count(values, value) == 0)
      values.push_back(value);
  return values;
}

/// Every setting of a field that is no size.
std::vector<Fields> settings(std::size_t field, const Fields& base) {
  std::vector<Fields> made;
  const auto set = [&](auto&& assign) {
    made.push_back(base);
    assign(made.back());
  };
  switch (field - Fields::sizes) {
    case 0:
      for (int rank = 1; rank <= max_rank; ++rank) set([&](Fields& f) { f.rank = rank; });
      break;
    case 1:
      for (const BorderMode mode :
           {BorderMode::none, BorderMode::valid, BorderMode::half, BorderMode::full})
        set([&](Fields& f) { f.border = mode; });
      break;
    case 2: set([](Fields& f) { f.flip = !f.flip; }); break;
    case 3: set([](Fields& f) { f.unshared = !f.unshared; }); break;
    case 4:
      for (const Pass pass : all_passes) set([&](Fields& f) { f.pass = pass; });
      break;
    case 5:
      for (const Precision precision : all_precisions)
        set([&](Fields& f) { f.precision = precision; });
      break;
    case 6:
      for (const char* const fill : {"exact", "flat", "mantissa"})
        set([&](Fields& f) { f.recipe.fill = fill; });
      break;
    case 7:
      for (const double alpha : {1.0, 2.0, -1.0, 0.5})
        set([&](Fields& f) { f.recipe.alpha = alpha; });
      break;
    case 8:
      for (const double beta : {0.0, 1.0, 0.5, -1.0}) set([&](Fields& f) { f.recipe.beta = beta; });
      break;
    case 9:
      for (const Layout layout : {Layout::nchw, Layout::nhwc})
        set([&](Fields& f) { f.recipe.layout = layout; });
      break;
    case 10:
      for (const index_t pitch : {0, 1, 3}) set([&](Fields& f) { f.recipe.pitch = pitch; });
      break;
    case 11:
      for (const index_t align : {0, 1, 5}) set([&](Fields& f) { f.recipe.align = align; });
      break;
    case 12:
      for (const Guard guard : all_guards) set([&](Fields& f) { f.recipe.guard = guard; });
      break;
    case 13:
      for (const int threads : {1, 2, 3, 7}) set([&](Fields& f) { f.recipe.threads = threads; });
      break;
    case 14:
      for (const char* const steps : {"-:-:-", "c+1:-:-", "-:k*2:-", "-:-:c+1"})
        set([&](Fields& f) { f.recipe.steps = parse_steps(steps); });
      break;
    default: break;
  }
  return made;
}

/// The invariants of a spec that exchanging fields can break, and sizes that the oracle refuses.
bool is_possible(const Trial& trial) { return !why_invalid(trial.spec); }

}  // namespace

Variants::Variants(const Trial& minimum, std::uint64_t seed)
    : most_cost_(always_affordable), minimum_(minimum), draws_(seed, 0xca5e) {
  most_cost_ = std::max(always_affordable, 2 * static_cast<double>(flops(minimum.spec)) / 2);
  minimum_.recipe.only = {};
}

bool Variants::affordable(const Trial& trial) const {
  const double elements = static_cast<double>(input_elements(trial.spec)) +
                          static_cast<double>(filter_elements(trial.spec)) +
                          static_cast<double>(output_elements(trial.spec));
  return static_cast<double>(flops(trial.spec)) / 2 <= most_cost_ &&
         elements <= std::max(most_cost_, static_cast<double>(flops(minimum_.spec)));
}

std::vector<Trial> Variants::single_changes() {
  std::vector<Trial> made;
  const Fields base(minimum_);
  const auto add = [&](const Fields& fields) {
    Trial trial = fields.trial();
    trial.recipe.seed = static_cast<std::uint64_t>(draws_.below(index_t{1} << 30));
    if (trial.spec != minimum_.spec || trial.pass != minimum_.pass ||
        trial.precision != minimum_.precision || trial.recipe != minimum_.recipe)
      if (is_possible(trial) && affordable(trial)) made.push_back(std::move(trial));
  };
  for (std::size_t field = 0; field < all_fields; ++field) {
    if (field >= Fields::sizes) {
      for (const Fields& fields : settings(field, base)) add(fields);
      continue;
    }
    constexpr std::size_t values_each = 4;
    const std::vector<index_t> values = values_for(field, base.size[field]);
    for (std::size_t i = 0; i < std::min(values_each, values.size()); ++i) {
      Fields fields = base;
      fields.size[field] = values[i];
      add(fields);
    }
  }
  return made;
}

std::optional<Trial> Variants::cross(const Trial& base, const Trial& other, double kept) {
  Fields fields(base);
  const Fields from(other);
  const auto percent = static_cast<index_t>(100 * kept);
  for (std::size_t field = 0; field < all_fields; ++field)
    if (draws_.below(100) >= percent) take(field, fields, from);
  Trial trial = fields.trial();
  trial.recipe.only = {};
  trial.recipe.check = minimum_.recipe.check;
  trial.recipe.disturb = minimum_.recipe.disturb;
  trial.recipe.seed = static_cast<std::uint64_t>(draws_.below(index_t{1} << 30));
  if (!is_possible(trial) || !affordable(trial)) return std::nullopt;
  return trial;
}

std::optional<Trial> Variants::change(const Trial& base, const Trial& other) {
  Fields fields(base);
  const Fields from(other);
  const index_t changes = draws_.between(1, 3);
  for (index_t i = 0; i < changes; ++i) {
    const auto field = static_cast<std::size_t>(draws_.below(static_cast<index_t>(all_fields)));
    const index_t how = draws_.below(4);
    if (field >= Fields::sizes) {
      const std::vector<Fields> possible = settings(field, fields);
      if (how == 0)
        take(field, fields, from);
      else
        fields = draws_.one_of(possible);
      continue;
    }
    index_t& size = fields.size[field];
    const index_t before = size;
    if (how == 0) {
      take(field, fields, from);
    } else if (how == 1) {
      size = fields.size[static_cast<std::size_t>(draws_.below(index_t{Fields::sizes}))];
    } else {
      const std::vector<index_t> values = values_for(field, size);
      if (values.empty()) continue;
      size = draws_.one_of(values);
    }
    // Sizes that were the same may have to stay the same.
    if (draws_.below(2) == 0)
      for (std::size_t same = 0; same < Fields::sizes; ++same)
        if (fields.size[same] == before && draws_.below(4) != 0) fields.size[same] = size;
    if (field < Fields::before) size = std::max<index_t>(size, 1);
  }
  Trial trial = fields.trial();
  trial.recipe.only = {};
  trial.recipe.seed = static_cast<std::uint64_t>(draws_.below(index_t{1} << 30));
  if (!is_possible(trial) || !affordable(trial)) return std::nullopt;
  return trial;
}

}  // namespace convict::fuzz
