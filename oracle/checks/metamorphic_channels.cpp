// SPDX-License-Identifier: Apache-2.0
// Metamorphic relations between problems that differ in their channels, groups, batch or unshared
// filters.
#include "oracle/checks/applicable.hpp"
#include "oracle/checks/metamorphic.hpp"

namespace convict::oracle {
namespace {

constexpr std::size_t channel_axis = 1;  ///< of an image
constexpr std::size_t bank_channel_axis = 4;
constexpr index_t most_follow_ups = 64;

/// Another order of `count` channels of each group: rotated, or, where the seed is odd, reversed.
class Order {
 public:
  Order(std::uint64_t seed, index_t count)
      : count_(count),
        reversed_(seed % 2 == 1),
        step_(count > 1 ? 1 + static_cast<index_t>(seed / 2 % static_cast<std::uint64_t>(count - 1))
                        : 0) {}
  /// `channel` counts all groups.
  index_t operator()(index_t channel) const {
    const index_t local = channel % count_;
    const index_t source = reversed_ ? count_ - 1 - local : (local + step_) % count_;
    return channel - local + source;
  }

 private:
  index_t count_;
  bool reversed_;
  index_t step_;
};

ConvSpec merged(ConvSpec spec) {
  spec.groups = 1;
  return spec;
}

ConvSpec unshared_of(ConvSpec spec) {
  spec.unshared = true;
  return spec;
}

}  // namespace

std::optional<std::string> permute_in_channels_needs(const Trial& trial) {
  if (trial.spec.in_channels > trial.spec.groups) return std::nullopt;
  return "a group has only one input channel";
}

IndexRelation permute_in_channels(const Trial& trial) {
  const Order order(trial.recipe.seed, trial.spec.in_channels / trial.spec.groups);
  return {
      "input channels in another order",
      {follow_up_of(
          trial.spec, trial.spec,
          [&](ImageIndex& index) { index[channel_axis] = order(index[channel_axis]); },
          [&](FilterIndex& index) { index[bank_channel_axis] = order(index[bank_channel_axis]); },
          as_it_is)}};
}

std::optional<std::string> permute_out_channels_needs(const Trial& trial) {
  if (trial.spec.out_channels > trial.spec.groups) return std::nullopt;
  return "a group has only one output channel";
}

IndexRelation permute_out_channels(const Trial& trial) {
  const Order order(trial.recipe.seed, trial.spec.out_channels / trial.spec.groups);
  return {
      "output channels in another order",
      {follow_up_of(
          trial.spec, trial.spec, as_it_is, [&](FilterIndex& index) { index[0] = order(index[0]); },
          [&](ImageIndex& index) { index[channel_axis] = order(index[channel_axis]); })}};
}

std::optional<std::string> several_groups(const Trial& trial) {
  if (trial.spec.groups > 1) return std::nullopt;
  return "there is only one group";
}

IndexRelation permute_groups(const Trial& trial) {
  const ConvSpec& spec = trial.spec;
  const Order order(trial.recipe.seed, spec.groups);
  const auto move = [&](index_t channel, index_t group_size) {
    return order(channel / group_size) * group_size + channel % group_size;
  };
  const index_t in = spec.in_channels / spec.groups;
  const index_t out = spec.out_channels / spec.groups;
  return {"groups in another order",
          {follow_up_of(
              spec, spec,
              [&](ImageIndex& index) { index[channel_axis] = move(index[channel_axis], in); },
              [&](FilterIndex& index) { index[0] = move(index[0], out); },
              [&](ImageIndex& index) { index[channel_axis] = move(index[channel_axis], out); })}};
}

std::optional<std::string> group_split_needs(const Trial& trial) {
  if (trial.spec.groups > most_follow_ups) return "too many groups to be taken one by one";
  return several_groups(trial);
}

IndexRelation group_split(const Trial& trial) {
  const ConvSpec& spec = trial.spec;
  ConvSpec one = spec;
  one.groups = 1;
  one.in_channels /= spec.groups;
  one.out_channels /= spec.groups;
  IndexRelation split{"groups = separate convolutions", {}};
  for (index_t group = 0; group < spec.groups; ++group)
    split.follow_ups.push_back(follow_up_of(
        spec, one, [&](ImageIndex& index) { index[channel_axis] += group * one.in_channels; },
        [&](FilterIndex& index) { index[0] += group * one.out_channels; },
        [&](ImageIndex& index) { index[channel_axis] += group * one.out_channels; }));
  return split;
}

std::optional<std::string> group_merge_needs(const Trial& trial) {
  if (auto why = several_groups(trial)) return why;
  return why_unfit_follow_up(merged(trial.spec));
}

IndexRelation group_merge(const Trial& trial) {
  const ConvSpec& spec = trial.spec;
  const ConvSpec dense = merged(spec);
  const index_t in = spec.in_channels / spec.groups;
  const index_t out = spec.out_channels / spec.groups;
  return {
      "groups = block-diagonal filters",
      {follow_up_of(
          spec, dense, as_it_is,
          [&](FilterIndex& index) { index[bank_channel_axis] -= index[0] / out * in; }, as_it_is)}};
}

std::optional<std::string> batch_split_needs(const Trial& trial) {
  if (trial.spec.batch == 1) return "there is only one image";
  if (trial.spec.batch > most_follow_ups) return "too many images to be taken one by one";
  return std::nullopt;
}

IndexRelation batch_split(const Trial& trial) {
  ConvSpec one = trial.spec;
  one.batch = 1;
  IndexRelation split{"batch = image by image", {}};
  for (index_t image = 0; image < trial.spec.batch; ++image) {
    const auto of_image = [&](ImageIndex& index) { index[0] = image; };
    split.follow_ups.push_back(follow_up_of(trial.spec, one, of_image, as_it_is, of_image));
  }
  return split;
}

std::optional<std::string> unshared_equal_needs(const Trial& trial) {
  if (!trial.spec.unshared) return why_unfit_follow_up(unshared_of(trial.spec));
  return "the filters are unshared already";
}

IndexRelation unshared_equal(const Trial& trial) {
  const ConvSpec unshared = unshared_of(trial.spec);
  return {"unshared with equal filters = shared",
          {follow_up_of(
              trial.spec, unshared, as_it_is,
              [](FilterIndex& index) {
                for (std::size_t a = 0; a < max_rank; ++a) index[bank_axis + a] = 0;
              },
              as_it_is)}};
}

}  // namespace convict::oracle
