#include "gpu/projection/projection.hpp"

#include <algorithm>
#include <cmath>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "core/errors.hpp"

namespace convict::gpu::projection {
namespace {

constexpr double largest_integer = 0x1p51;  // that the kernels convert

/// What an operand may be: as the host's projection has it, so that both refuse the same ones.
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

bool takes(const ProjectionQuestion& question) {
  const Problem& problem = question.problem;
  const Precision storage = storage_of(problem.precision);
  return !problem.spec.unshared && is_dense_nchw(problem) &&
         (storage == Precision::f32 || storage == Precision::f64) &&
         (problem.beta == 0 || question.old_result != nullptr ||
          result_elements(problem.spec, problem.pass) == 0);
}

}  // namespace

RowSums cut(RowSums step, const Tuning& tuning) {
  if (step.outers == 0 || step.rows == 0 || step.length == 0) {
    step.chunks = 0;
    return step;
  }
  step.fold = std::clamp<index_t>(ceil_div(tuning.coalesced, step.length), 1, step.rows);
  const index_t folded = ceil_div(step.rows, step.fold);
  const index_t lanes = step.outers * step.fold * step.length;
  const index_t most = ceil_div(folded, tuning.least_rows);
  const index_t chunks = std::clamp<index_t>(tuning.wanted_threads / lanes, 1, most);
  step.chunk_rows = ceil_div(folded, chunks) * step.fold;
  step.chunks = ceil_div(step.rows, step.chunk_rows);
  return step;
}

Meeting cut(Meeting step, const Tuning& tuning) {
  if (step.positions == 0 || step.sites == 0 || step.depth == 0) {
    step.site_chunks = 0;
    return step;
  }
  step.site_chunks = std::clamp<index_t>(tuning.wanted_threads / step.positions, 1, step.sites);
  step.depth_chunks = std::clamp<index_t>(
      tuning.wanted_threads / (step.positions * step.site_chunks), 1, step.depth);
  return step;
}

/// One question: which steps answer it, in memory that Projector keeps.
class Projector::Work {
 public:
  Work(Projector& projector, const ProjectionQuestion& question);

  /// Nothing when there is no memory, or an operand is no integer.
  std::optional<Projected> answer();

 private:
  struct Weights {
    const Word *images, *in, *out;
  };

  bool is(Pass pass) const { return problem_.pass == pass; }
  bool reserve();
  void send_weights();
  void multiply(const Word* outer, const Word* inner, index_t period, index_t outers_per_group,
                index_t count);
  void clear(Word* words, index_t count);
  RowSums reading(const std::byte* values) const;
  void add(const RowSums& step);
  void add_left(RowSums step, Word* sums);
  void add_right();
  void project_filters();
  void meet_images();
  void meet_filters();
  Answer downloaded() const;

  Projector& projector_;
  Device& device_;
  const ProjectionQuestion& question_;
  const Problem& problem_;
  Geometry g_;
  index_t taps_, inputs_, outputs_, positions_;
  index_t planes_at_once_;  ///< channels, or images with all their groups
  Word alpha_, beta_;
  Weights weights_{};
  // In the device's memory:
  Word *lists_{}, *table_{}, *left_{}, *old_{}, *right_{}, *marks_{}, *filters_{}, *planes_{};
  Answer* answer_{};
};

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

/// Lays out the memory: what has to be zero at first lies together.
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

void Projector::Work::multiply(const Word* outer, const Word* inner, index_t period,
                               index_t outers_per_group, index_t count) {
  projector_.start(WeightProducts{.outer = outer,
                                  .inner = inner,
                                  .products = table_,
                                  .period = period,
                                  .outers_per_group = outers_per_group,
                                  .count = count},
                   count);
}

void Projector::Work::clear(Word* words, index_t count) {
  if (count == 0) return;
  device_.fill(reinterpret_cast<std::byte*>(words), 0,
               static_cast<std::size_t>(count) * sizeof(Word));
}

/// An operand, all of whose elements are integers, or the answer says how many are not.
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

/// The identity's left side, of the result or of the old one.
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

/// forward: sum_{k in g} r_k w[k,c,u] as (g,c,u); grad_input: sum_{c in g} s_c w[k,c,u] as (k,u)
void Projector::Work::project_filters() {
  RowSums step = reading(question_.filters);
  step.sums = filters_;
  step.groups = g_.groups;
  if (is(Pass::forward)) {
    step.weights = weights_.out;
    step.outers = g_.groups;
    step.rows = g_.group_out_channels;
    step.length = g_.group_in_channels * taps_;
  } else {
    step.weights = weights_.in;
    step.outers = g_.out_channels;
    step.outers_per_group = g_.group_out_channels;
    step.rows = g_.group_in_channels;
    step.length = taps_;
  }
  step.row_stride = step.length;
  step.outer_stride = step.rows * step.length;
  add(step);
}

/// A few channels at a time: images are summed up, then their planes meet the filters.
void Projector::Work::meet_images() {
  const bool forward = is(Pass::forward);
  const index_t channels = forward ? g_.in_channels : g_.out_channels;
  const index_t plane = forward ? inputs_ : outputs_;
  const index_t element = bytes_of(problem_.precision);
  project_filters();
  for (index_t first = 0; first < channels; first += planes_at_once_) {
    const index_t count = std::min(planes_at_once_, channels - first);
    clear(planes_, count * plane);
    RowSums images =
        reading((forward ? question_.input : question_.output) + first * plane * element);
    images.weights = weights_.images;
    images.sums = planes_;
    images.rows = g_.batch;
    images.length = count * plane;
    images.row_stride = channels * plane;
    add(images);
    const Meeting step = cut(Meeting{.geometry = g_,
                                     .pass = problem_.pass,
                                     .a = filters_ + first * taps_,
                                     .b = planes_,
                                     .sums = right_,
                                     .positions = positions_,
                                     .sites = taps_,
                                     .depth = count,
                                     .a_step = taps_,
                                     .b_step = plane},
                             projector_.tuning_);
    projector_.start(step, step.threads());
  }
}

/// A few images at a time: the channels of each group are summed up on both sides, then planes are
/// correlated.
void Projector::Work::meet_filters() {
  const index_t element = bytes_of(problem_.precision);
  const index_t in_step = g_.groups * inputs_, out_step = g_.groups * outputs_;
  Word* const inputs = planes_;
  Word* const outputs = planes_ + planes_at_once_ * in_step;
  for (index_t first = 0; first < g_.batch; first += planes_at_once_) {
    const index_t count = std::min(planes_at_once_, g_.batch - first);
    clear(planes_, planes_at_once_ * (in_step + out_step));
    const auto sum_channels = [&](const std::byte* values, const Word* weights, index_t channels,
                                  index_t plane, Word* sums) {
      const index_t group_channels = channels / g_.groups;
      RowSums step = reading(values + first * channels * plane * element);
      step.weights = weights;
      step.sums = sums;
      step.outers = count * g_.groups;
      step.groups = g_.groups;
      step.rows = group_channels;
      step.length = step.row_stride = plane;
      step.outer_stride = group_channels * plane;
      add(step);
    };
    sum_channels(question_.input, weights_.in, g_.in_channels, inputs_, inputs);
    sum_channels(question_.output, weights_.out, g_.out_channels, outputs_, outputs);
    const Meeting step = cut(Meeting{.geometry = g_,
                                     .pass = problem_.pass,
                                     .a = outputs,
                                     .b = inputs,
                                     .sums = right_,
                                     .positions = positions_,
                                     .sites = outputs_,
                                     .depth = count,
                                     .a_step = out_step,
                                     .b_step = in_step},
                             projector_.tuning_);
    projector_.start(step, step.threads());
  }
}

void Projector::Work::add_right() {
  if (is(Pass::forward))
    multiply(weights_.images, weights_.out, g_.out_channels, g_.batch, g_.batch * g_.out_channels);
  if (is(Pass::grad_input))
    multiply(weights_.images, weights_.in, g_.in_channels, g_.batch, g_.batch * g_.in_channels);
  if (is(Pass::grad_weights)) {
    multiply(weights_.out, weights_.in, g_.group_in_channels, g_.group_out_channels,
             g_.out_channels * g_.group_in_channels);
    return meet_filters();
  }
  meet_images();
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

Projector::~Projector() {
  if (memory_ != nullptr) device_.release(memory_);
}

Word* Projector::words(index_t count) {
  if (count > held_) {
    if (memory_ != nullptr) device_.release(std::exchange(memory_, nullptr));
    held_ = 0;
    try {
      memory_ = device_.allocate(static_cast<std::size_t>(count) * sizeof(Word));
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
    held_ = count;
  }
  return reinterpret_cast<Word*>(memory_);
}

void Projector::start(const Step& step, index_t work) {
  if (work == 0) return;
  const index_t blocks = std::min(ceil_div(work, index_t{tuning_.threads}), tuning_.most_blocks);
  launch_({.blocks = static_cast<unsigned>(blocks), .threads = tuning_.threads}, step,
          device_.stream());
}

std::optional<Projected> Projector::project(const ProjectionQuestion& question) {
  if (!takes(question)) return std::nullopt;
  return Work(*this, question).answer();
}

bool Projector::equal(const std::byte* a, const std::byte* b, std::size_t bytes) {
  if (bytes == 0) return true;
  Word* const differences = words(1);
  if (differences == nullptr) throw EnvironmentError("no memory for one word on the device");
  auto* const there = reinterpret_cast<std::byte*>(differences);
  device_.fill(there, 0, sizeof(Word));
  const auto count = static_cast<index_t>(bytes);
  start(EqualBytes{.a = reinterpret_cast<const unsigned char*>(a),
                   .b = reinterpret_cast<const unsigned char*>(b),
                   .bytes = count,
                   .differences = differences},
        ceil_div(count, 64));
  Word found = 1;
  device_.download(reinterpret_cast<std::byte*>(&found), there, sizeof(found));
  return found == 0;
}

}  // namespace convict::gpu::projection
