// SPDX-License-Identifier: Apache-2.0
// Faults planted in gpu.implicit_gemm, one at a time. The comparisons that its test makes must find
// every one of them.

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <utility>

#include "tests/gpu/implicit_gemm_on_cpu.hpp"
#include "tests/oracle/fault_is_found.hpp"

BOOST_AUTO_TEST_SUITE(implicit_gemm_faults_test)

using namespace convict;
using namespace convict::implicit_gemm_on_cpu;
using namespace convict::gpu::implicit_gemm;

namespace {

void run_varied_cases(const Engine& engine) {
  for (std::uint32_t seed = 0; const Case& c : varied_cases()) {
    use({.seed = seed++});
    if (const std::string found = difference(engine, c); !found.empty())
      throw std::runtime_error(found);
  }
}

/// Runs in a process of its own, which may crash: most faults make addresses wrong.
bool is_found(const Fault& fault) {
  return fault_is_found([&] {
    plant(fault);
    run_varied_cases(tiny_engine());
  });
}

Fault of_product(void (*change)(Product<index_t>&)) {
  return {.step = [=](Step& step, Call&) { change(step.product); }};
}

/// The digit that moves a position.
int digit_of(const Affine<index_t>& position) {
  int digit = 0;
  while (position.steps[digit] == 0) ++digit;
  return digit;
}

index_t dilation(const Product<index_t>& p, int axis) {
  return p.position_depth[axis].steps[digit_of(p.position_depth[axis])];
}

/// Sets the step in B's positions and in its offsets.
void set_dilation(Product<index_t>& p, int axis, index_t step) {
  const index_t old = dilation(p, axis);
  const int digit = digit_of(p.position_depth[axis]);
  p.position_depth[axis].steps[digit] = step;
  p.b_depth.steps[digit] = p.b_depth.steps[digit] / old * step;
}

struct Planted {
  const char* what;
  Fault fault;
};

const Planted planted[] = {
    {"a row too many is stored", of_product([](auto& p) { ++p.rows; })},
    {"a column too many is stored", of_product([](auto& p) { ++p.columns; })},
    {"the last row is left out", of_product([](auto& p) { --p.rows; })},
    {"the last depth step is left out", of_product([](auto& p) { --p.depth; })},
    {"every group reads the first group's B", of_product([](auto& p) { p.b_group = 0; })},
    {"every group reads the first group's A", of_product([](auto& p) { p.a_group = 0; })},
    {"every group writes the first group's C", of_product([](auto& p) { p.c_group = 0; })},
    {"the dilations of two axes are swapped", of_product([](auto& p) {
       const index_t first = dilation(p, 1), second = dilation(p, 2);
       set_dilation(p, 1, second);
       set_dilation(p, 2, first);
     })},
    {"padding counts one more", of_product([](auto& p) {
       const int digit = digit_of(p.position_column[2]);
       --p.position_column[2].start;
       p.b_column.start -= p.b_column.steps[digit] / p.position_column[2].steps[digit];
     })},
    {"taps run the other way", of_product([](auto& p) { set_dilation(p, 2, -dilation(p, 2)); })},
    {"the upper edge of an axis is not looked at",
     of_product([](auto& p) { p.extents[1] = index_t{1} << 20; })},
    {"an axis is taken for one shorter", of_product([](auto& p) { --p.extents[2]; })},
    {"every residue of the strides is written to the first",
     of_product([](auto& p) { p.c_column.start = 0; })},
    {"the last split is not added", {.splits_to_add = [](index_t n) { return n - 1; }}},
    {"a split too many is added", {.splits_to_add = [](index_t n) { return n + 1; }}},
    {"the splits are not added at all", {.step = [](Step& step, Call&) { step.sum_blocks = 0; }}},
    {"beta = 0 reads the old result",
     {.step = [](Step&, Call& call) { call.beta = call.beta == 0 ? 1e-300 : call.beta; }}},
    {"beta is left out", {.step = [](Step&, Call& call) { call.beta = 0; }}},
    {"alpha is left out", {.step = [](Step&, Call& call) { call.alpha = 1; }}},
};

}  // namespace

BOOST_AUTO_TEST_CASE(the_kernel_itself_passes) {
  plant({});
  BOOST_CHECK_NO_THROW(run_varied_cases(tiny_engine()));
}

BOOST_AUTO_TEST_CASE(every_planted_fault_is_found) {
  for (const Planted& p : planted) BOOST_TEST(is_found(p.fault), p.what);
}

BOOST_AUTO_TEST_CASE(every_missing_barrier_is_found) {
  BOOST_CHECK_NO_THROW(run_varied_cases(engine_without_barrier(-1)));
  const int barriers = barriers_met();

  BOOST_TEST(barriers == 3);
  for (int barrier = 0; barrier < barriers; ++barrier)
    BOOST_TEST(fault_is_found([&] { run_varied_cases(engine_without_barrier(barrier)); }), barrier);
}

BOOST_AUTO_TEST_CASE(offsets_cut_to_32_bits_are_found) {
  plant({});
  const auto found = difference_far_apart(tiny_engine());
  if (!found) {
    BOOST_TEST_MESSAGE("no 100 GiB of addresses here");
    return;
  }

  BOOST_TEST(*found == "");
  BOOST_TEST(fault_is_found([] {
    plant({.step = [](Step& step, Call&) { step.narrow = true; }});
    if (difference_far_apart(tiny_engine()) != "") throw std::runtime_error("found");
  }));
}

BOOST_AUTO_TEST_SUITE_END()
