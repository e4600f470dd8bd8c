// SPDX-License-Identifier: Apache-2.0
// Profiles: what probes infer about kernels whose arithmetic is known.
#include "oracle/probes/profile.hpp"

#include <bit>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <functional>

#include "core/errors.hpp"
#include "core/spec_text.hpp"
#include "mutants/right/right.hpp"
#include "oracle/checks/checks.hpp"
#include "reference/kernels.hpp"

namespace convict::oracle {
namespace {

BOOST_AUTO_TEST_SUITE(profile_test)

using Run = std::function<void(const Problem&, const Buffers&)>;

const Kernel& reference() { return ::convict::reference::kernels().front(); }

const Kernel& right(std::string_view name) {
  for (const Kernel& kernel : mutants::right_kernels())
    if (kernel.name == "right." + std::string(name)) return kernel;
  throw std::logic_error("no right kernel " + std::string(name));
}

Profile profile_in(const Kernel& kernel, Pass pass, Precision precision) {
  const sandbox::Subject subject = sandbox::in_process(kernel);
  const auto sandbox = subject.open();
  const auto found = profile_of(subject, *sandbox, pass, precision);
  BOOST_REQUIRE(found.has_value());
  return *found;
}

Verdict verdict_on(const Kernel& kernel, const std::string& pass = "forward",
                   const std::string& precision = "f32") {
  const sandbox::Subject subject = sandbox::in_process(kernel);
  const auto sandbox = subject.open();
  Cases cases;
  return carry_out(parse_trial("c1_i1_k1_f1/" + pass + "/" + precision + "/check=profile"), subject,
                   *sandbox, cases);
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// `kernel` with f32 only and default claims.
Kernel claiming_nothing(Kernel kernel) {
  kernel.precisions = {Precision::f32};
  kernel.claims = {};
  return kernel;
}

/// The reference, or another kernel where `other` holds.
template <class Condition>
Kernel sometimes(const Kernel& instead, Condition other) {
  Kernel kernel = reference();
  kernel.run = [instead = instead.run, other](const Problem& problem, const Buffers& buffers) {
    (other(problem, buffers) ? instead : reference().run)(problem, buffers);
  };
  return kernel;
}

BOOST_AUTO_TEST_CASE(the_reference_has_the_profile_it_claims_in_every_pass_and_precision) {
  for (const Pass pass : all_passes)
    for (const Precision precision : reference().precisions) {
      const Profile found = profile_in(reference(), pass, precision);

      BOOST_TEST(found.input_digits == format_of(precision).digits);
      BOOST_TEST(found.accumulator_digits == format_of(accumulator_of(precision)).digits);
      BOOST_TEST(found.contradictions.empty());
      BOOST_TEST(has(to_string(found),
                     "rounds to nearest, keeps subnormals, direct summation, "
                     "bits depend on nothing"),
                 to_string(found));
    }
}

struct Expected {
  std::string_view kernel;
  Precision precision;
  int input_digits;
  int accumulator_digits;
  std::string_view text;  // contained in the profile's line
};

constexpr Expected profiles[] = {
    {"tf32", Precision::f32, 11, 24, "reads tf32, accumulates f32, rounds to nearest"},
    {"bf16_inputs", Precision::f32, 8, 24, "reads bf16, accumulates f32"},
    {"f16_accumulator", Precision::f16, 11, 11, "reads f16, accumulates f16"},
    {"blocked", Precision::f32, 24, 24, "direct summation, bits depend on nothing"},
    {"pairwise", Precision::f32, 24, 24, "reads f32, accumulates f32"},
    {"kahan", Precision::f32, 24, 25, "rounds to nearest, keeps subnormals, direct summation"},
    {"truncating", Precision::f32, 24, 24, "rounds toward zero"},
    {"truncating", Precision::bf16, 8, 24, "rounds toward zero"},
    {"flush_to_zero", Precision::f32, 24, 24, "flushes subnormal results"},
    {"nondeterministic", Precision::f32, 24, 24, "bits depend on the run"},
};

BOOST_AUTO_TEST_CASE(right_kernels_have_the_profile_they_were_made_with) {
  for (const auto& [name, precision, input, accumulator, text] : profiles)
    for (const Pass pass : all_passes) {
      const Profile found = profile_in(right(name), pass, precision);

      BOOST_TEST(found.input_digits == input, name);
      // With a summation order that changes from call to call, one more bit may survive.
      if (name == "nondeterministic")
        BOOST_TEST(found.accumulator_digits >= accumulator, name);
      else
        BOOST_TEST(found.accumulator_digits == accumulator, name);
      BOOST_TEST(found.arithmetic == "direct", name << ": " << to_string(found));
      BOOST_TEST(has(to_string(found), text), name << ": " << to_string(found));
      BOOST_TEST(found.contradictions.empty(), name);
    }
}

BOOST_AUTO_TEST_CASE(transforms_are_recognized_in_every_pass) {
  for (const Precision precision : {Precision::f32, Precision::f64})
    for (const Pass pass : all_passes) {
      if (precision == Precision::f64 && pass == Pass::grad_input)
        continue;  // as forward, and slow
      const index_t unknown = pass == Pass::grad_weights ? 0 : -1;
      const Profile small = profile_in(right("winograd_f2x2_3x3"), pass, precision);
      const Profile large = profile_in(right("winograd_f4x4_3x3"), pass, precision);
      const Profile fft = profile_in(right("fft"), pass, precision);

      BOOST_TEST(small.arithmetic == "winograd", to_string(small));
      BOOST_TEST(small.tile == (unknown == 0 ? 0 : 2));
      BOOST_TEST(large.arithmetic == "winograd", to_string(large));
      BOOST_TEST(large.tile == (unknown == 0 ? 0 : 4));
      BOOST_TEST(fft.arithmetic == "fft", to_string(fft));
      for (const Profile* found : {&small, &large, &fft}) {
        BOOST_TEST(found->contradictions.empty(), to_string(*found));
        BOOST_TEST_MESSAGE(name_of(pass) << " " << to_string(*found));
      }
    }
}

struct Mutant {
  Kernel kernel;
  std::string_view reason;
};

BOOST_AUTO_TEST_CASE(a_kernel_whose_arithmetic_contradicts_its_claims_fails) {
  Kernel small_tiles = right("winograd_f4x4_3x3");
  small_tiles.claims.arithmetic = winograd(2, 3);
  Kernel winograd_for_fft = right("fft");
  winograd_for_fft.claims.arithmetic = winograd(4, 3);
  const Mutant mutants[] = {
      {claiming_nothing(right("tf32")), "reads inputs with 11 significant bits and claims 24"},
      {claiming_nothing(right("bf16_inputs")), "reads inputs with 8 significant bits"},
      {claiming_nothing(right("f16_accumulator")), "keeps sums with 11 significant bits"},
      {claiming_nothing(right("truncating")), "additions round toward zero"},
      {claiming_nothing(right("flush_to_zero")), "flushes subnormal results"},
      {claiming_nothing(right("winograd_f2x2_3x3")), "as in a Winograd transform"},
      {claiming_nothing(right("winograd_f4x4_3x3")), "as in a Winograd transform"},
      {claiming_nothing(right("fft")), "as in an FFT"},
      {claiming_nothing(right("nondeterministic")), "equal calls give different bits"},
      {small_tiles, "transforms tiles of 4 and claims 2"},
      {winograd_for_fft, "as in an FFT"},
  };
  for (const auto& [kernel, reason] : mutants)
    for (const std::string pass : {"forward", "grad_input", "grad_weights"}) {
      const bool transforms = has(reason, "transform") || has(reason, "FFT");
      if (transforms && pass != "forward") continue;  // slow; the test above has all passes

      const Verdict verdict = verdict_on(kernel, pass);

      BOOST_TEST((verdict.outcome == Outcome::fail), kernel.name << " " << pass << verdict.note);
      BOOST_TEST(verdict.layer == "profile");
      BOOST_TEST(has(verdict.reason, reason), kernel.name << ": " << verdict.reason);
    }
}

BOOST_AUTO_TEST_CASE(a_tf32_precision_allows_eleven_bits_and_no_fewer) {
  Kernel tf32 = right("tf32");
  tf32.claims = {};
  Kernel bf16 = right("bf16_inputs");
  bf16.precisions = {Precision::tf32};
  bf16.claims = {};

  BOOST_TEST((verdict_on(tf32, "forward", "tf32").outcome == Outcome::pass));
  BOOST_TEST((verdict_on(bf16, "forward", "tf32").outcome == Outcome::fail));
}

BOOST_AUTO_TEST_CASE(results_stored_toward_zero_fail) {
  Kernel kernel = reference();
  kernel.run = [](const Problem& problem, const Buffers& buffers) {
    // The f32 result truncated to its upper half: a wrong way to store bf16.
    Problem wide = problem;
    wide.precision = Precision::f32;
    const auto widened = [](const void* from, index_t count) {
      std::vector<float> values;
      for (index_t i = 0; i < count; ++i)
        values.push_back(std::bit_cast<float>(
            static_cast<std::uint32_t>(static_cast<const std::uint16_t*>(from)[i]) << 16));
      return values;
    };
    std::vector<float> input = widened(buffers.input, problem.shapes.input.elements());
    std::vector<float> filters = widened(buffers.filters, problem.shapes.filters.elements());
    std::vector<float> output(static_cast<std::size_t>(problem.shapes.output.elements()));
    reference().run(wide,
                    {.input = input.data(), .filters = filters.data(), .output = output.data()});
    for (std::size_t i = 0; i < output.size(); ++i)
      static_cast<std::uint16_t*>(buffers.output)[i] =
          static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(output[i]) >> 16);
  };

  const Verdict verdict = verdict_on(kernel, "forward", "bf16");

  BOOST_TEST((verdict.outcome == Outcome::fail));
  BOOST_TEST(has(verdict.reason, "stores results rounded toward zero"), verdict.reason);
}

BOOST_AUTO_TEST_CASE(bits_that_depend_on_threads_contradict_determinism) {
  Kernel kernel = sometimes(right("pairwise"), [](const Problem& problem, const Buffers&) {
    return problem.threads > 2;
  });

  const Verdict verdict = verdict_on(kernel);

  BOOST_TEST((verdict.outcome == Outcome::fail));
  BOOST_TEST(has(verdict.reason, "number of threads"), verdict.reason);
  kernel.claims.deterministic = false;
  BOOST_TEST((verdict_on(kernel).outcome == Outcome::pass));
}

BOOST_AUTO_TEST_CASE(bits_that_depend_on_alignment_or_batch_are_reported_only) {
  const Kernel aligned = sometimes(right("pairwise"), [](const Problem&, const Buffers& buffers) {
    return reinterpret_cast<std::uintptr_t>(buffers.input) % 64 != 0;
  });
  const Kernel alone = sometimes(right("pairwise"), [](const Problem& problem, const Buffers&) {
    return problem.spec.batch == 1;
  });

  const Verdict by_alignment = verdict_on(aligned);
  const Verdict by_batch = verdict_on(alone);

  BOOST_TEST((by_alignment.outcome == Outcome::pass));
  BOOST_TEST(has(by_alignment.note, "bits depend on alignment"), by_alignment.note);
  BOOST_TEST((by_batch.outcome == Outcome::pass));
  BOOST_TEST(has(by_batch.note, "bits depend on the place in the batch"), by_batch.note);
}

/// `kernel`, which refuses all specs but those that `takes` accepts.
Kernel restricted(Kernel kernel, std::function<bool(const ConvSpec&)> takes) {
  kernel.refuses = [inner = kernel.refuses, takes = std::move(takes)](
                       const Problem& problem) -> std::optional<std::string> {
    if (auto reason = inner(problem)) return reason;
    if (!takes(problem.spec)) return "not this spec";
    return std::nullopt;
  };
  return kernel;
}

BOOST_AUTO_TEST_CASE(kernels_for_few_problems_are_probed_on_those) {
  const auto flipped = [](const ConvSpec& spec) { return spec.flip; };
  const auto whole_tiles = [](const ConvSpec& spec) {
    // Single pixels, because larger images would take long.
    return spec.in_channels % 32 == 0 && spec.out_channels % 32 == 0 && spec.input[0] == 1;
  };
  const auto one_axis = [](const ConvSpec& spec) { return spec.rank == 1; };
  const auto filters_of_3 = [](const ConvSpec& spec) { return spec.filter[0] == 3; };
  for (const auto& takes : std::initializer_list<std::function<bool(const ConvSpec&)>>{
           flipped, whole_tiles, one_axis, filters_of_3})
    for (const std::string pass : {"forward", "grad_input", "grad_weights"}) {
      const Kernel wrong_claims = restricted(claiming_nothing(right("tf32")), takes);

      BOOST_TEST((verdict_on(restricted(reference(), takes), pass).outcome == Outcome::pass));
      BOOST_TEST((verdict_on(wrong_claims, pass).outcome == Outcome::fail));
    }
  const Kernel winograd = restricted(claiming_nothing(right("winograd_f2x2_3x3")), flipped);
  BOOST_TEST(has(verdict_on(winograd, "forward").reason, "as in a Winograd"));
  BOOST_TEST(has(verdict_on(winograd, "grad_weights").reason, "as in a Winograd"));
}

BOOST_AUTO_TEST_CASE(a_kernel_that_refuses_everything_or_fails_has_no_profile) {
  Kernel refusing = reference();
  refusing.refuses = [](const Problem&) { return std::optional<std::string>("never"); };
  Kernel broken = reference();
  broken.run = [](const Problem&, const Buffers&) { throw KernelError("status 3"); };
  const sandbox::Subject subject = sandbox::in_process(broken);

  BOOST_TEST((verdict_on(refusing).outcome == Outcome::unsupported));
  BOOST_TEST((verdict_on(broken).outcome == Outcome::fail));
  BOOST_TEST(has(verdict_on(broken).reason, "status 3"));
  BOOST_TEST(!profile_of(subject, *subject.open(), Pass::forward, Precision::f32).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::oracle
