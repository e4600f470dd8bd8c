// SPDX-License-Identifier: Apache-2.0
// Faults in splitting work over threads. Races are simulated deterministically by one thread, but
// for one that is real.
#include <algorithm>
#include <atomic>
#include <thread>

#include "mutants/tables.hpp"

namespace convict::mutants {
namespace {

/// Every thread takes elements div threads; the remainder is not written.
constexpr Hooks drops_threads_remainder{
    .leaves = [](const Call& call, const ResultElement& element) {
      const index_t threads = call.problem.threads;
      return element.count >= threads && element.number >= element.count / threads * threads;
    }};

constexpr Hooks needs_work_for_all{.leaves = [](const Call& call, const ResultElement& element) {
  return element.count < call.problem.threads;
}};

/// Two threads add to the same gradient; the first update of the last image is lost.
constexpr Hooks loses_an_update{.times = [](const Call& call, const Product& product) {
  const bool raced = call.problem.pass == Pass::grad_weights && call.problem.threads > 1 &&
                     call.g.batch > 1 && product.x[0] == call.g.batch - 1;
  return raced && product.y[2] + product.y[3] + product.y[4] == 0 ? 0 : 1;
}};

/// The second thread drops the first column of its first output row.
constexpr Hooks forgets_chunk_start{.times = [](const Call& call, const Product& product) {
  const index_t threads = call.problem.threads;
  const index_t rows = call.g.output[1];
  const bool starts = threads > 1 && rows >= threads && product.y[3] == rows / threads;
  return starts && product.y[4] == 0 ? 0 : 1;
}};

constexpr Hooks one_sum_a_thread{
    .parts = [](const Problem& problem) { return index_t{problem.threads}; }};
/// The check thread_counts uses its own thread counts, two and three among them, not the trial's.
bool depends_on_threads(const Trial& trial) {
  constexpr Hooks three{.parts = [](const Problem&) { return index_t{3}; }};
  constexpr Hooks two{.parts = [](const Problem&) { return index_t{2}; }};
  return changes_bits(trial, one_sum_a_thread) || changes_bits(trial, two) ||
         changes_bits(trial, three);
}

constexpr Hooks two_sums{.parts = [](const Problem&) { return index_t{2}; }};
void alternates_order(const Problem& problem, const Buffers& buffers) {
  static thread_local bool odd = false;
  odd = !odd;
  convolve(problem, buffers, odd ? Hooks{} : two_sums);
}

/// Every thread adds the products of its own images to the one gradient, without a lock: an update
/// between the read and the write of another is lost. Relaxed atomic reads and writes make that the
/// only fault, not undefined behaviour.
void adds_without_a_lock(const Problem& problem, const Buffers& buffers) {
  const auto threads = static_cast<index_t>(std::clamp(problem.threads, 1, 8));
  if (problem.pass != Pass::grad_weights || threads < 2 || problem.spec.batch < 2)
    return convolve(problem, buffers);
  const Call call{problem, geometry_of(problem.spec)};
  const TensorShapes& shapes = problem.shapes;
  std::vector<std::atomic<double>> sums(static_cast<std::size_t>(result_span(problem)));
  const auto add_images = [&](index_t thread) {
    for_each_product(call, {}, [&](const Product& product) {
      if (product.x[0] % threads != thread) return true;
      auto& sum = sums[static_cast<std::size_t>(shapes.filters.offset(product.w))];
      const double before = sum.load(std::memory_order_relaxed);
      const double x = load(buffers.input, problem.precision, shapes.input.offset(product.x));
      const double y = load(buffers.output, problem.precision, shapes.output.offset(product.y));
      sum.store(before + x * y, std::memory_order_relaxed);
      return true;
    });
  };
  {
    std::vector<std::jthread> running;
    for (index_t thread = 1; thread < threads; ++thread) running.emplace_back(add_images, thread);
    add_images(0);
  }
  for_each_index(shapes.filters, [&](const std::array<index_t, 8>& at) {
    const index_t offset = shapes.filters.offset(at);
    const double old = problem.beta != 0 ? load(buffers.filters, problem.precision, offset) : 0.0;
    const double sum = sums[static_cast<std::size_t>(offset)].load(std::memory_order_relaxed);
    store(buffers.filters, problem.precision, offset, right_combine(problem, sum, old));
  });
}
bool sums_over_images(const Trial& trial) {
  return trial.pass == Pass::grad_weights && trial.spec.batch > 1 && has_products(trial);
}
/// The threads add in an order of their own.
Mutant without_claimed_order(Mutant made) {
  made.kernel.claims.deterministic = false;
  return made;
}

}  // namespace

std::vector<Mutant> thread_mutants() {
  return {
      mutant<drops_threads_remainder>(
          {"drops_threads_remainder", "does not write the remainder of elements div threads",
           "RACE", "memory safety", "n2_c3_i6x7_k5_f3x2/forward/f32/threads=7"},
          changes_bits<drops_threads_remainder>),
      mutant<needs_work_for_all>(
          {"needs_work_for_all", "writes nothing where threads outnumber elements", "RACE",
           "memory safety", "c1_i1x5_k1_f1x2_s1x3/forward/f32/threads=3"},
          changes_bits<needs_work_for_all>),
      mutant<loses_an_update>({"loses_an_update",
                               "loses one update of the filter gradient in a race of two threads",
                               "RACE", "exact", "n2_c2_i6x7_k3_f3x3/grad_weights/f32/threads=2"}),
      mutant<forgets_chunk_start>({"forgets_chunk_start",
                                   "the second thread starts one column late", "RACE", "exact",
                                   "c3_i6x7_k5_f3x2/forward/f32/threads=2"}),
      mutant<one_sum_a_thread>(
          {"one_sum_a_thread",
           "result bits depend on the thread count but are claimed deterministic", "RACE",
           "thread_counts", "n2_c3_i6x7_k5_f3x2/forward/f32/fill=flat,check=thread_counts"},
          depends_on_threads),
      mutant(
          {"alternates_order", "sums in another order in every second call but claims determinism",
           "RACE", "memory safety", "n2_c3_i6x7_k5_f3x2/forward/f32/fill=flat"},
          alternates_order, changes_bits<two_sums>),
  };
}

const Mutant& racing_mutant() {
  static const Mutant racing = without_claimed_order(
      mutant({"adds_without_a_lock", "its threads add to one filter gradient without a lock",
              "RACE", "exact", "n16_c2_i20x20_k2_f3x3/grad_weights/f32/threads=4,disturb=2"},
             adds_without_a_lock, sums_over_images));
  return racing;
}

}  // namespace convict::mutants
