// SPDX-License-Identifier: Apache-2.0
#include "oracle/truth/truth_source.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/layout.hpp"
#include "datasets/random.hpp"
#include "oracle/projection/projection.hpp"

namespace convict::oracle {
namespace {

/// Measured on one core of an AVX-512 server; accurate to a factor of two, which suffices here.
constexpr double definition_s = 1.0e-9;        // a multiply-add of the reference
constexpr double twice_definition_s = 2.5e-9;  // the same in twice the precision
constexpr double gemm_s = 0.05e-9;             // a multiply-add of an f64 GEMM
constexpr double gemm_element_s = 8e-9;        // copying an element of an operand or result
constexpr double gemm_call_s = 40e-6;
constexpr double projection_s = 0.4e-9;  // a projected operation
constexpr double projection_call_s = 5e-6;
constexpr double too_long_s = 30;

bool needs_twice_f64(const Trial& trial, const datasets::Fill& fill) {
  return trial.precision == Precision::f64 && !fill.exact;
}

double elements_of(const ConvSpec& spec) {
  return static_cast<double>(input_elements(spec)) + static_cast<double>(filter_elements(spec)) +
         static_cast<double>(output_elements(spec));
}

double gemm_time_s(const TruthQuestion& question) {
  const ConvSpec& spec = question.trial.spec;
  const double calls = question.fill.exact ? 1 : 2;  // exact results need no magnitude
  const auto projected = static_cast<double>(projection_operations(spec, question.trial.pass));
  return calls * (gemm_call_s + gemm_s * static_cast<double>(flops(spec)) / 2 +
                  gemm_element_s * elements_of(spec) + projection_s * projected);
}

/// Indices on an axis where kernels often switch code paths: ends and tile edges.
std::vector<index_t> edge_places(index_t extent) {
  std::vector<index_t> places;
  for (const index_t place : {index_t{0}, index_t{1}, index_t{3}, index_t{4}, index_t{7},
                              index_t{8}, index_t{15}, index_t{16}, index_t{31}, index_t{32},
                              index_t{63}, index_t{64}, extent / 2, extent - 2, extent - 1})
    if (place >= 0 && place < extent) places.push_back(place);
  return places;
}

template <std::size_t Rank>
class Sampler {
 public:
  Sampler(const std::array<index_t, Rank>& extents, std::uint64_t seed)
      : shape_(row_major(extents)), draws_(seed, 0x5a3) {}

  std::vector<index_t> elements() {
    constexpr index_t random = 1024;
    constexpr index_t last = 64;
    constexpr int each_place = 16;
    const index_t count = shape_.elements();
    if (count == 0) return {};
    for (std::size_t corner = 0; corner < std::size_t{1} << Rank; ++corner) {
      std::array<index_t, Rank> index{};
      for (std::size_t a = 0; a < Rank; ++a)
        index[a] = (corner >> a & 1) != 0 ? shape_.extents[a] - 1 : 0;
      add(index);
    }
    for (std::size_t a = 0; a < Rank; ++a)
      for (const index_t place : edge_places(shape_.extents[a]))
        for (int i = 0; i < each_place; ++i) {
          auto index = anywhere();
          index[a] = place;
          add(index);
        }
    for (index_t i = 0; i < random; ++i) add(anywhere());
    for (index_t at = std::max<index_t>(0, count - last); at < count; ++at) chosen_.push_back(at);
    std::ranges::sort(chosen_);
    chosen_.erase(std::unique(chosen_.begin(), chosen_.end()), chosen_.end());
    return std::move(chosen_);
  }

 private:
  std::array<index_t, Rank> anywhere() {
    std::array<index_t, Rank> index{};
    for (std::size_t a = 0; a < Rank; ++a) index[a] = draws_.below(shape_.extents[a]);
    return index;
  }
  void add(const std::array<index_t, Rank>& index) { chosen_.push_back(shape_.offset(index)); }

  Shape<Rank> shape_;
  datasets::Draws draws_;
  std::vector<index_t> chosen_;
};

}  // namespace

bool can_project(const TruthQuestion& question) {
  const Precision storage = storage_of(question.trial.precision);
  if (!question.fill.exact || !question.limits || !datasets::can_be_exact(question.claims))
    return false;
  if (storage != Precision::f32 && storage != Precision::f64) return false;
  const Recipe& recipe = question.trial.recipe;
  const double reach = std::fabs(recipe.alpha) * static_cast<double>(question.limits->products) *
                           static_cast<double>(question.limits->product_limit) +
                       std::fabs(recipe.beta) * static_cast<double>(question.limits->old_limit);
  return reach / question.limits->grid <= std::ldexp(1.0, std::min(format_of(storage).digits, 51));
}

std::optional<TruthKernels::Grid> grid_of(const TruthQuestion& question) {
  const Trial& trial = question.trial;
  if (question.fill.exact) {
    if (!question.limits) return std::nullopt;
    return TruthKernels::Grid{
        .digits = 0, .largest_product = static_cast<double>(question.limits->product_limit)};
  }
  if (question.fill.largest == 0 || trial.precision == Precision::f64) return std::nullopt;
  const auto digits = datasets::sum_grid(trial.spec, trial.pass, question.fill.largest);
  if (!digits) return std::nullopt;
  return TruthKernels::Grid{.digits = *digits,
                            .largest_product = question.fill.largest * question.fill.largest};
}

double definition_time_s(const Trial& trial, const datasets::Fill& fill) {
  return static_cast<double>(flops(trial.spec)) / 2 *
         (needs_twice_f64(trial, fill) ? twice_definition_s : definition_s);
}

TruthBy choose_truth(const TruthQuestion& question, const TruthKernels& kernels) {
  const Trial& trial = question.trial;
  TruthBy best = TruthBy::definition;
  double least_s = definition_time_s(trial, question.fill);
  const auto offer = [&](TruthBy by, double time_s) {
    if (time_s < least_s) {
      best = by;
      least_s = time_s;
    }
  };
  if (can_project(question))
    offer(TruthBy::projection,
          projection_call_s +
              projection_s * static_cast<double>(projection_operations(trial.spec, trial.pass)));
  if (least_s > gemm_call_s && grid_of(question) && kernels.takes(trial.spec, trial.pass))
    offer(TruthBy::gemm, gemm_time_s(question));
  return least_s > too_long_s ? TruthBy::sample : best;
}

std::vector<index_t> sampled_elements(const Trial& trial) {
  const TensorShapes shapes = shapes_of(trial.spec);
  switch (trial.pass) {
    case Pass::forward: return Sampler(shapes.output.extents, trial.recipe.seed).elements();
    case Pass::grad_input: return Sampler(shapes.input.extents, trial.recipe.seed).elements();
    case Pass::grad_weights: return Sampler(shapes.filters.extents, trial.recipe.seed).elements();
  }
  return {};
}

}  // namespace convict::oracle
