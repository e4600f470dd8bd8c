// SPDX-License-Identifier: Apache-2.0
// Profiles: what probes infer about kernels whose arithmetic is known.
#include "oracle/probes/profile.hpp"

#include <algorithm>
#include <bit>
#include <boost/test/unit_test.hpp>
#include <cmath>
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
    {"denormals_are_zero", Precision::f32, 24, 24,
     "as zero and reads subnormal running sums as zero"},
    {"depthwise_f16", Precision::f16, 11, 11, "accumulates f16"},
    {"by_threads", Precision::f32, 24, 24, "bits depend on threads"},
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

BOOST_AUTO_TEST_CASE(transforms_of_some_axes_agree_with_their_claims_in_every_pass) {
  for (const Pass pass : all_passes)
    for (const char* name : {"winograd_columns", "winograd_by_axis", "fft_columns"}) {
      const Profile found = profile_in(right(name), pass, Precision::f32);

      BOOST_TEST(found.contradictions.empty(),
                 name << (found.contradictions.empty() ? "" : ": " + found.contradictions.front()));
      BOOST_TEST(found.arithmetic == (name == std::string("fft_columns") ? "fft" : "winograd"),
                 name << " " << name_of(pass) << ": " << to_string(found));
      for (const ShapeProfile& shape : found.shapes)
        if (shape.arithmetic != "direct" && name != std::string("winograd_by_axis"))
          BOOST_TEST(shape.axes == 4U, name << " " << name_of(pass) << " " << shape.label);
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
  Kernel rows_for_columns = right("winograd_columns");
  rows_for_columns.claims.arithmetic.axes = 2;
  Kernel flushes_only = right("denormals_are_zero");
  flushes_only.claims = {.flush_to_zero = true};
  const Mutant mutants[] = {
      {rows_for_columns, "transforms axis 2 in 3x3, and by its claims axis 1 only"},
      {flushes_only, "reads subnormal inputs as zero"},
      {claiming_nothing(right("denormals_are_zero")), "reads subnormal running sums as zero"},
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
  kernel.claims.same_for_threads = false;
  BOOST_TEST((verdict_on(kernel).outcome == Outcome::pass));
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

BOOST_AUTO_TEST_CASE(the_accumulator_is_told_by_where_the_terms_lie_the_narrowest_first) {
  const auto profile_where = [](bool (*narrow)(const ConvSpec&), Pass pass) {
    Kernel kernel = reference();
    kernel.run = [narrow](const Problem& problem, const Buffers& buffers) {
      (narrow(problem.spec) ? right("f16_accumulator") : reference()).run(problem, buffers);
    };
    return profile_in(kernel, pass, Precision::f16);
  };
  const Profile taps =
      profile_where([](const ConvSpec& spec) { return spec.filter[0] > 1; }, Pass::forward);
  BOOST_TEST(has(to_string(taps),
                 "accumulates f16 along taps, channels and both and in depthwise, f32 in 1x1"),
             to_string(taps));
  BOOST_REQUIRE(taps.contradictions.size() == 1U);
  BOOST_TEST(
      taps.contradictions[0] ==
      "it keeps sums with 11 significant bits along taps, channels and both and in depthwise "
      "and claims 24");
  const Profile depthwise =
      profile_where([](const ConvSpec& spec) { return spec.groups > 1; }, Pass::grad_input);
  BOOST_TEST(has(to_string(depthwise),
                 "accumulates f16 in depthwise, f32 in 1x1 and along taps, channels and both"),
             to_string(depthwise));
  const Profile images =
      profile_where([](const ConvSpec& spec) { return spec.batch > 1; }, Pass::grad_weights);
  BOOST_TEST(has(to_string(images), "accumulates f16 along images and both, f32 along positions"),
             to_string(images));
}

BOOST_AUTO_TEST_CASE(transforms_of_some_shapes_only_are_found) {
  const Kernel by_channels =
      sometimes(right("winograd_f4x4_3x3"), [](const Problem& problem, const Buffers&) {
        const ConvSpec& spec = problem.spec;
        return spec.in_channels >= 32 && spec.groups == 1 && spec.rank == 2 &&
               spec.filter[0] == 3 && problem.precision == Precision::f32;
      });
  const Kernel by_batch =
      sometimes(right("winograd_f2x2_3x3"), [](const Problem& problem, const Buffers&) {
        const ConvSpec& spec = problem.spec;
        return spec.batch >= 16 && spec.rank == 2 && spec.filter[0] == 3;
      });

  const Profile channels = profile_in(by_channels, Pass::forward, Precision::f32);
  const Profile batch = profile_in(by_batch, Pass::forward, Precision::f32);

  BOOST_TEST(has(to_string(channels),
                 "Winograd tiles of 4 (3x3 with 32 channels; 3x3 with 32 channels on 10x10; 3x3 "
                 "with 64 channels on 10x10), else direct summation"),
             to_string(channels));
  BOOST_REQUIRE(!channels.contradictions.empty());
  BOOST_TEST(has(channels.contradictions[0],
                 "as in a Winograd transform, which it does not claim (3x3 with 32 channels;"));
  BOOST_TEST(has(to_string(batch), "Winograd tiles of 2 (3x3 with 16 images), else direct"),
             to_string(batch));
}

/// The reference on one output element, with another rule for the sum of its two products.
Kernel summing(std::function<double(double, double)> add) {
  Kernel kernel = reference();
  kernel.refuses = [](const Problem& problem) -> std::optional<std::string> {
    if (auto reason = refuse_invalid(problem)) return reason;
    const ConvSpec& spec = problem.spec;
    const bool is_dot = spec.filter[0] == 1 && spec.input[0] == 1 && spec.rank == 1;
    return is_dot && spec.batch == 1 && spec.out_channels == 1 && spec.groups == 1
               ? std::nullopt
               : std::optional<std::string>("dot products only");
  };
  kernel.run = [add = std::move(add)](const Problem& problem, const Buffers& buffers) {
    double sum = 0;
    for (index_t c = 0; c < problem.spec.in_channels; ++c) {
      const double x = static_cast<const float*>(buffers.input)[c];
      const double w = static_cast<const float*>(buffers.filters)[c];
      sum = static_cast<double>(static_cast<float>(add(sum, x * w)));
    }
    *static_cast<float*>(buffers.output) = static_cast<float>(sum);
  };
  return kernel;
}

BOOST_AUTO_TEST_CASE(subnormals_are_told_in_three_states_and_by_operand) {
  const auto zeroed = [](double value) {
    return std::fabs(value) < smallest_normal(Precision::f32) ? 0.0 : value;
  };
  const Kernel sums = summing([&](double sum, double product) { return zeroed(sum) + product; });
  const Kernel results = summing([&](double sum, double product) { return zeroed(sum + product); });
  Kernel filters = summing([](double sum, double product) { return sum + product; });
  filters.run = [inner = filters.run](const Problem& problem, const Buffers& buffers) {
    std::vector<float> bank;
    for (index_t c = 0; c < problem.spec.in_channels; ++c) {
      const float w = static_cast<const float*>(buffers.filters)[c];
      bank.push_back(std::fabs(w) < 0x1p-126F ? 0 : w);
    }
    Buffers flushed = buffers;
    flushed.filters = bank.data();
    inner(problem, flushed);
  };

  const Profile of_sums = profile_in(sums, Pass::forward, Precision::f32);
  const Profile of_results = profile_in(results, Pass::forward, Precision::f32);
  const Profile of_filters = profile_in(filters, Pass::forward, Precision::f32);

  BOOST_TEST(has(to_string(of_sums), ", reads subnormal running sums as zero,"));
  BOOST_TEST(has(to_string(of_results), ", flushes subnormal results,"));
  BOOST_TEST(has(to_string(of_filters), ", reads subnormal filters as zero,"));
  BOOST_REQUIRE(of_sums.contradictions.size() == 1U);
  BOOST_TEST(has(of_sums.contradictions[0], "running sums"));
}

BOOST_AUTO_TEST_CASE(infinity_that_is_cut_and_nan_that_is_dropped_are_told) {
  const double largest = largest_finite(Precision::f32);
  const Kernel cuts = summing([largest](double sum, double product) {
    return std::isnan(sum + product) ? sum + product : std::clamp(sum + product, -largest, largest);
  });
  const Kernel drops =
      summing([](double sum, double product) { return std::isnan(product) ? sum : sum + product; });

  const Verdict of_cuts = verdict_on(cuts);
  const Verdict of_drops = verdict_on(drops);

  BOOST_TEST(has(of_cuts.note, ", cuts infinity to 3.4e+38, cuts larger results to 3.4e+38,"),
             of_cuts.note);
  BOOST_TEST(has(of_cuts.reason, "it cuts infinity to 3.4e+38"), of_cuts.reason);
  BOOST_TEST(of_drops.reason == "it drops NaN");
  BOOST_TEST((verdict_on(reference()).outcome == Outcome::pass));
}

BOOST_AUTO_TEST_CASE(what_is_plainly_wrong_is_told_as_that_and_not_as_few_digits) {
  Kernel kernel = reference();
  kernel.run = [](const Problem& problem, const Buffers& buffers) {
    reference().run(problem, buffers);
    if (problem.spec.groups == 1) return;
    for (index_t i = 0; i < problem.shapes.output.elements(); ++i)
      static_cast<float*>(buffers.output)[i] *= 2;
  };

  const Verdict verdict = verdict_on(kernel);

  BOOST_TEST(verdict.reason == "1 times 1 among zeros is not 1 in depthwise");
}

BOOST_AUTO_TEST_CASE(a_kernel_for_one_geometry_is_probed_where_the_trial_names_it) {
  const Kernel narrow = restricted(claiming_nothing(right("tf32")), [](const ConvSpec& spec) {
    return spec.batch == 5 && spec.in_channels == 7 && spec.input[0] == 11;
  });
  const sandbox::Subject subject = sandbox::in_process(narrow);
  Cases cases;
  const auto tried = [&](const char* trial) {
    return carry_out(parse_trial(trial), subject, *subject.open(), cases);
  };

  BOOST_TEST((tried("c1_i1_k1_f1/forward/f32/check=profile").outcome == Outcome::unsupported));
  const Verdict verdict = tried("n5_c7_i11_k2_f3/forward/f32/check=profile");
  BOOST_TEST(has(verdict.reason, "reads inputs with 11 significant bits"), verdict.reason);
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
