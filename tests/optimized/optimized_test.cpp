// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "core/errors.hpp"
#include "core/spec_text.hpp"
#include "optimized/blocks.hpp"
#include "optimized/gemm.hpp"
#include "optimized/im2col.hpp"
#include "optimized/kernels.hpp"
#include "optimized/parallel.hpp"
#include "reference/truth.hpp"

BOOST_AUTO_TEST_SUITE(optimized_test)

using namespace convict;

namespace {

using Values = std::vector<double>;
constexpr double unset = std::numeric_limits<double>::quiet_NaN();

/// The three tensors; the one the pass writes holds the old result.
struct Tensors {
  Values input, filters, output;
  Values& written(Pass pass) {
    if (pass == Pass::forward) return output;
    return pass == Pass::grad_input ? input : filters;
  }
};

struct Call {
  ConvSpec spec;
  Pass pass = Pass::forward;
  Tensors tensors;
  double alpha = 1;
  double beta = 0;
};

Problem problem_of(const Call& call, Precision precision, int threads) {
  return {.spec = call.spec,
          .pass = call.pass,
          .precision = precision,
          .alpha = call.alpha,
          .beta = call.beta,
          .threads = threads,
          .shapes = shapes_of(call.spec)};
}

const Kernel& kernel_for(const ConvSpec& spec) {
  const auto kernels = optimized::kernels();
  return spec.rank == 3 ? kernels[1] : kernels[0];
}

/// Memory that is aligned to one element only, between canary values.
template <class T>
class Guarded {
 public:
  explicit Guarded(std::size_t count) : memory_(count + 1 + guard) {
    std::ranges::fill(memory_, canary);
    std::fill_n(memory_.begin() + 1, count, std::numeric_limits<T>::quiet_NaN());
  }
  explicit Guarded(const Values& values) : Guarded(values.size()) {
    std::ranges::transform(values, memory_.begin() + 1,
                           [](double value) { return static_cast<T>(value); });
  }
  T* data() { return memory_.data() + 1; }
  bool intact() const {
    return memory_.front() == canary && std::all_of(memory_.end() - guard, memory_.end(),
                                                    [](T value) { return value == canary; });
  }
  std::vector<T> values() const { return {memory_.begin() + 1, memory_.end() - guard}; }

 private:
  static constexpr std::ptrdiff_t guard = 64;
  static constexpr T canary = T{-12345};
  std::vector<T> memory_;
};

/// The result of the kernel, with exactly the workspace that it asks for.
template <class T>
std::vector<T> run(const Call& call, Precision precision, int threads) {
  const Problem problem = problem_of(call, precision, threads);
  const Kernel& kernel = kernel_for(call.spec);
  if (const auto why = refusal(kernel, problem)) throw std::logic_error(*why);
  Guarded<T> input(call.tensors.input), filters(call.tensors.filters), output(call.tensors.output);
  const std::size_t bytes = workspace_bytes(kernel, problem);
  Guarded<T> workspace(bytes / sizeof(T));

  kernel.run(problem, {input.data(), filters.data(), output.data(), workspace.data(), bytes});

  if (!input.intact() || !filters.intact() || !output.intact() || !workspace.intact())
    throw std::logic_error("wrote outside its buffers");
  const auto same = [](const std::vector<T>& now, const Values& before) {
    return std::ranges::equal(now, before, [](T a, double b) { return a == static_cast<T>(b); });
  };
  if ((call.pass != Pass::grad_input && !same(input.values(), call.tensors.input)) ||
      (call.pass != Pass::grad_weights && !same(filters.values(), call.tensors.filters)) ||
      (call.pass != Pass::forward && !same(output.values(), call.tensors.output)))
    throw std::logic_error("changed an operand");
  if (call.pass == Pass::forward) return output.values();
  return call.pass == Pass::grad_input ? input.values() : filters.values();
}

Values run_f64(const Call& call) { return run<double>(call, Precision::f64, 2); }

Values truth_of(Call call) {
  Values old = std::exchange(call.tensors.written(call.pass), {});
  if (call.beta == 0) old.clear();
  const reference::Question question{
      call.spec,           call.pass,  call.tensors.input, call.tensors.filters,
      call.tensors.output, call.alpha, call.beta,          old};
  return reference::truth(question, reference::Width::f64).value;
}

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : bits_(seed) {}
  index_t between(index_t least, index_t most) {
    return least + static_cast<index_t>(bits_() % static_cast<std::uint64_t>(most - least + 1));
  }
  bool one_in(index_t n) { return between(1, n) == 1; }
  Values integers(index_t count) {
    Values values(static_cast<std::size_t>(count));
    for (double& value : values) value = static_cast<double>(between(1, 4) * (one_in(2) ? 1 : -1));
    return values;
  }

 private:
  std::mt19937_64 bits_;
};

Tensors random_tensors(const ConvSpec& spec, Dice& dice) {
  return {dice.integers(input_elements(spec)), dice.integers(filter_elements(spec)),
          dice.integers(output_elements(spec))};
}

/// An axis of a few positions; wide axes reach beyond a block of columns.
void roll_axis(ConvSpec& spec, std::size_t a, Dice& dice) {
  spec.filter[a] = dice.one_in(3) ? 1 : dice.between(1, 4);
  spec.stride[a] = dice.one_in(2) ? 1 : dice.between(1, 4);
  spec.dilation[a] = dice.one_in(2) ? 1 : dice.between(1, 3);
  spec.padding[a] =
      dice.one_in(2) ? SidePadding{} : SidePadding{dice.between(0, 4), dice.between(0, 4)};
  spec.input[a] = dice.between(0, spec.rank == 3 ? 6 : 11);
  if (dice.one_in(12)) spec.input[a] = dice.between(20, spec.rank == 1 ? 1500 : 40);
}

ConvSpec roll(Dice& dice) {
  ConvSpec spec;
  spec.rank = static_cast<int>(dice.between(1, 3));
  spec.batch = dice.one_in(15) ? 0 : dice.between(1, 5);
  spec.groups = dice.one_in(2) ? 1 : dice.between(1, 4);
  spec.in_channels = spec.groups * dice.between(dice.one_in(8) ? 0 : 1, 4);
  spec.out_channels = spec.groups * dice.between(dice.one_in(8) ? 0 : 1, 5);
  for (std::size_t a = 0; a < static_cast<std::size_t>(spec.rank); ++a) roll_axis(spec, a, dice);
  if (dice.one_in(6)) {
    spec.padding = {};
    spec.border = std::array{BorderMode::valid, BorderMode::half,
                             BorderMode::full}[static_cast<std::size_t>(dice.between(0, 2))];
  }
  if (dice.one_in(8)) spec.filter = spec.stride = Axes{1, 1, 1}, spec.padding = {};
  if (dice.one_in(10)) spec.in_channels = spec.groups * dice.between(60, 130);
  if (dice.one_in(10)) spec.out_channels = spec.groups * dice.between(60, 130);
  spec.flip = dice.one_in(2);
  spec.unshared = spec.rank < 3 && dice.one_in(4);
  return spec;
}

/// True for problems that are small enough for the reference, and for exact sums in f32.
bool affordable(const ConvSpec& spec) {
  return !why_invalid(spec) && flops(spec) < 200'000 && filter_elements(spec) < 20'000;
}

ConvSpec random_spec(Dice& dice) {
  for (;;)
    if (const ConvSpec spec = roll(dice); affordable(spec)) return spec;
}

template <class T>
bool equal(const std::vector<T>& subject, const Values& truth) {
  return std::ranges::equal(subject, truth,
                            [](T a, double b) { return static_cast<double>(a) == b; });
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

Call random_call(const ConvSpec& spec, Pass pass, Dice& dice) {
  Call call{spec, pass, random_tensors(spec, dice)};
  if (dice.one_in(2)) {
    call.alpha = static_cast<double>(dice.between(-3, 3)) / 2;
    call.beta = static_cast<double>(dice.between(-2, 2)) / 2;
  }
  if (call.beta == 0) std::ranges::fill(call.tensors.written(pass), unset);
  return call;
}

void check_against_truth(const Call& call) {
  const std::string name = fmt::format("{} {} alpha {} beta {}", to_string(call.spec),
                                       name_of(call.pass), call.alpha, call.beta);
  BOOST_TEST_CONTEXT(name) {
    const Values truth = truth_of(call);
    BOOST_TEST(equal(run<float>(call, Precision::f32, 2), truth));
    BOOST_TEST(equal(run<double>(call, Precision::f64, 2), truth));
  }
}

void check_all_passes(std::string_view text, Dice& dice) {
  for (const Pass pass : all_passes)
    check_against_truth(random_call(parse_valid_spec(text), pass, dice));
}

Call ask(std::string_view text, Pass pass, Tensors tensors) {
  Call call{parse_valid_spec(text), pass, std::move(tensors)};
  Values& written = call.tensors.written(pass);
  if (written.empty())
    written.assign(
        static_cast<std::size_t>(pass == Pass::forward      ? output_elements(call.spec)
                                 : pass == Pass::grad_input ? input_elements(call.spec)
                                                            : filter_elements(call.spec)),
        unset);
  return call;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(numbers_worked_by_hand)

BOOST_AUTO_TEST_CASE(forward_correlates) {
  const auto y = run_f64(
      ask("c1_i3x3_k1_f2x2", Pass::forward, {{1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 10, 100, 1000}, {}}));

  BOOST_TEST(y == (Values{5421, 6532, 8754, 9865}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(flip_reverses_the_taps) {
  const auto y = run_f64(ask("c1_i3x3_k1_f2x2_flip", Pass::forward,
                             {{1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 10, 100, 1000}, {}}));

  BOOST_TEST(y == (Values{1245, 2356, 4578, 5689}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(stride_dilation_and_asymmetric_padding_choose_the_positions) {
  // Padded to 0 0 1 2 3 4 5 0, taps two apart, every third position: {0, 1} and {2, 4}.
  const auto y =
      run_f64(ask("c1_i5_k1_f2_s3_d2_p2:1", Pass::forward, {{1, 2, 3, 4, 5}, {1, 10}, {}}));

  BOOST_TEST(y == (Values{10, 42}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_depthwise_multiplier_is_interleaved) {
  const auto y =
      run_f64(ask("c2_i2_k4_f1_g2", Pass::forward, {{1, 2, 3, 4}, {1, 10, 100, 1000}, {}}));

  BOOST_TEST(y == (Values{1, 2, 10, 20, 300, 400, 3000, 4000}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(unshared_filters_differ_at_every_position) {
  const auto y =
      run_f64(ask("c1_i3_k1_f2_unshared", Pass::forward, {{1, 2, 3}, {1, 10, 100, 1000}, {}}));

  BOOST_TEST(y == (Values{21, 3200}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(grad_input_scatters_what_forward_gathers) {
  const auto x = run_f64(ask("c1_i4_k1_f2_s2_p1:1", Pass::grad_input, {{}, {1, 10}, {3, 4, 5}}));

  BOOST_TEST(x == (Values{30, 4, 40, 5}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(input_that_no_tap_meets_gets_zero) {
  const auto x = run_f64(ask("c1_i5_k1_f1_s3", Pass::grad_input, {{}, {7}, {1, 2}}));

  BOOST_TEST(x == (Values{7, 0, 0, 14, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(grad_weights_sums_over_images_and_positions) {
  const auto w = run_f64(
      ask("n2_c1_i3_k1_f2", Pass::grad_weights, {{1, 2, 3, 4, 5, 6}, {}, {1, 10, 100, 1000}}));

  BOOST_TEST(w == (Values{21 + 5400, 32 + 6500}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(three_axes_are_correlated) {
  const auto y = run_f64(ask("c1_i2x2x2_k1_f2x1x2", Pass::forward,
                             {{1, 2, 3, 4, 5, 6, 7, 8}, {1, 10, 100, 1000}, {}}));

  BOOST_TEST(y == (Values{6521, 8743}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(alpha_scales_the_sum_and_beta_the_old_result) {
  Call call = ask("c1_i3_k1_f2", Pass::forward, {{1, 2, 3}, {1, 10}, {1000, 2000}});
  call.alpha = 2;
  call.beta = -1;

  const auto y = run_f64(call);

  BOOST_TEST(y == (Values{-958, -1936}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(agreement)

BOOST_AUTO_TEST_CASE(random_problems_agree_exactly_with_the_reference) {
  Dice dice(1);
  int shared = 0, unshared = 0, ranks[4] = {};
  for (int i = 0; i < 300; ++i) {
    const ConvSpec spec = random_spec(dice);
    ++(spec.unshared ? unshared : shared);
    ++ranks[spec.rank];
    for (const Pass pass : all_passes) check_against_truth(random_call(spec, pass, dice));
  }
  BOOST_TEST(std::min({shared, unshared, 20 * ranks[1], ranks[2], ranks[3]}) >= 30);
}

BOOST_AUTO_TEST_CASE(shapes_that_need_several_blocks_agree_exactly_with_the_reference) {
  Dice dice(2);
  for (const char* text : {
           "c3_i40x41_k5_f3x3_p1",             // several column blocks, the last one short
           "c70_i12x12_k3_f3x3_phalf",         // several depth blocks
           "n9_c90_i7x7_k3_f3x3_s2_p1",        // images side by side, several depth blocks
           "n3_c8_i25x25_k12_f1x1",            // pointwise, straight from the image
           "n5_c400_i3x3_k410_f1x1",           // pointwise, side by side
           "n2_c1_i50x20_k1_f5x7_pfull_flip",  // one channel: slabs with seams
           "c2_i60_k3_f401_p200",              // a filter longer than a depth block
           "c1_i44x44_k1_f21x21_d2_p3:14x14:9",
           "c512_i5x5_k4_f3x3_p1_g2",
           "n3_c2_i3x4_k400_f2x2",  // output gradients side by side, in several pieces
           "n3_c24_i9x9_k24_f3x3_p1_g24",
           "c2_i12x12x12_k3_f3x3x3_phalf",
           "n2_c12_i9x8x7_k8_f3x3x3_s2x1x2_g4_flip",
           "n11_c45_i5x5_k4_f3x3_unshared",  // several image pieces and channel pieces
           "n2_c1_i30_k2_f3_p1_unshared",
           "n2_c3_i5x4_k2_f3x9_p1x4",       // lines shorter than the filter
           "n2_c3_i30x30_k2_f3x3_s2x1_p1",  // lines apart, though as wide as the output
           "n3_c3_i4x9x8_k2_f2x3x3_s2x1x1_d1x2x1_p1x2x1",
           "c11_i24x25_k4_f3x3_p3:1x0:2_flip",
       })
    check_all_passes(text, dice);
}

BOOST_AUTO_TEST_CASE(nothing_to_sum_leaves_beta_times_the_old_result) {
  for (const char* text :
       {"n2_c0_i3x3_k2_f2x2", "n0_c2_i3x3_k2_f2x2", "n2_c2_i3x3_k0_f2x2", "n2_c0_i3x3_k4_f1x1_g2",
        "n2_c2_i0x3_k2_f2x2_p2x0", "n0_c0_i3_k0_f1", "n2_c0_i3x3_k2_f2x2_unshared",
        "n0_c2_i3x3_k2_f2x2_unshared", "n2_c2_i3x3_k0_f2x2_unshared", "c0_i2x2x2_k2_f1x2x1"})
    for (const Pass pass : all_passes)
      for (const double beta : {0.0, 1.0, -3.0}) {
        const ConvSpec spec = parse_valid_spec(text);
        Dice dice(3);
        Call call{spec, pass, random_tensors(spec, dice), 2, beta};
        const Values old = call.tensors.written(pass);
        Values expected = old;
        for (double& value : expected) value *= beta;
        if (beta == 0) std::ranges::fill(call.tensors.written(pass), unset);

        const auto result = run_f64(call);

        BOOST_TEST(result == expected, boost::test_tools::per_element());
        BOOST_TEST(equal(run<float>(call, Precision::f32, 2), expected));
      }
}

BOOST_AUTO_TEST_CASE(the_thread_count_changes_no_bit) {
  Dice dice(4);
  for (int i = 0; i < 120; ++i) {
    const ConvSpec spec = random_spec(dice);
    for (const Pass pass : all_passes) {
      Call call = random_call(spec, pass, dice);
      for (Values* values : {&call.tensors.input, &call.tensors.filters, &call.tensors.output})
        for (double& value : *values) value *= 1 + static_cast<double>(dice.between(1, 999)) / 1000;
      const auto alone = run<float>(call, Precision::f32, 1);
      const auto alone_f64 = run<double>(call, Precision::f64, 1);
      for (const int threads : {2, 3, 7})
        BOOST_TEST_CONTEXT(to_string(spec) << " " << name_of(pass) << " threads " << threads) {
          BOOST_TEST(same_bits(run<float>(call, Precision::f32, threads), alone));
          BOOST_TEST(same_bits(run<double>(call, Precision::f64, threads), alone_f64));
        }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(contracts)

BOOST_AUTO_TEST_CASE(kernels_refuse_what_they_do_not_serve) {
  const auto kernels = optimized::kernels();
  const auto why = [&](const Kernel& kernel, const char* text, Precision precision) {
    const ConvSpec spec = parse_spec(text);
    Problem problem;
    problem.spec = spec;
    problem.precision = precision;
    if (!why_invalid(spec)) problem.shapes = shapes_of(spec);
    return refusal(kernel, problem).value_or("");
  };

  BOOST_TEST(kernels[0].name == "optimized.corr_mm");
  BOOST_TEST(kernels[1].name == "optimized.corr3d_mm");
  BOOST_TEST(why(kernels[0], "c1_i2x2x2_k1_f1x1x1", Precision::f32) ==
             "corr_mm serves rank 1 and 2 only");
  BOOST_TEST(why(kernels[1], "c1_i2x2_k1_f1x1", Precision::f32) == "corr3d_mm serves rank 3 only");
  BOOST_TEST(why(kernels[1], "c1_i2x2x2_k1_f1x1x1_unshared", Precision::f64) ==
             "unshared filters are served by corr_mm, in rank 1 and 2");
  BOOST_TEST(why(kernels[0], "c1_i2_k1_f1", Precision::bf16) == "does not take bf16");
  BOOST_TEST(why(kernels[0], "c1_i2_k1_f3", Precision::f32).starts_with("output extent of axis 0"));
  BOOST_TEST(why(kernels[0], "c2147483648_i1_k1_f1", Precision::f32).starts_with("BLAS takes"));
  BOOST_TEST(why(kernels[0], "c2147483647_i1_k1_f1", Precision::f32) == "");
}

BOOST_AUTO_TEST_CASE(the_workspace_is_bounded_by_blocks_not_by_the_output) {
  const auto bytes = [](const char* text, Pass pass) {
    Call call{parse_valid_spec(text), pass, {}};
    return workspace_bytes(kernel_for(call.spec), problem_of(call, Precision::f32, 2));
  };
  for (const Pass pass : all_passes)
    for (const char* text : {"n8_c64_i2240x2240_k64_f3x3_phalf", "n256_c512_i7x7_k512_f3x3_phalf",
                             "c64_i400x400x400_k64_f3x3x3", "c1_i1000000_k1_f100001"})
      BOOST_TEST(bytes(text, pass) <= 6u << 20,
                 text << " " << name_of(pass) << " " << bytes(text, pass));
  BOOST_TEST(bytes("c64_i56x56_k64_f1x1", Pass::forward) == 0u);
}

BOOST_AUTO_TEST_CASE(gemm_ignores_c_when_beta_is_zero_and_scales_it_when_there_is_nothing_to_add) {
  const double a[] = {1, 2, 3, 4}, b[] = {5, 6, 7, 8};
  double c[] = {unset, unset, unset, unset};

  optimized::gemm(optimized::Product<double>{
      .rows = 2, .columns = 2, .depth = 2, .a = {a, 2}, .b = {b, 2, true}, .c = c, .c_stride = 2});
  BOOST_TEST(c == (std::array<double, 4>{17, 23, 39, 53}), boost::test_tools::per_element());

  optimized::gemm(optimized::Product<double>{
      .rows = 2, .columns = 2, .a = {a, 2}, .b = {b, 2}, .beta = 2, .c = c, .c_stride = 2});
  BOOST_TEST(c == (std::array<double, 4>{34, 46, 78, 106}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(gemm_refuses_sizes_that_blas_cannot_hold) {
  float value = 1;
  const optimized::Product<float> product{.rows = 1,
                                          .columns = 1,
                                          .depth = optimized::largest_blas_size + 1,
                                          .a = {&value, 1},
                                          .b = {&value, 1},
                                          .c = &value,
                                          .c_stride = 1};

  BOOST_CHECK_THROW(optimized::gemm(product), KernelError);
}

BOOST_AUTO_TEST_CASE(adding_a_patch_to_a_box_leaves_everything_outside_it_alone) {
  // Adding 0 outside the box would race with other threads. It is detected because it turns -0 into
  // +0.
  for (const char* text : {"c1_i3x3_k1_f3x3_phalf", "c1_i6x5_k1_f3x3_d2x1_p2x1_flip",
                           "c1_i4x3x5_k1_f3x3x3_p1", "c1_i5x4_k1_f2x2_p0:1x0:1"}) {
    const ConvSpec spec = parse_spec(text);
    const Geometry g = geometry_of(spec);
    const index_t plane = input_elements(spec), positions = output_elements(spec);
    const index_t taps = g.filter[0] * g.filter[1] * g.filter[2];
    const std::size_t axis = spec.rank == 2 ? 1 : 0;
    const index_t line = plane / g.input[axis];
    for (index_t row = 0; row < g.input[axis]; ++row) {
      optimized::Box box{{0, 0, 0}, g.input};
      box.begin[axis] = row;
      box.end[axis] = row + 1;
      std::vector<float> image(static_cast<std::size_t>(plane), -0.0F);
      std::vector<float> columns(static_cast<std::size_t>(taps * positions), 1.0F);

      optimized::col2im({g, 0, {0, taps}, {{0, 1}, {0, positions}}}, columns.data(), box,
                        optimized::Images<float>{image.data(), 1, plane});

      for (index_t i = 0; i < plane; ++i) {
        const float value = image[static_cast<std::size_t>(i)];
        const bool inside = i / line == row;
        BOOST_TEST(inside == !(value == 0 && std::signbit(value)),
                   text << " row " << row << " element " << i << " is " << value);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_task_that_throws_ends_the_loop_with_its_exception) {
  const auto loop = [] {
    optimized::parallel_for(2, 10, [](index_t task, index_t) {
      if (task == 5) throw KernelError("task 5");
    });
  };

  BOOST_CHECK_THROW(loop(), KernelError);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
