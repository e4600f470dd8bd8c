// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>
#include <set>

#include "core/geometry.hpp"
#include "core/spec_text.hpp"
#include "gpu/device/device.hpp"
#include "gpu/kernels.hpp"
#include "tests/core/generators.hpp"
#include "tests/gpu/implicit_gemm_on_cpu.hpp"

BOOST_AUTO_TEST_SUITE(implicit_gemm_test)

using namespace convict;
using namespace convict::implicit_gemm_on_cpu;
using namespace convict::gpu::implicit_gemm;

namespace {

constexpr std::array passes = {Pass::forward, Pass::grad_input, Pass::grad_weights};
constexpr std::array precisions = {Precision::f32, Precision::f64};

/// Boost fixture: enough cases to reach all branches within seconds.
struct Settings {
  Settings() { setenv("RC_PARAMS", "seed=20 max_success=1500", 0); }
};

Case any_case() {
  Case c{.spec = *generators::small_valid_spec()};
  c.spec.unshared = false;
  c.spec.in_channels *= *rc::gen::inRange<index_t>(1, 4);
  c.spec.out_channels *= *rc::gen::inRange<index_t>(1, 4);
  c.pass = *rc::gen::elementOf(passes);
  c.precision = *rc::gen::elementOf(precisions);
  c.layout = *rc::gen::element(Layout::nchw, Layout::nhwc, parse_layout("nhwc:rsck:chwn"));
  c.pitch = *rc::gen::inRange<index_t>(0, 3);
  c.steps = *rc::gen::element(Steps{}, Steps{}, parse_steps("c+1:k*2.c+1:n*2.h%8"));
  c.alpha = *rc::gen::element(1.0, 0.5, -3.0, 0.0);
  c.beta = *rc::gen::element(0.0, 0.0, 1.0, -0.25);
  return c;
}

/// The product in plain loops: every write to an element of C, with its address and value.
struct Written {
  index_t offset, value;
};
template <class Index>
std::vector<Written> evaluate(const Product<Index>& p, const std::vector<index_t>& a,
                              const std::vector<index_t>& b) {
  const auto at = [](const std::vector<index_t>& values, index_t offset) {
    return values.at(static_cast<std::size_t>(offset));
  };
  std::vector<Written> results;
  Index n[4], k[4];
  for (index_t group = 0; group < p.groups; ++group)
    for (Index row = 0; row < p.rows; ++row)
      for (Index column = 0; column < p.columns; ++column) {
        p.column_digits.split(column, n);
        index_t sum = 0;
        for (Index step = 0; step < p.depth; ++step) {
          p.depth_digits.split(step, k);
          bool inside = true;
          for (int axis = 0; axis < 3; ++axis)
            inside =
                inside && is_inside(p.position_depth[axis].at(k) + p.position_column[axis].at(n),
                                    p.extents[axis]);
          const index_t a_at = group * p.a_group + index_t{row} * p.a_row + p.a_depth.at(k);
          const index_t b_at = group * p.b_group + p.b_depth.at(k) + p.b_column.at(n);
          const index_t a_value = at(a, a_at);
          if (inside) sum += a_value * at(b, b_at);
        }
        results.push_back({group * p.c_group + index_t{row} * p.c_row + p.c_column.at(n), sum});
      }
  return results;
}

/// The definition by the index maps of core, for dense tensors, element by element.
std::vector<index_t> defined(const Problem& problem, const std::vector<index_t>& x,
                             const std::vector<index_t>& w, const std::vector<index_t>& y) {
  const Geometry g = geometry_of(problem.spec);
  const TensorShapes& s = problem.shapes;
  const auto span = problem.pass == Pass::forward      ? s.output.span()
                    : problem.pass == Pass::grad_input ? s.input.span()
                                                       : s.filters.span();
  std::vector<index_t> result(static_cast<std::size_t>(span));
  const auto at = [](index_t offset) { return static_cast<std::size_t>(offset); };
  for_each_index(s.output, [&](const auto& o) {
    for_each_index(s.filters, [&](const auto& f) {
      const index_t group = o[1] / g.group_out_channels;
      if (f[0] != o[1]) return;
      Axes p;
      for (int axis = 0; axis < 3; ++axis) {
        const auto i = static_cast<std::size_t>(axis);
        p[i] = g.input_position(axis, o[2 + i], f[5 + i]);
        if (!g.inside_input(axis, p[i])) return;
      }
      const auto xi =
          at(s.input.offset(o[0], group * g.group_in_channels + f[4], p[0], p[1], p[2]));
      const auto wi = at(s.filters.offset(f)), yi = at(s.output.offset(o));
      if (problem.pass == Pass::forward) result[yi] += x[xi] * w[wi];
      if (problem.pass == Pass::grad_input) result[xi] += w[wi] * y[yi];
      if (problem.pass == Pass::grad_weights) result[wi] += x[xi] * y[yi];
    });
  });
  return result;
}

std::vector<index_t> numbers(index_t count, index_t seed) {
  std::vector<index_t> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = (static_cast<index_t>(i) * 7919 + seed) % 201 - 100;
  return values;
}

/// True when the products write every element once, with the value of the definition.
bool products_are_right(const Problem& problem, bool narrow) {
  const TensorShapes& s = problem.shapes;
  const auto x = numbers(s.input.span(), 1), w = numbers(s.filters.span(), 2),
             y = numbers(s.output.span(), 3);
  const auto expected = defined(problem, x, w, y);
  const auto& a = problem.pass == Pass::grad_weights ? y : w;
  const auto& b = problem.pass == Pass::grad_input ? y : x;
  std::set<index_t> seen;
  for (const Product<index_t>& product : products_of(problem))
    for (const auto& [offset, value] :
         narrow ? evaluate(narrowed(product), a, b) : evaluate(product, a, b))
      if (!seen.insert(offset).second || expected.at(static_cast<std::size_t>(offset)) != value)
        return false;
  return static_cast<index_t>(seen.size()) == result_elements(problem.spec, problem.pass);
}

Problem problem_of(const char* text, Pass pass) {
  const ConvSpec spec = parse_valid_spec(text);
  return {.spec = spec, .pass = pass, .shapes = shapes_of(spec)};
}

std::string refusal_of(const Problem& problem) {
  return refusal(entry(tiny_engine()), problem).value_or("");
}

}  // namespace

BOOST_TEST_GLOBAL_FIXTURE(Settings);

BOOST_AUTO_TEST_CASE(a_divider_divides_like_the_operator) {
  const auto check = [](auto type) {
    using Index = decltype(type);
    constexpr Index most = std::numeric_limits<Index>::max();
    std::vector<Index> interesting;
    for (int bit = 0; bit < std::numeric_limits<Index>::digits; ++bit)
      for (const Index near : {-1, 0, 1})
        if (const Index value = (Index{1} << bit) + near; value > 0) interesting.push_back(value);
    for (const Index value : {most, most - 1, most / 3, most / 7 * 5, Index{641}, Index{274177}})
      interesting.push_back(value);
    int wrong = 0;
    for (const Index divisor : interesting) {
      const gpu::Divider<Index> divider(divisor);
      for (const Index base : interesting)
        for (const Index n : {base, base - base % divisor, base - base % divisor - 1})
          if (n >= 0 && divider.quotient(n) != n / divisor) ++wrong;
    }
    BOOST_TEST(wrong == 0);
  };
  check(std::int32_t{});
  check(std::int64_t{});
}

BOOST_AUTO_TEST_CASE(tiny_tiles_agree_with_the_definition_on_any_convolution) {
  BOOST_TEST(rc::check([] {
    const Case c = any_case();
    use({.seed = *rc::gen::inRange(0U, 1000U), .preempt_one_in = *rc::gen::element(0U, 0U, 7U)});
    const std::string found = difference(tiny_engine(), c);
    RC_LOG() << (to_string(c.spec));
    RC_ASSERT(found == "");
  }));
}

BOOST_AUTO_TEST_CASE(products_address_what_the_definition_does) {
  BOOST_TEST(rc::check([] {
    const Case c = any_case();
    const Problem problem = implicit_gemm_on_cpu::problem_of(c);
    RC_LOG() << to_string(c.spec) << " " << name_of(c.pass);
    RC_ASSERT(products_are_right(problem, false));
    RC_ASSERT(products_are_right(problem, true));
  }));
}

BOOST_AUTO_TEST_CASE(grad_input_multiplies_no_holes_between_strided_outputs) {
  index_t multiplications = 0;
  for (const auto& p : products_of(problem_of("c1_i12x12_k1_f4x3_s2x3_d1x2", Pass::grad_input)))
    multiplications += p.columns * p.depth;

  // Each of the 144 positions meets 4 / 2 taps along one axis and 3 / 3 along the other.
  BOOST_TEST(multiplications == 144 * 2 * 1);
}

BOOST_AUTO_TEST_CASE(wide_indices_agree_too) {
  plant({.step = [](Step& step, Call&) { step.narrow = false; }});
  for (std::uint32_t seed = 0; const Case& c : varied_cases()) {
    use({.seed = seed++});
    BOOST_TEST(difference(tiny_engine(), c) == "");
  }
  plant({});
}

BOOST_AUTO_TEST_CASE(the_tiles_of_the_device_agree_on_more_than_one_of_them) {
  // 132 rows per group: two tiles of each kind, the second nearly empty.
  const auto spec_for = [](Pass pass) {
    return parse_valid_spec(pass == Pass::grad_input
                                ? "n2_c264_i11x9_k6_f3x2_s2x1_d1x2_p1:0x2:1_g2_flip"
                                : "n2_c6_i11x9_k264_f3x2_s2x1_d1x2_p1:0x2:1_g2_flip");
  };
  for (const Precision precision : precisions)
    for (const Pass pass : passes)
      for (const bool low : {false, true})
        for (const bool narrow : {true, false}) {
          plant({.step = [=](Step& step, Call&) { step.low = low, step.narrow = narrow; }});
          use({.seed = 5});
          Case c{.spec = spec_for(pass), .pass = pass, .precision = precision};
          c.layout = narrow ? Layout::nchw : Layout::nhwc;
          BOOST_TEST(difference(real_engine(), c) == "");
        }
  plant({});
}

BOOST_AUTO_TEST_CASE(products_of_few_rows_take_the_low_tile) {
  const auto is_low = [](const char* text) {
    return plan_of(problem_of(text, Pass::forward), real_engine().f32).steps.at(0).low;
  };
  BOOST_TEST(is_low("n256_c64_i56x56_k64_f3x3_p1"));
  BOOST_TEST(is_low("n256_c64_i56x56_k192_f3x3_p1"));
  BOOST_TEST(!is_low("n256_c128_i28x28_k128_f3x3_p1"));
  BOOST_TEST(!is_low("n256_c512_i7x7_k512_f3x3_p1"));
}

BOOST_AUTO_TEST_CASE(splits_of_the_devices_tiles_agree) {
  use({.seed = 3});
  const Case c{.spec = parse_valid_spec("n3_c2_i400_k3_f3_p1"), .pass = Pass::grad_weights};
  const Plan plan = plan_of(implicit_gemm_on_cpu::problem_of(c), real_engine().f32);

  BOOST_TEST(plan.steps.at(0).product.splits == 2);
  BOOST_TEST(plan.workspace_bytes == 2 * 3 * 2 * 3 * sizeof(float));
  BOOST_TEST(difference(real_engine(), c) == "");
}

BOOST_AUTO_TEST_CASE(results_have_the_same_bits_under_every_schedule) {
  for (const Pass pass : passes) {
    const Case c{.spec = parse_valid_spec("n2_c4_i7x6_k6_f3x2_s2x1_d1x2_p1:0x2:1_g2"),
                 .pass = pass};
    use({});
    const std::string bits = result_bits(tiny_engine(), c, 11);
    for (std::uint32_t seed = 1; seed < 12; ++seed) {
      use({.seed = seed, .preempt_one_in = seed % 3 * 4});
      BOOST_TEST(result_bits(tiny_engine(), c, 11) == bits);
    }
    BOOST_TEST(result_bits(tiny_engine(), c, 12) != bits);
  }
}

BOOST_AUTO_TEST_CASE(indices_of_32_bits_are_used_where_they_reach_and_only_there) {
  const auto is_narrow_for = [](const char* text, Pass pass) {
    return is_narrow(products_of(problem_of(text, pass)).front());
  };
  for (const Pass pass : passes) {
    BOOST_TEST(is_narrow_for("n256_c64_i56x56_k64_f3x3_p1", pass));
    BOOST_TEST(!is_narrow_for("n2200_c16_i256x256_k16_f3x3_p1", pass));
    BOOST_TEST(!is_narrow_for("c1_i3000000000_k1_f3_p1", pass));
  }
  BOOST_TEST(!is_narrow_for("n4_c1_i9_k1_f3_p1500000000", Pass::forward));
  BOOST_TEST(!is_narrow_for("c1_i3_k1_f2_d1500000000_p1500000000", Pass::grad_weights));
}

BOOST_AUTO_TEST_CASE(launches_beyond_2_to_the_31_blocks_are_cut) {
  const Plan plan = plan_of(problem_of("c1_i300000000000_k1_f1", Pass::forward), real_engine().f32);

  BOOST_TEST(ceil_div(plan.steps.at(0).product.columns, F32LowTile::block_columns) > index_t{1}
                                                                                         << 31);
  BOOST_TEST(plan.steps.at(0).blocks == (1U << 31) - 1);
}

BOOST_AUTO_TEST_CASE(what_it_does_not_take_is_refused_with_a_reason) {
  const Case taken{.spec = parse_valid_spec("c4_i9x9_k4_f3x3_s2")};
  BOOST_TEST(refusal_of(implicit_gemm_on_cpu::problem_of(taken)) == "");

  BOOST_TEST(refusal_of(problem_of("c1_i5_k1_f3_unshared", Pass::forward)) ==
             "shared filters only: one bank for all output positions");
  BOOST_TEST(refusal_of(problem_of("c1_i9000_k1_f3_s5000", Pass::forward)) == "");
  BOOST_TEST(refusal_of(problem_of("c1_i9000_k1_f3_s5000", Pass::grad_input)) ==
             "grad_input would take 5000 launches, one per residue of the strides; at most 4096");
}

BOOST_AUTO_TEST_CASE(the_kernel_of_the_device_says_why_it_cannot_run) {
  const auto kernels = gpu::kernels();
  const auto found = std::ranges::find(kernels, "gpu.implicit_gemm", &Kernel::name);

  BOOST_REQUIRE(found != kernels.end());
  BOOST_TEST((absence(*found) == gpu::why_no_device()));
  BOOST_TEST((found->device == DeviceKind::gpu));
}

BOOST_AUTO_TEST_CASE(neighbouring_columns_and_depth_steps_are_neighbours_in_memory) {
  for (const Layout layout : {Layout::nchw, Layout::nhwc})
    for (const Pass pass : passes) {
      Problem problem = problem_of("n2_c8_i9x9_k8_f3x3", pass);
      problem.shapes = shapes_of(problem.spec, layout);
      const Product<index_t> product = products_of(problem).front();
      const bool channels_last = layout == Layout::nhwc;
      const bool columns_are_places = pass != Pass::grad_weights;

      BOOST_TEST(product.b_column.steps[3] == (channels_last && columns_are_places ? 8 : 1));
      BOOST_TEST(std::abs(product.b_depth.steps[3]) ==
                 (channels_last && !columns_are_places ? 8 : 1));
    }
}

BOOST_AUTO_TEST_SUITE_END()
