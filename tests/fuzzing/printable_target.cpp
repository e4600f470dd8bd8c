// SPDX-License-Identifier: Apache-2.0
// Words of kernels and files, made fit for a terminal and for JSON: no control characters, whatever
// they were, and what is fit stays as it is.
#include "core/printable.hpp"
#include "tests/fuzzing/target.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace convict;
  const std::string_view text = fuzzing::text_of(data, size);
  const std::string shown = printable(text);
  if (fuzzing::has_controls(shown)) fuzzing::fail("control characters in a printable text");
  if (shown.size() < text.size()) fuzzing::fail("a printable text that lost something");
  fuzzing::require_same(printable(shown), shown, "a printable text");
  fuzzing::require_same(printable_json(shown), shown, "a printable text in JSON");
  return 0;
}
