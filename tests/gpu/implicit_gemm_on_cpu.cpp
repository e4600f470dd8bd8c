// SPDX-License-Identifier: Apache-2.0
#include "tests/gpu/implicit_gemm_on_cpu.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cmath>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

#include "core/spec_text.hpp"
#include "reference/truth.hpp"
#include "tests/gpu/cuda_on_cpu.hpp"
// Has to be included after the definitions of CUDA keywords:
#include "gpu/implicit_gemm/kernel.cuh"
#include "gpu/implicit_gemm/launch.hpp"
#include "tests/plain_tensors.hpp"

namespace convict::implicit_gemm_on_cpu {

namespace {

Schedule current_schedule;

using namespace gpu::implicit_gemm;
using cuda_on_cpu::GuardedArray;
using Values = std::vector<double>;

using TinyF32 = Tile<float, 4, 4, 4, 2, 2, 2>;
using TinyF64 = Tile<double, 8, 4, 2, 4, 2, 2>;
using TinyLowF32 = Tile<float, 2, 4, 2, 2, 1, 1>;
using TinyLowF64 = Tile<double, 4, 8, 4, 2, 2, 2>;

Fault current_fault;

template <class Product>
Product with_faulty_sum(Product product) {
  using Index = decltype(product.splits);
  if (current_fault.splits_to_add)
    product.splits = static_cast<Index>(current_fault.splits_to_add(product.splits));
  return product;
}

template <class F32, class F64>
void launch_on_cpu(const Step& planned, const Call& right) {
  Step step = planned;
  Call call = right;
  if (current_fault.step) current_fault.step(step, call);
  start_step<F32, F64>(
      step, call, [](const Grid& grid, auto kernel, const auto& product, const auto& operands) {
        const bool adds_splits = grid.shared_bytes == 0;
        const auto given = adds_splits ? with_faulty_sum(product) : product;
        run_on_cpu(grid, [&] { kernel(given, operands); });
      });
}

/// A tensor's memory: `values` in its elements, NaN in its gaps.
template <class T, std::size_t Rank>
class Stored {
 public:
  Stored(const Shape<Rank>& shape, const Values& values)
      : shape_(shape), memory_(static_cast<std::size_t>(shape.span())) {
    std::size_t at = 0;
    for_each_index(shape_,
                   [&](const auto& index) { (*this)[index] = static_cast<T>(values[at++]); });
  }
  T* data() const { return memory_.data(); }
  /// Returns the elements in row-major order and sets them to NaN.
  Values take() {
    Values values;
    for_each_index(shape_, [&](const auto& index) {
      values.push_back((*this)[index]);
      (*this)[index] = std::numeric_limits<T>::quiet_NaN();
    });
    return values;
  }
  /// Called after `take`: a write outside the memory, or a gap that is no longer NaN, or "".
  std::string damage() const {
    if (const std::string written_outside = memory_.written_outside(); !written_outside.empty())
      return written_outside;
    for (const T& gap : memory_)
      if (!std::isnan(gap)) return "wrote between the rows";
    return "";
  }

 private:
  T& operator[](const std::array<index_t, Rank>& index) {
    return memory_[static_cast<std::size_t>(shape_.offset(index))];
  }
  Shape<Rank> shape_;
  GuardedArray<T> memory_;
};

using Tensors = PlainTensors;

template <class Draw>
Tensors tensors_of(const ConvSpec& spec, Draw draw) {
  const auto drawn = [&](index_t count) {
    Values values(static_cast<std::size_t>(count));
    for (double& value : values) value = draw();
    return values;
  };
  return {drawn(input_elements(spec)), drawn(filter_elements(spec)), drawn(output_elements(spec))};
}

Values truth_of(const Case& c, Tensors tensors) {
  return plain_truth(c.spec, c.pass, c.alpha, c.beta, std::move(tensors));
}

/// The three tensors after a run, and an error if memory outside their elements was written.
struct Outcome {
  Tensors tensors;
  std::string damage;
};

template <class T>
Outcome run(const Kernel& kernel, const Problem& problem, const Tensors& tensors) {
  Stored<T, 5> input(problem.shapes.input, tensors.input);
  Stored<T, 8> filters(problem.shapes.filters, tensors.filters);
  Stored<T, 5> output(problem.shapes.output, tensors.output);
  const std::size_t bytes = workspace_bytes(kernel, problem);
  const GuardedArray<T> workspace(bytes / sizeof(T));
  const auto plan = kernel.plan(problem);
  kernel.run(problem, {.input = input.data(),
                       .filters = filters.data(),
                       .output = output.data(),
                       .workspace = workspace.data(),
                       .workspace_bytes = bytes,
                       .plan = plan.get()});
  Outcome outcome{{input.take(), filters.take(), output.take()}, workspace.written_outside()};
  for (const std::string& damage : {input.damage(), filters.damage(), output.damage()})
    if (!damage.empty()) outcome.damage = damage;
  return outcome;
}

Outcome run(const Engine& engine, const Case& c, const Tensors& tensors) {
  const Kernel kernel = entry(engine);
  const Problem problem = problem_of(c);
  if (const auto why = refusal(kernel, problem)) throw std::logic_error(*why);
  return c.precision == Precision::f64 ? run<double>(kernel, problem, tensors)
                                       : run<float>(kernel, problem, tensors);
}

/// Zeros in pages that are allocated on first access; null when the address space is too small.
class SparseMemory {
 public:
  explicit SparseMemory(std::size_t bytes)
      : bytes_(bytes),
        memory_(mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {}
  ~SparseMemory() {
    if (data() != nullptr) munmap(memory_, bytes_);
  }
  SparseMemory(const SparseMemory&) = delete;
  SparseMemory& operator=(const SparseMemory&) = delete;
  float* data() const { return memory_ == MAP_FAILED ? nullptr : static_cast<float*>(memory_); }

 private:
  std::size_t bytes_;
  void* memory_;
};

std::string first_difference(const Values& found, const Values& expected) {
  for (std::size_t at = 0; at < expected.size(); ++at)
    if (!(found[at] == expected[at]))
      return fmt::format("element {}: {} instead of {}", at, found[at], expected[at]);
  return "";
}

}  // namespace

void use(const Schedule& schedule) { current_schedule = schedule; }
void run_on_cpu(const Grid& grid, const std::function<void()>& kernel) {
  cuda_on_cpu::launch({.grid = grid.blocks,
                       .block = grid.threads,
                       .shared_bytes = grid.shared_bytes,
                       .seed = current_schedule.seed,
                       .preempt_one_in = current_schedule.preempt_one_in},
                      kernel);
}
void plant(const Fault& fault) { current_fault = fault; }

Engine tiny_engine() {
  Engine engine{.f32 = tilings_of<TinyF32, TinyLowF32>(),
                .f64 = tilings_of<TinyF64, TinyLowF64>(),
                .launch = launch_on_cpu<Tiles<TinyF32, TinyLowF32>, Tiles<TinyF64, TinyLowF64>>,
                .absent = nullptr};
  for (Tuning* tuning : {&engine.f32.usual, &engine.f32.low, &engine.f64.usual, &engine.f64.low}) {
    tuning->wanted_blocks = 12;
    tuning->least_split_depth = 5;
    tuning->most_blocks = 7;
  }
  return engine;
}

Engine real_engine() {
  return {.f32 = tilings_of<F32Tile, F32LowTile>(),
          .f64 = tilings_of<F64Tile, F64LowTile>(),
          .launch = launch_on_cpu<Tiles<F32Tile, F32LowTile>, Tiles<F64Tile, F64LowTile>>,
          .absent = nullptr};
}

Problem problem_of(const Case& c) {
  return {.spec = c.spec,
          .pass = c.pass,
          .precision = c.precision,
          .alpha = c.alpha,
          .beta = c.beta,
          .shapes = shapes_of(c.spec, c.layout, c.pitch, c.steps)};
}

std::string difference(const Engine& engine, const Case& c) {
  std::mt19937 random(7);
  Tensors tensors = tensors_of(c.spec, [&] { return static_cast<double>(random() % 9) - 4; });
  const Values expected = truth_of(c, tensors);
  Tensors given = tensors;
  if (c.beta == 0)
    for (double& old : given.written(c.pass)) old = std::numeric_limits<double>::quiet_NaN();

  Outcome outcome = run(engine, c, given);

  if (!outcome.damage.empty()) return outcome.damage;
  const Values result = std::exchange(outcome.tensors.written(c.pass), {});
  tensors.written(c.pass).clear();
  for (const auto member : {&Tensors::input, &Tensors::filters, &Tensors::output})
    if (outcome.tensors.*member != tensors.*member) return "changed an operand";
  return first_difference(result, expected);
}

std::optional<std::string> difference_far_apart(const Engine& engine) {
  const Case c{.spec = parse_valid_spec("n3_c2_i5_k2_f2_d2_p1"), .pitch = index_t{1} << 31};
  const Problem problem = problem_of(c);
  const auto bytes = [](const auto& shape) {
    return static_cast<std::size_t>(shape.span()) * sizeof(float);
  };
  const SparseMemory input(bytes(problem.shapes.input)), output(bytes(problem.shapes.output));
  if (input.data() == nullptr || output.data() == nullptr) return std::nullopt;
  int next = 0;
  const Tensors tensors = tensors_of(c.spec, [&] { return (next++ * 5) % 9 - 4; });
  std::size_t at = 0;
  for_each_index(problem.shapes.input, [&](const auto& index) {
    input.data()[problem.shapes.input.offset(index)] = static_cast<float>(tensors.input[at++]);
  });
  Stored<float, 8> filters(problem.shapes.filters, tensors.filters);
  const Kernel kernel = entry(engine);
  const auto plan = kernel.plan(problem);

  kernel.run(problem, {.input = input.data(),
                       .filters = filters.data(),
                       .output = output.data(),
                       .plan = plan.get()});

  Values found;
  for_each_index(problem.shapes.output, [&](const auto& index) {
    found.push_back(output.data()[problem.shapes.output.offset(index)]);
  });
  return first_difference(found, truth_of(c, tensors));
}

std::vector<Case> varied_cases() {
  std::vector<Case> cases;
  for (const char* text : {"n2_c4_i7x6_k6_f3x2_s2x1_d1x2_p1:0x2:1_g2_flip",
                           "n3_c3_i5x4x6_k5_f2x3x1_s1x2x3_d2x1x1_p1x2:0x0:1",
                           "n2_c6_i19_k3_f5_s3_d2_p4:1_g3", "n1_c5_i6x6_k7_f3x3_d2x1_p3:2x0:1"})
    for (const Pass pass : {Pass::forward, Pass::grad_input, Pass::grad_weights})
      for (const Precision precision : {Precision::f32, Precision::f64})
        for (const Layout layout : {Layout::nchw, Layout::nhwc}) {
          Case c{.spec = parse_valid_spec(text), .pass = pass, .precision = precision};
          c.layout = layout;
          c.pitch = layout == Layout::nchw ? 1 : 0;
          cases.push_back(c);
          c.alpha = -2;
          c.beta = 0.5;
          cases.push_back(c);
        }
  return cases;
}

std::string result_bits(const Engine& engine, const Case& c, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> real(-1, 1);
  Outcome outcome = run(engine, c, tensors_of(c.spec, [&] { return real(random); }));
  const Values& result = outcome.tensors.written(c.pass);
  return {reinterpret_cast<const char*>(result.data()), result.size() * sizeof(double)};
}

}  // namespace convict::implicit_gemm_on_cpu
