// SPDX-License-Identifier: Apache-2.0
#include "oracle/probes/dependence.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace convict::oracle::probes {
namespace {

/// The first that is taken of each is used: libraries choose among algorithms by the batch, and
/// have one of their own for depthwise convolutions.
constexpr std::array<std::string_view, 10> few_images = {
    "n3_c8_i9x10_k6_f3x3_p1",    "n3_c16_i9x10_k8_f1x1",      "n4_c8_i40_k8_f3_p1",
    "n4_c16_i40_k8_f1",          "n4_c32_i16x16_k32_f3x3_p1", "n4_c64_i16x16_k32_f1x1",
    "n4_c6_i6x5x6_k4_f3x3x3_p1", "n4_c1_i12x13_k1_f3x3_p1",   "n1_c8_i9x10_k6_f3x3_p1",
    "n1_c32_i16x16_k32_f1x1"};
constexpr std::array<std::string_view, 3> many_images = {
    "n16_c8_i6x6_k8_f3x3_p1", "n32_c16_i6x6_k16_f3x3_p1", "n16_c32_i6x6_k32_f1x1"};
constexpr std::array<std::string_view, 4> depthwise = {
    "n2_c16_i14x14_k16_f3x3_p1_g16", "n2_c32_i16x16_k32_f3x3_p1_g32", "n1_c8_i16x16_k8_f3x3_p1_g8",
    "n2_c16_i14x14_k16_f3x3_g16"};
constexpr std::array<std::span<const std::string_view>, 3> dependence_shapes = {
    few_images, many_images, depthwise};

datasets::Operands flat(const Bench& bench, const ConvSpec& spec) {
  Trial trial{.spec = spec, .pass = bench.pass(), .precision = bench.precision(), .recipe = {}};
  trial.recipe.fill = "flat";
  trial.recipe.seed = 11;
  return datasets::fill(trial);
}

bool differ(Bench& bench, const ConvSpec& spec, const datasets::Operands& operands,
            const std::vector<std::byte>& bits, const Setting& setting) {
  return bench.bits(spec, operands, setting) != bits;
}

/// Whether an image's result differs between the places of a batch of equal images, or alone.
bool depends_on_batch_position(Bench& bench, const ConvSpec& spec) {
  if (bench.pass() == Pass::grad_weights) return false;  // every element sums over all images
  ConvSpec alone = spec;
  alone.batch = 1;
  const datasets::Operands single = flat(bench, alone);
  datasets::Operands batch = single;
  std::vector<double>& images = bench.pass() == Pass::forward ? batch.input : batch.output;
  const std::vector<double> image = images;
  for (index_t n = 1; n < spec.batch; ++n) images.insert(images.end(), image.begin(), image.end());
  const std::vector<std::byte> together = bench.bits(spec, batch);
  const std::size_t size = together.size() / static_cast<std::size_t>(spec.batch);
  const std::vector<std::byte> expected =
      bench.takes(alone)
          ? bench.bits(alone, single)
          : std::vector<std::byte>(together.begin(),
                                   together.begin() + static_cast<std::ptrdiff_t>(size));
  for (std::size_t begin = 0; begin < together.size(); begin += size)
    if (!std::equal(expected.begin(), expected.end(),
                    together.begin() + static_cast<std::ptrdiff_t>(begin)))
      return true;
  return false;
}

void add_dependence(Bench& bench, const ConvSpec& spec, Dependence& found) {
  const datasets::Operands operands = flat(bench, spec);
  const std::vector<std::byte> bits = bench.bits(spec, operands);
  const auto changes_with = [&](const Setting& setting) {
    return differ(bench, spec, operands, bits, setting);
  };
  found.run = changes_with({}) || changes_with({});
  if (found.run) return;
  for (const int threads : {2, 3, 7})
    found.threads = found.threads || changes_with({.threads = threads});
  const index_t unit = std::max<index_t>(bench.claims().required_alignment, 1);
  for (const index_t align : {1, 2, 3, 5, 8})
    found.alignment = found.alignment || changes_with({.align = align * unit});
  found.batch_position = found.batch_position || depends_on_batch_position(bench, spec);
}

}  // namespace

std::optional<Dependence> dependence_of_bits(Bench& bench) {
  std::optional<Dependence> found;
  const auto add = [&](const ConvSpec& spec) {
    if (!found) found.emplace();
    if (!found->run) add_dependence(bench, spec, *found);
  };
  for (const auto& shapes : dependence_shapes)
    if (const auto spec = bench.first_taken(shapes)) add(*spec);
  if (!found && bench.hint() && bench.takes(*bench.hint())) add(*bench.hint());
  return found;
}

}  // namespace convict::oracle::probes
