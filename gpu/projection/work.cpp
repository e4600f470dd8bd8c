// SPDX-License-Identifier: Apache-2.0
#include "gpu/projection/work.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "core/errors.hpp"

namespace convict::gpu::projection {
namespace {

constexpr double largest_integer = 0x1p51;  // magnitude that the kernels convert

/// The largest magnitude of operands. It is that of the host's projection, so that both refuse the
/// same operands.
double operand_limit(Precision precision) {
  return storage_of(precision) == Precision::f64 ? largest_integer : 0x1p30;
}

index_t volume(const Axes& extents) { return extents[0] * extents[1] * extents[2]; }

/// The residue of value * scale, which has to be an integer.
Word whole_word(double value, double scale, const char* name) {
  const double whole = value * scale;
  if (!(std::fabs(whole) <= largest_integer) || std::nearbyint(whole) != whole)
    throw SpecError(std::string("a projection needs ") + name + " on the grid of its limits");
  return static_cast<Word>(static_cast<std::int64_t>(whole));
}

}  // namespace

Projector::Work::Work(Projector& projector, const ProjectionQuestion& question)
    : projector_(projector),
      device_(projector.device_),
      question_(question),
      problem_(question.problem),
      g_(geometry_of(problem_.spec)),
      taps_(volume(g_.filter)),
      inputs_(volume(g_.input)),
      outputs_(volume(g_.output)),
      positions_(is(Pass::forward)      ? outputs_
                 : is(Pass::grad_input) ? inputs_
                                        : g_.groups * taps_) {
  assert(std::ssize(question.image_weights) == g_.batch);
  assert(std::ssize(question.in_weights) == g_.in_channels);
  assert(std::ssize(question.out_weights) == g_.out_channels);
  const double scale = power_of_two(question.grid_digits);
  if (!(question.limit <= largest_integer))
    throw SpecError("a projection needs results within 2^51 steps of their grid");
  alpha_ = whole_word(problem_.alpha, scale, "alpha");
  beta_ = whole_word(problem_.beta, scale, "beta");
  const index_t all = is(Pass::forward)      ? g_.in_channels
                      : is(Pass::grad_input) ? g_.out_channels
                                             : g_.batch;
  const index_t each = is(Pass::forward)      ? inputs_
                       : is(Pass::grad_input) ? outputs_
                                              : g_.groups * (inputs_ + outputs_);
  planes_at_once_ = std::clamp<index_t>(projector.tuning_.most_planes / std::max<index_t>(each, 1),
                                        1, std::max<index_t>(all, 1));
}

/// Lays out the memory; the parts that have to be cleared are contiguous.
bool Projector::Work::reserve() {
  const index_t lists = g_.batch + g_.in_channels + g_.out_channels;
  const index_t table = is(Pass::forward)      ? g_.batch * g_.out_channels
                        : is(Pass::grad_input) ? g_.batch * g_.in_channels
                                               : g_.out_channels * g_.group_in_channels;
  const index_t filters = is(Pass::forward)      ? g_.in_channels * taps_
                          : is(Pass::grad_input) ? g_.out_channels * taps_
                                                 : 0;
  const index_t planes =
      planes_at_once_ * (is(Pass::forward)      ? inputs_
                         : is(Pass::grad_input) ? outputs_
                                                : g_.groups * (inputs_ + outputs_));
  constexpr index_t answer = sizeof(Answer) / sizeof(Word);
  const index_t zeros = 4 * positions_ + answer + filters;
  Word* next = projector_.words(zeros + lists + table + planes);
  if (next == nullptr) return false;
  const auto take = [&next](index_t count) { return std::exchange(next, next + count); };
  answer_ = reinterpret_cast<Answer*>(take(answer));
  for (Word** sums : {&left_, &old_, &right_, &marks_}) *sums = take(positions_);
  filters_ = take(filters);
  lists_ = take(lists);
  table_ = take(table);
  planes_ = take(planes);
  clear(reinterpret_cast<Word*>(answer_), zeros);
  return true;
}

void Projector::Work::send_weights() {
  std::vector<Word> lists;
  for (const auto& list : {question_.image_weights, question_.in_weights, question_.out_weights})
    lists.insert(lists.end(), list.begin(), list.end());
  if (lists.empty()) return;
  device_.upload(reinterpret_cast<std::byte*>(lists_),
                 reinterpret_cast<const std::byte*>(lists.data()), lists.size() * sizeof(Word));
  weights_ = {lists_, lists_ + g_.batch, lists_ + g_.batch + g_.in_channels};
}

/// The weights of the left side: s_n r_k, s_n r_c, or r_k s_c for the c of k's group.
void Projector::Work::multiply_weights() {
  const bool of_filters = is(Pass::grad_weights);
  const index_t outers = of_filters ? g_.out_channels : g_.batch;
  const index_t period = of_filters          ? g_.group_in_channels
                         : is(Pass::forward) ? g_.out_channels
                                             : g_.in_channels;
  projector_.start(WeightProducts{.outer = of_filters ? weights_.out : weights_.images,
                                  .inner = is(Pass::forward) ? weights_.out : weights_.in,
                                  .products = table_,
                                  .period = period,
                                  .outers_per_group = of_filters ? g_.group_out_channels : g_.batch,
                                  .count = outers * period},
                   outers * period);
}

void Projector::Work::clear(Word* words, index_t count) {
  if (count == 0) return;
  device_.fill(reinterpret_cast<std::byte*>(words), 0,
               static_cast<std::size_t>(count) * sizeof(Word));
}

/// A step that reads an operand. Elements that are no integers are counted in Answer::unreadable.
RowSums Projector::Work::reading(const std::byte* values) const {
  return {.values = values,
          .is_f64 = storage_of(problem_.precision) == Precision::f64,
          .reading = {.scale = 1, .limit = operand_limit(problem_.precision)},
          .impossible = &answer_->unreadable};
}

void Projector::Work::add(const RowSums& step) {
  const RowSums pieces = cut(step, projector_.tuning_);
  projector_.start(pieces, pieces.threads());
}

/// The left side of the identity, for the result or for the old result.
void Projector::Work::add_left(RowSums step, Word* sums) {
  step.weights = table_;
  step.sums = sums;
  step.length = positions_;
  step.rows = g_.batch * (is(Pass::forward) ? g_.out_channels : g_.in_channels);
  if (is(Pass::grad_weights)) {
    step.outers = step.groups = g_.groups;
    step.rows = g_.group_out_channels * g_.group_in_channels;
    step.length = taps_;
    step.outer_stride = step.rows * taps_;
  }
  step.row_stride = step.length;
  add(step);
}

Answer Projector::Work::downloaded() const {
  Answer answer;
  device_.download(reinterpret_cast<std::byte*>(&answer),
                   reinterpret_cast<const std::byte*>(answer_), sizeof(answer));
  return answer;
}

std::optional<Projected> Projector::Work::answer() {
  Projected projected;
  projected.positions = positions_;
  if (result_elements(problem_.spec, problem_.pass) == 0) return projected;
  if (!reserve()) return std::nullopt;
  send_weights();
  multiply_weights();
  add_right();
  const std::byte* const result = is(Pass::forward)      ? question_.output
                                  : is(Pass::grad_input) ? question_.input
                                                         : question_.filters;
  RowSums fresh = reading(result);
  fresh.reading = {.scale = power_of_two(question_.grid_digits), .limit = question_.limit};
  fresh.impossible = &answer_->impossible;
  fresh.marks = marks_;
  add_left(fresh, left_);
  if (problem_.beta != 0) add_left(reading(question_.old_result), old_);
  projector_.start(Comparison{.left = left_,
                              .right = right_,
                              .old = old_,
                              .marks = marks_,
                              .alpha = alpha_,
                              .beta = beta_,
                              .positions = positions_,
                              .answer = answer_},
                   positions_);
  const Answer found = downloaded();
  if (found.unreadable > 0) return std::nullopt;
  projected.failed_count = static_cast<index_t>(found.failed);
  projected.impossible_count = static_cast<index_t>(found.impossible);
  if (found.last > 0) projected.first_failed = positions_ - static_cast<index_t>(found.last);
  return projected;
}

}  // namespace convict::gpu::projection
