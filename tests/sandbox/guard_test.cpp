// SPDX-License-Identifier: Apache-2.0
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cmath>
#include <thread>

#include "oracle/judge/buffer_layout.hpp"
#include "oracle/judge/judge.hpp"
#include "tests/sandbox/plugin_path.hpp"

namespace convict {

BOOST_AUTO_TEST_SUITE(guard_test)

namespace {

using oracle::BufferLayout;
using sandbox::Placement;
using sandbox::Sandbox;
using sandbox::Subject;

const Subject& subject_named(const std::string& kernel) {
  static const auto subjects = sandbox::load_plugin(plugin_path("out_of_bounds"));
  for (const Subject& subject : subjects)
    if (subject.kernel.name == "out_of_bounds." + kernel) return subject;
  throw std::logic_error("no kernel " + kernel);
}

/// Carries out trials on one subject.
class Trials {
 public:
  explicit Trials(const std::string& kernel)
      : subject_(subject_named(kernel)), sandbox_(subject_.open()) {}

  Verdict operator()(const std::string& recipe) {
    return oracle::run_trial(parse_trial("n2_c3_i7x9_k4_f3x2/forward/f32" + recipe), subject_,
                             *sandbox_, cases_);
  }

 private:
  const Subject& subject_;
  std::unique_ptr<Sandbox> sandbox_;
  oracle::Cases cases_;
};

struct Case {
  const char* kernel;
  const char* recipe;
  Outcome outcome;
  const char* reason;
};
std::ostream& operator<<(std::ostream& out, const Case& one) {
  return out << one.kernel << one.recipe;
}

constexpr auto behind_input = "signal 11 (Segmentation fault) 0 bytes behind the end of input";
constexpr auto behind_output = "signal 11 (Segmentation fault) 0 bytes behind the end of output";

const Case cases[] = {
    {"behaves", "", Outcome::pass, ""},
    {"behaves", "/guard=left", Outcome::pass, ""},
    {"behaves", "/guard=right", Outcome::pass, ""},
    {"behaves", "/align=3,guard=left", Outcome::pass, ""},
    {"behaves", "/align=3,guard=right", Outcome::pass, ""},
    {"reads_behind_input", "", Outcome::pass, ""},
    {"reads_behind_input", "/guard=right", Outcome::crashed, behind_input},
    {"reads_4_behind_input", "/guard=right", Outcome::pass, ""},
    {"reads_4_behind_input", "/guard=left", Outcome::pass, ""},
    {"reads_5_behind_input", "/guard=right", Outcome::crashed, "16 bytes behind the end of input"},
    {"reads_before_filters", "/guard=right", Outcome::pass, ""},
    {"reads_before_filters", "/guard=left", Outcome::crashed,
     "signal 11 (Segmentation fault) 4 bytes before the start of filters during run"},
    {"writes_behind_output", "", Outcome::fail,
     "wrote outside its buffers: 0 bytes behind the end of output"},
    {"writes_behind_output", "/guard=left", Outcome::fail,
     "wrote outside its buffers: 0 bytes behind the end of output"},
    {"writes_behind_output", "/guard=right", Outcome::crashed, behind_output},
    {"writes_before_output", "/guard=left", Outcome::crashed, "4 bytes before the start of output"},
    {"writes_before_output", "/guard=right", Outcome::fail, "4 bytes before the start of output"},
    {"borrows_its_filters", "", Outcome::pass, ""},
    {"borrows_its_filters", "/guard=left", Outcome::crashed,
     "signal 11 (Segmentation fault) writing to its operand filters, byte 0 during run"},
    {"borrows_its_filters", "/guard=right", Outcome::crashed, "writing to its operand filters"},
    {"overwrites_its_input", "", Outcome::fail, "modified its operand input, first at element 0"},
    {"overwrites_its_input", "/pitch=2", Outcome::unsupported, ""},
    {"overwrites_its_input", "/guard=right", Outcome::crashed,
     "writing to its operand input, byte 0"},
    {"adds_zero_times_what_lies_behind", "", Outcome::fail,
     "element (0, 0, 0, 0) holds what lay behind the end of input"},
    {"adds_zero_times_what_lies_behind", "/guard=left", Outcome::fail,
     "element (0, 0, 0, 0) holds what lay behind the end of input"},
    {"adds_zero_times_what_lies_behind", "/guard=right", Outcome::crashed, behind_input},
    {"adds_zero_times_the_old_result", "", Outcome::fail,
     "element (0, 0, 0, 1) holds what was in output before the call"},
    {"adds_zero_times_its_workspace", "", Outcome::fail,
     "element (0, 0, 0, 0) holds what was in the workspace before the call"},
    {"adds_zero_times_its_workspace", "/guard=right", Outcome::fail,
     "element (0, 0, 0, 0) holds what was in the workspace before the call"},
    {"wants_aligned_buffers", "/guard=left", Outcome::pass, ""},
    {"wants_aligned_buffers", "/guard=right", Outcome::pass, ""},
    {"wants_aligned_buffers", "/align=8,guard=right", Outcome::pass, ""},
    {"wants_aligned_buffers", "/align=3,guard=right", Outcome::unsupported, "aligned"},
    {"returns_without_writing", "", Outcome::fail,
     "320 of 320 elements never written, first (0, 0, 0, 0)"},
    {"returns_without_writing", "/guard=right", Outcome::fail, "320 of 320 elements never written"},
};

Problem problem_of(const std::string& trial) { return problem_of(parse_trial(trial)); }

}  // namespace

BOOST_DATA_TEST_CASE(every_out_of_bounds_access_gets_its_verdict_twice,
                     boost::unit_test::data::make(cases), expected) {
  Trials trial(expected.kernel);

  for (int time = 0; time < 2; ++time) {
    const Verdict verdict = trial(expected.recipe);

    BOOST_TEST((verdict.outcome == expected.outcome), verdict.reason);
    BOOST_TEST(verdict.reason.find(expected.reason) != std::string::npos, verdict.reason);
  }
}

BOOST_AUTO_TEST_CASE(a_thread_that_writes_after_the_call_is_found_at_the_next_call) {
  Trials trial("writes_later");

  const Verdict first = trial("");
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const Verdict second = trial("");

  BOOST_TEST((first.outcome == Outcome::pass), first.reason);
  BOOST_TEST((second.outcome == Outcome::crashed));
  BOOST_TEST(second.reason == "signal 11 (Segmentation fault) in output between calls");
}

BOOST_AUTO_TEST_CASE(a_cached_result_is_wrong_for_other_data) {
  Trials trial("gives_the_previous_result");

  BOOST_TEST((trial("/seed=1").outcome == Outcome::pass));
  BOOST_TEST((trial("/seed=2").outcome == Outcome::fail));
}

BOOST_AUTO_TEST_CASE(a_kernel_that_is_wrong_from_the_eleventh_call_on_is_found_then) {
  Trials trial("is_right_ten_times");

  for (int time = 0; time < 5; ++time) BOOST_TEST((trial("").outcome == Outcome::pass));
  BOOST_TEST((trial("").outcome == Outcome::fail));
}

BOOST_AUTO_TEST_CASE(guarded_buffers_are_adjacent_to_inaccessible_pages) {
  const Problem problem = problem_of("n2_c3_i7x9_k4_f3x2/forward/f32");
  for (const Guard side : {Guard::left, Guard::right}) {
    const BufferLayout buffer_layout(problem, 0, 4096, {.side = side});
    const Placement& at = buffer_layout.placement();

    BOOST_TEST(at.guarded);
    std::size_t end = 0;
    for (const sandbox::BufferSlot& slot : at.slots) {
      BOOST_TEST(slot.pages.begin % 4096 == 0U);
      BOOST_TEST(slot.pages.end % 4096 == 0U);
      BOOST_TEST(slot.pages.begin >= end + 4096);
      if (side == Guard::left) BOOST_TEST(slot.buffer.begin == slot.pages.begin);
      if (side == Guard::right) BOOST_TEST(slot.buffer.end == slot.pages.end);
      end = slot.pages.end;
    }
    BOOST_TEST(buffer_layout.bytes() >= end + 4096);
    BOOST_TEST(at.slots[0].buffer.end - at.input == 2 * 3 * 7 * 9 * sizeof(float));
    BOOST_TEST(!at.slots[0].writable);
    BOOST_TEST(!at.slots[1].writable);
    BOOST_TEST(at.slots[2].writable);
    BOOST_TEST(at.slots[3].writable);
  }
}

BOOST_AUTO_TEST_CASE(a_fault_is_named_by_a_buffer_that_the_kernel_has) {
  const Problem problem = problem_of("c1_i5_k1_f2/forward/f32");
  const auto place = [&](std::size_t workspace, std::size_t back) {
    const Placement at = BufferLayout(problem, 0, workspace, {.side = Guard::right}).placement();
    return sandbox::place_outside(at, at.slots[3].buffer.end + back);
  };

  BOOST_TEST(place(64, 12) == "12 bytes behind the end of workspace");
  // The page without access rights behind the output is one page long.
  BOOST_TEST(place(0, 12) == "4108 bytes behind the end of output");
}

BOOST_AUTO_TEST_CASE(poison_is_named_by_a_buffer_that_the_kernel_has) {
  const Trial trial = parse_trial("c1_i5_k1_f2/forward/f32");
  const Problem problem = convict::problem_of(trial);
  const datasets::Operands operands = datasets::fill(trial);
  const auto last = [&](std::size_t workspace) {
    BufferLayout layout(problem, 0, workspace);
    std::vector<std::byte> arena(layout.bytes());
    layout.prepare(arena, operands, sandbox::Poison::nan);
    const auto source = sandbox::poison_source_of(std::span(arena).last(sizeof(float)));
    return source ? sandbox::words_of(*source, problem.pass) : "no poison";
  };

  BOOST_TEST(last(64) == "what lay behind the end of workspace");
  BOOST_TEST(last(0) == "what lay behind the end of output");
}

BOOST_AUTO_TEST_CASE(a_guard_keeps_the_distance_that_claims_allow) {
  const Problem problem = problem_of("c1_i5_k1_f2/forward/f16");
  const BufferLayout buffer_layout(problem, 8, 0,
                                   {.side = Guard::right, .required_alignment = 4, .over_read = 3});

  // 5 elements of 2 bytes, then 3 that may be read and 8 of distance; starts are multiples of 4.
  const sandbox::BufferSlot& slot = buffer_layout.placement().slots[0];
  BOOST_TEST(slot.buffer.begin % 8 == 0U);
  BOOST_TEST(slot.pages.end - slot.buffer.end >= 22U);
  BOOST_TEST(slot.pages.end - slot.buffer.end < 22U + 8U);
}

BOOST_AUTO_TEST_CASE(a_tensor_without_elements_has_no_accessible_pages) {
  const Problem problem = problem_of("n0_c1_i5_k1_f2/forward/f32");
  const BufferLayout buffer_layout(problem, 0, 0, {.side = Guard::right});

  const sandbox::BufferSlot& slot = buffer_layout.placement().slots[0];
  BOOST_TEST(slot.pages.begin == slot.pages.end);
}

BOOST_AUTO_TEST_CASE(poison_is_a_nan_that_encodes_its_place_in_every_format) {
  for (const char* const precision : {"f64", "f32", "bf16", "f16"}) {
    const Problem problem = problem_of(std::string("n2_c3_i7x9_k4_f3x2/forward/") + precision);
    BufferLayout buffer_layout(problem, 0, 256);
    std::vector<std::byte> arena(buffer_layout.bytes());
    datasets::Operands operands;
    operands.input.assign(2 * 3 * 7 * 9, 1);
    operands.filters.assign(4 * 3 * 3 * 2, 1);
    buffer_layout.prepare(arena, operands, sandbox::Poison::nan);
    const auto bytes = static_cast<std::size_t>(bytes_of(problem.precision));
    const auto at = [&](std::size_t offset) {
      return std::span<const std::byte>(arena).subspan(offset, bytes);
    };
    const auto& slots = buffer_layout.placement().slots;

    BOOST_TEST(buffer_layout.leak(at(slots[0].buffer.end))->from ==
               "what lay behind the end of input");
    BOOST_TEST(buffer_layout.leak(at(slots[1].buffer.begin - bytes))->from ==
               "what lay before the start of filters");
    BOOST_TEST(buffer_layout.leak(at(slots[1].buffer.end))->from ==
               "what lay behind the end of filters");
    BOOST_TEST(buffer_layout.leak(at(slots[2].buffer.begin))->from ==
               "what was in output before the call");
    BOOST_TEST(buffer_layout.leak(at(slots[3].buffer.begin))->from ==
               "what was in the workspace before the call");
    BOOST_TEST(!buffer_layout.leak(at(slots[0].buffer.begin)));
    for (const std::size_t offset : {slots[0].buffer.end, slots[3].buffer.begin})
      BOOST_TEST(std::isnan(buffer_layout.decode(at(offset)).front()));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace convict
