// SPDX-License-Identifier: Apache-2.0
// Memory safety: out-of-bounds accesses, changed operands, unwritten results, uninitialized memory.
#include <algorithm>
#include <cstring>

#include "mutants/tables.hpp"

namespace convict::mutants {
namespace {

std::byte* bytes(void* tensor) { return static_cast<std::byte*>(tensor); }
std::size_t element_bytes(const Problem& problem) {
  return static_cast<std::size_t>(bytes_of(problem.precision));
}
std::byte* end_of_result(const Problem& problem, const Buffers& buffers) {
  return bytes(result_of(problem, buffers)) +
         static_cast<std::size_t>(result_span(problem)) * element_bytes(problem);
}

void writes_past_end(const Problem& problem, const Buffers& buffers) {
  convolve(problem, buffers);
  std::memset(end_of_result(problem, buffers), 0, element_bytes(problem));
}

void writes_before_start(const Problem& problem, const Buffers& buffers) {
  convolve(problem, buffers);
  std::memset(bytes(result_of(problem, buffers)) - element_bytes(problem), 0,
              element_bytes(problem));
}

/// Writes the result in whole vectors of four elements.
void writes_whole_vectors(const Problem& problem, const Buffers& buffers) {
  convolve(problem, buffers);
  const auto behind = static_cast<std::size_t>((4 - result_span(problem) % 4) % 4);
  std::memset(end_of_result(problem, buffers), 0, behind * element_bytes(problem));
}
index_t span_of_result(const Trial& trial) {
  const TensorShapes shapes = problem_of(trial).shapes;
  switch (trial.pass) {
    case Pass::forward: return shapes.output.span();
    case Pass::grad_input: return shapes.input.span();
    case Pass::grad_weights: return shapes.filters.span();
  }
  return 0;
}
bool has_partial_vector(const Trial& trial) {
  return is_valid(trial) && span_of_result(trial) % 4 != 0;
}

/// Clears the result with one memset, including the gaps between its rows.
void clears_gaps(const Problem& problem, const Buffers& buffers) {
  if (problem.beta == 0)
    std::memset(result_of(problem, buffers), 0,
                static_cast<std::size_t>(result_span(problem)) * element_bytes(problem));
  convolve(problem, buffers);
}
bool has_gaps(const Trial& trial) {
  return has_result(trial) && trial.recipe.beta == 0 &&
         span_of_result(trial) > result_elements(trial);
}

void* first_operand(const Problem& problem, const Buffers& buffers) {
  return problem.pass == Pass::grad_input ? buffers.output : buffers.input;
}
index_t first_operand_elements(const Trial& trial) {
  if (!is_valid(trial)) return 0;
  return trial.pass == Pass::grad_input ? output_elements(trial.spec) : input_elements(trial.spec);
}

/// Changes the sign of an operand's first element and does not restore it.
void modifies_operand(const Problem& problem, const Buffers& buffers) {
  convolve(problem, buffers);
  const TensorShapes& shapes = problem.shapes;
  const auto& shape = problem.pass == Pass::grad_input ? shapes.output : shapes.input;
  if (shape.elements() == 0) return;
  // The sign is in the last byte of every format (the formats are little-endian here).
  bytes(first_operand(problem, buffers))[element_bytes(problem) - 1] ^= std::byte{0x80};
}
bool has_operand(const Trial& trial) { return first_operand_elements(trial) > 0; }

/// Loads a whole vector at the operand's end and masks the elements behind it by multiplying them
/// by zero, which is wrong for NaN.
void masks_by_zero(const Problem& problem, const Buffers& buffers) {
  convolve(problem, buffers);
  const TensorShapes& shapes = problem.shapes;
  const index_t span =
      problem.pass == Pass::grad_input ? shapes.output.span() : shapes.input.span();
  const index_t last = result_span(problem) - 1;
  if (span == 0 || last < 0) return;
  const double behind = load(first_operand(problem, buffers), problem.precision, span);
  void* const result = result_of(problem, buffers);
  store(result, problem.precision, last, load(result, problem.precision, last) + 0 * behind);
}
bool has_operand_and_result(const Trial& trial) { return has_operand(trial) && has_result(trial); }

constexpr Hooks leaves_last_element{.leaves = [](const Call&, const ResultElement& element) {
  return element.number == element.count - 1;
}};
constexpr Hooks leaves_empty_sums{
    .leaves = [](const Call&, const ResultElement& element) { return element.products == 0; }};
constexpr Hooks leaves_last_image{.leaves = [](const Call& call, const ResultElement& element) {
  const bool by_image = call.problem.pass != Pass::grad_weights;
  return by_image && element.index[0] > 0 && element.index[0] == call.g.batch - 1;
}};

/// A workspace of one double per element of the result.
std::size_t scratch_bytes(const Problem& problem) {
  return static_cast<std::size_t>(result_span(problem)) * sizeof(double);
}
void assumes_zero_workspace(const Problem& problem, const Buffers& buffers) {
  convolve(problem, buffers);
  void* const result = result_of(problem, buffers);
  for (index_t at = 0; at < result_span(problem) && at < 1; ++at) {
    double scratch = 0;
    std::memcpy(&scratch, buffers.workspace, sizeof scratch);
    scratch += load(result, problem.precision, at);
    store(result, problem.precision, at, scratch);
  }
}

void overruns_workspace(const Problem& problem, const Buffers& buffers) {
  if (buffers.workspace_bytes > 0)
    std::memset(buffers.workspace, 0, buffers.workspace_bytes + sizeof(double));
  convolve(problem, buffers);
}

/// Requests eight bytes of workspace, but uses eight bytes per thread.
void one_threads_workspace(const Problem& problem, const Buffers& buffers) {
  const index_t threads = std::min<index_t>(problem.threads, 8);
  std::memset(buffers.workspace, 0, static_cast<std::size_t>(threads) * sizeof(double));
  convolve(problem, buffers);
}
bool has_threads(const Trial& trial) { return is_valid(trial) && trial.recipe.threads > 1; }

/// Requests workspace for one image (eight bytes), but uses that of two if there are several
/// images.
void one_images_workspace(const Problem& problem, const Buffers& buffers) {
  const bool several = problem.spec.batch > 1;
  std::memset(buffers.workspace, 0, several ? 2 * sizeof(double) : sizeof(double));
  convolve(problem, buffers);
}
bool has_images(const Trial& trial) { return is_valid(trial) && trial.spec.batch > 1; }

/// A cache without a limit. What it takes is only counted: the audit calls it thousands of times.
thread_local std::size_t kept_bytes = 0;
void keeps_every_call(const Problem& problem, const Buffers& buffers) {
  constexpr std::size_t each = 64 * 1024;
  kept_bytes += each;
  convolve(problem, buffers);
}
Mutant with_memory(Mutant mutant, std::size_t (*memory)()) {
  mutant.memory = memory;
  return mutant;
}

Mutant with_workspace(const Words& words, Run run, bool (*triggered)(const Trial&),
                      std::size_t (*size)(const Problem&)) {
  Mutant made = mutant(words, run, triggered);
  made.kernel.workspace_bytes = size;
  return made;
}
std::size_t eight_bytes(const Problem&) { return sizeof(double); }

constexpr auto plain = "n2_c3_i6x7_k5_f3x2/forward/f32";

}  // namespace

std::vector<Mutant> memory_mutants() {
  return {
      mutant({"writes_past_end", "writes one element behind its result", "MEMORY", "memory safety",
              plain},
             writes_past_end, is_valid),
      mutant({"writes_before_start", "writes one element before its result", "MEMORY",
              "memory safety", "c2_i5x6_k3_f3x3/grad_weights/f16"},
             writes_before_start, is_valid),
      mutant({"writes_whole_vectors", "writes its result in whole vectors of four", "TAIL",
              "memory safety", "c3_i5x5_k3_f3x3/forward/f32"},
             writes_whole_vectors, has_partial_vector),
      mutant({"clears_gaps", "clears the gaps between its result's rows", "LAYOUT", "memory safety",
              "n2_c3_i6x7_k5_f3x2/forward/f32/pitch=3"},
             clears_gaps, has_gaps),
      mutant({"modifies_operand", "changes the first operand's first element", "MEMORY",
              "memory safety", plain},
             modifies_operand, has_operand),
      mutant({"masks_by_zero", "reads the element behind its operand and multiplies it by zero",
              "UNINIT", "memory safety", plain},
             masks_by_zero, has_operand_and_result),
      mutant<leaves_last_element>({"leaves_last_element", "writes all but the last element",
                                   "UNINIT", "memory safety", plain},
                                  changes_bits<leaves_last_element>),
      mutant<leaves_empty_sums>(
          {"leaves_empty_sums", "writes only elements that get a product, assuming zeroed memory",
           "UNINIT", "memory safety", "c2_i4x5_k3_f3x3_p3x4/forward/f32"},
          changes_bits<leaves_empty_sums>),
      mutant<leaves_last_image>({"leaves_last_image", "writes all but the last of several images",
                                 "UNINIT", "memory safety", plain},
                                changes_bits<leaves_last_image>),
      with_workspace({"assumes_zero_workspace", "accumulates in a workspace that it never clears",
                      "WS", "memory safety", plain},
                     assumes_zero_workspace, has_result, scratch_bytes),
      with_workspace({"overruns_workspace", "clears eight bytes more than its workspace has", "WS",
                      "memory safety", plain},
                     overruns_workspace, has_result, scratch_bytes),
      with_workspace({"one_threads_workspace",
                      "requests workspace for one thread but uses that of all threads", "WS",
                      "memory safety", "n2_c3_i6x7_k5_f3x2/forward/f32/threads=3"},
                     one_threads_workspace, has_threads, eight_bytes),
      with_workspace(
          {"one_images_workspace", "requests workspace for one image but uses that of two", "WS",
           "memory safety", plain},
          one_images_workspace, has_images, eight_bytes),
      with_memory(mutant({"keeps_every_call", "keeps 64 KiB of memory for each call", "MEMORY",
                          "leak", "n2_c3_i6x7_k5_f3x2/forward/f32/check=leak"},
                         keeps_every_call, is_valid),
                  [] { return kept_bytes; }),
  };
}

}  // namespace convict::mutants
