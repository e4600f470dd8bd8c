// SPDX-License-Identifier: Apache-2.0
// Spec text: what parses has a canonical text that parses to the same spec, and derived quantities
// of valid specs fit.
#include "core/spec.hpp"
#include "core/spec_text.hpp"
#include "tests/fuzzing/target.hpp"

namespace convict::fuzzing {
namespace {

void check_valid(const ConvSpec& spec) {
  for (const index_t size : output_extents(spec))
    if (size < 1) fail("a valid spec without output");
  for (const Pass pass : {Pass::forward, Pass::grad_input, Pass::grad_weights})
    if (result_elements(spec, pass) < 0) fail("a negative number of elements");
  if (flops(spec) < 0) fail("a negative number of flops");
  const ConvSpec explicit_form = with_explicit_padding(spec);
  if (why_invalid(explicit_form)) fail("explicit padding made a valid spec invalid");
  require_same(output_extents(explicit_form), output_extents(spec), "extents");
  if (why_invalid(lifted(spec))) fail("three axes made a valid spec invalid");
}

}  // namespace
}  // namespace convict::fuzzing

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace convict;
  const auto spec = fuzzing::parsed([&] { return parse_spec(fuzzing::text_of(data, size)); });
  if (!spec) return 0;
  const std::string text = to_string(*spec);
  fuzzing::require_same(parse_spec(text), *spec, "a spec and its text");
  const auto why = why_invalid(*spec);
  if (why) fuzzing::check_message(*why);
  const bool is_valid = fuzzing::parsed([&] { return parse_valid_spec(text); }).has_value();
  fuzzing::require_same(is_valid, !why, "whether a spec is valid");
  if (is_valid) fuzzing::check_valid(*spec);
  return 0;
}
