// SPDX-License-Identifier: Apache-2.0
// Known mistakes: a wrong result is told as the answer to another question.
#include "oracle/localise/known_answers.hpp"

#include <boost/test/unit_test.hpp>
#include <functional>

#include "core/geometry.hpp"
#include "core/half.hpp"
#include "mutants/direct.hpp"
#include "mutants/mutants.hpp"
#include "oracle/checks/checks.hpp"

namespace convict::oracle {
namespace {

BOOST_AUTO_TEST_SUITE(known_answers_test)

using Run = std::function<void(const Problem&, const Buffers&)>;

/// What is said of the wrong elements of a kernel.
std::string said_of(const Run& run, const char* trial) {
  Kernel kernel = mutants::right();
  kernel.run = run;
  const sandbox::Subject subject = sandbox::in_process(kernel);
  Cases cases;
  const Verdict verdict = carry_out(parse_trial(trial), subject, *subject.open(), cases);
  BOOST_TEST((verdict.outcome == Outcome::fail), trial << ": " << verdict.reason);
  return verdict.pattern;
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// The right kernel with other input positions.
template <auto position>
void at_positions(const Problem& problem, const Buffers& buffers) {
  static constexpr mutants::Hooks hooks{.position = position};
  mutants::convolve(problem, buffers, hooks);
}

index_t of(const Axes& axes, int axis) { return axes[static_cast<std::size_t>(axis)]; }

index_t undilated(const mutants::Call& call, int axis, index_t out, index_t tap) {
  return out * of(call.g.stride, axis) + tap - of(call.g.pad_before, axis);
}
index_t unflipped(const mutants::Call& call, int axis, index_t out, index_t tap) {
  const index_t last = of(call.g.filter, axis) - 1;
  return call.g.input_position(axis, out, last - tap);
}
index_t unstrided(const mutants::Call& call, int axis, index_t out, index_t tap) {
  return out + call.g.tap_offset(axis, tap);
}
index_t shifted_columns(const mutants::Call& call, int axis, index_t out, index_t tap) {
  return call.g.input_position(axis, out, tap) - (axis == 2 ? 1 : 0);
}

/// The right result, changed as f32 values.
Run changed(const std::function<void(const Problem&, float*, std::size_t)>& change) {
  return [change](const Problem& problem, const Buffers& buffers) {
    mutants::convolve(problem, buffers);
    change(problem, static_cast<float*>(mutants::result_of(problem, buffers)),
           static_cast<std::size_t>(mutants::result_span(problem)));
  };
}

struct Mistake {
  const char* says;
  const char* trial;
  Run run;
};

BOOST_AUTO_TEST_CASE(a_wrong_result_that_answers_another_question_is_told_so) {
  const Run transposed = changed([](const Problem& problem, float* y, std::size_t count) {
    const auto& e = problem.shapes.output.extents;
    const std::vector<float> right(y, y + count);
    const auto images = static_cast<std::size_t>(e[0]), channels = static_cast<std::size_t>(e[1]);
    const std::size_t plane = count / images / channels;
    for (std::size_t i = 0; i < count; ++i)
      y[(i / plane % channels * images + i / plane / channels) * plane + i % plane] = right[i];
  });
  const Run channels_last = changed([](const Problem& problem, float* y, std::size_t count) {
    const auto& e = problem.shapes.output.extents;
    const std::vector<float> right(y, y + count);
    const auto channels = static_cast<std::size_t>(e[1]);
    const std::size_t plane = count / static_cast<std::size_t>(e[0]) / channels;
    for (std::size_t i = 0; i < count; ++i)
      y[(i / plane / channels * plane + i % plane) * channels + i / plane % channels] = right[i];
  });
  const Run first_image = changed([](const Problem& problem, float* y, std::size_t count) {
    std::fill(y + count / static_cast<std::size_t>(problem.spec.batch), y + count, 0.0F);
  });
  const Run doubled = changed([](const Problem&, float* y, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) y[i] *= 2;
  });
  const Run without_beta = [](const Problem& problem, const Buffers& buffers) {
    Problem other = problem;
    other.beta = 0;
    mutants::convolve(other, buffers);
  };
  const Run rounding_twice = [](const Problem& problem, const Buffers& buffers) {
    static constexpr mutants::Hooks hooks{
        .combine = [](const Problem& asked, double sum, double old) {
          const double stored = round_to(format_of(asked.precision), asked.alpha * sum);
          return stored + asked.beta * old;
        }};
    mutants::convolve(problem, buffers, hooks);
  };
  const Mistake mistakes[] = {
      {"that of dilation 1", "c2_i9x8_k2_f3x2_d2/forward/f32", at_positions<undilated>},
      {"that of dilation 1", "c2_i9x8_k2_f3x2_d2/grad_input/f32/fill=flat",
       at_positions<undilated>},
      {"that of dilation 1", "n2_c2_i9x8_k2_f3x2_d2/grad_weights/f32", at_positions<undilated>},
      {"that of flipped filters", "c2_i9x8_k2_f3x2/forward/f32", at_positions<unflipped>},
      {"that of filters that are not flipped", "c2_i9x8_k2_f3x2_flip/grad_input/f32",
       at_positions<unflipped>},
      {"that of stride 1", "c2_i9x8_k2_f3x2_s2/forward/f32", at_positions<unstrided>},
      {"that of padding one wider in columns", "c2_i9x8_k2_f3x3_p1/forward/f32",
       at_positions<shifted_columns>},
      {"the right one with images and channels in exchanged order",
       "n3_c2_i5x4_k2_f3x3/forward/f32", transposed},
      {"the right one with channels last", "n2_c2_i5x6_k3_f3x3/forward/f32/fill=flat",
       channels_last},
      {"that of the first image, and the others hold no sum", "n3_c2_i5x4_k2_f3x3/forward/f32",
       first_image},
      {"twice the right one", "c2_i5x4_k2_f3x3/grad_weights/f32", doubled},
      {"that of beta 0", "c2_i5x4_k2_f3x3/forward/f32/beta=0.5", without_beta},
      {"rounded to the storage format before beta times the old result is added",
       "c9_i9x9_k4_f3x3/forward/bf16/beta=0.5", rounding_twice},
  };
  for (const auto& [says, trial, run] : mistakes) {
    const std::string said = said_of(run, trial);
    BOOST_TEST(has(said, std::string("the result is ") + says), trial << ": " << said);
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_said_of_faults_that_are_no_known_mistake) {
  const Run one_off = changed([](const Problem&, float* y, std::size_t count) {
    for (std::size_t i = 0; i < count; i += 3) y[i] += 1;
  });
  const Run zeros =
      changed([](const Problem&, float* y, std::size_t count) { std::fill_n(y, count, 0.0F); });

  for (const Run& run : {one_off, zeros})
    BOOST_TEST(!has(said_of(run, "c2_i9x8_k2_f3x2_d2_p1/forward/f32"), "the result is"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::oracle
