// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>

#include "core/spec_text.hpp"
#include "ops/kernels.hpp"
#include "tests/ops/closed_form.hpp"

namespace convict::ops::test {
namespace {

BOOST_AUTO_TEST_SUITE(user_kernels_test)

const Kernel& kernel_named(const std::string& name) {
  const auto kernels = all_kernels();
  return *std::ranges::find(kernels, name, &Kernel::name);
}

std::vector<const Kernel*> user_level() {
  std::vector<const Kernel*> kernels;
  for (const Kernel& kernel : all_kernels())
    if (kernel.name.starts_with("ops.")) kernels.push_back(&kernel);
  return kernels;
}

Problem problem(const ConvSpec& spec, Pass pass) {
  Problem made{.spec = spec, .pass = pass, .alpha = 2, .beta = -3};
  if (!why_invalid(spec)) made.shapes = shapes_of(spec);
  return made;
}

struct Memory {
  Array input, filters, output;
  Buffers buffers() {
    return {.input = input.data(), .filters = filters.data(), .output = output.data()};
  }
};
Memory filled(const ConvSpec& spec) {
  return {integers({input_elements(spec)}, 1), integers({filter_elements(spec)}, 2),
          integers({output_elements(spec)}, 3)};
}

const char* const texts[] = {"n2_c4_i9_k6_f3_s2_d2_p1:0_g2_flip",
                             "c2_i7_k3_f2_phalf",
                             "c2_i7_k3_f2_pfull_unshared",
                             "n2_c3_i6x5_k4_f3x2_flip",
                             "n2_c6_i12x9_k9_f5x6_s1x2_d2x1_p1:0x2:1_g3_flip",
                             "c2_i5x4_k3_f4x2_d1x2_phalf_flip",
                             "c2_i5x4_k4_f2x2_s2x1_p1_g2_unshared",
                             "c1_i3x3_k1_f3x3_p0",
                             "n2_c2_i4x3x5_k3_f2x1x3_flip",
                             "c4_i5x4x3_k2_f2x3x2_s1x2x3_d2x1x1_p1x0x2_g2",
                             "c2_i3x4x2_k2_f2x3x1_phalf"};

BOOST_AUTO_TEST_CASE(the_user_level_functions_are_kernels_for_every_rank_and_pass) {
  std::set<std::string> names;
  for (const Kernel* kernel : user_level()) names.insert(kernel->name);

  std::set<std::string> expected;
  for (const char* conv : {"ops.conv1d", "ops.conv2d", "ops.conv3d"})
    for (const char* tail : {"", "_grad_wrt_inputs", "_grad_wrt_weights", "_transpose"})
      expected.insert(std::string(conv) + tail);
  BOOST_TEST((names == expected));
}

BOOST_AUTO_TEST_CASE(every_kernel_agrees_with_the_definition_and_scales) {
  const Kernel& truth = kernel_named("reference.direct");
  std::size_t compared = 0;
  for (const char* text : texts) {
    const ConvSpec spec = parse_valid_spec(text);
    for (const Kernel* kernel : user_level()) {
      const Problem asked = problem(spec, kernel->passes[0]);
      if (refusal(*kernel, asked)) continue;
      Memory subject = filled(spec);
      Memory expected = filled(spec);

      kernel->run(asked, subject.buffers());
      truth.run(asked, expected.buffers());

      BOOST_TEST((subject.input == expected.input), kernel->name << " " << text);
      BOOST_TEST((subject.filters == expected.filters), kernel->name << " " << text);
      BOOST_TEST((subject.output == expected.output), kernel->name << " " << text);
      ++compared;
    }
  }
  // Every spec has a kernel for forward, two for grad_input, and one for grad_weights.
  BOOST_TEST(compared == 4 * std::size(texts));
}

BOOST_AUTO_TEST_CASE(kernels_refuse_what_the_functions_refuse_with_the_same_message) {
  const auto why = [](const std::string& name, const std::string& text) {
    const Kernel& kernel = kernel_named(name);
    return refusal(kernel, problem(parse_spec(text), kernel.passes[0])).value_or("taken");
  };

  BOOST_TEST(why("ops.conv2d", "c1_i3_k1_f2") == "takes 2 spatial axes, not 1");
  BOOST_TEST(why("ops.conv3d", "c1_i3x3x3_k1_f2x2x2_unshared").find("unshared") == 0);
  BOOST_TEST(
      why("ops.conv3d", "c1_i3x3x3_k1_f2x2x2_p1:0x0x0").find("border_mode is ((1, 0), 0, 0)") == 0);
  BOOST_TEST(why("ops.conv2d", "c1_i3x3_k1_f4x2").find("the output shape would be") == 0);
}

BOOST_AUTO_TEST_CASE(kernels_refuse_every_invalid_spec) {
  const ConvSpec valid = parse_valid_spec("n2_c4_i6x6_k4_f3x3_g2");
  std::vector<ConvSpec> invalid;
  const auto with = [&](auto change) {
    ConvSpec spec = valid;
    change(spec);
    BOOST_TEST_REQUIRE(why_invalid(spec).has_value());
    invalid.push_back(spec);
  };
  const index_t huge = index_t{1} << 62;
  with([](ConvSpec& s) { s.rank = 0; });
  with([](ConvSpec& s) { s.rank = 4; });
  with([](ConvSpec& s) { s.batch = -1; });
  with([](ConvSpec& s) { s.in_channels = -4; });
  with([](ConvSpec& s) { s.in_channels = 5; });
  with([](ConvSpec& s) { s.out_channels = -4; });
  with([](ConvSpec& s) { s.out_channels = 3; });
  with([](ConvSpec& s) { s.groups = 0; });
  with([](ConvSpec& s) { s.groups = -2; });
  with([](ConvSpec& s) { s.input[1] = -1; });
  with([](ConvSpec& s) { s.input[1] = 2; });
  with([](ConvSpec& s) { s.filter[0] = 0; });
  with([](ConvSpec& s) { s.filter[0] = -3; });
  with([](ConvSpec& s) { s.stride[0] = 0; });
  with([](ConvSpec& s) { s.dilation[1] = 0; });
  with([](ConvSpec& s) { s.padding[0].before = -1; });
  with([huge](ConvSpec& s) { s.batch = huge; });
  with([huge](ConvSpec& s) { s.dilation[0] = huge; });
  with([huge](ConvSpec& s) { s.padding[0] = {huge, huge}; });
  for (const Kernel* kernel : user_level())
    for (ConvSpec spec : invalid)
      for (const bool unshared : {false, true}) {
        spec.unshared = unshared;
        BOOST_TEST(
            refusal(*kernel, problem(spec, kernel->passes[0])).has_value(),
            kernel->name << " takes what is invalid: " << why_invalid(spec).value_or("nothing"));
      }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::ops::test
