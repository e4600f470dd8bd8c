// SPDX-License-Identifier: Apache-2.0
// Files of specs and trials, one a line: read as a suite, as regressions and as a shape set. What
// is read is written, and read again to the same; each spec becomes trials.
#include <vector>

#include "core/spec_text.hpp"
#include "datasets/files/trial_file.hpp"
#include "datasets/shape_sets.hpp"
#include "datasets/suite.hpp"
#include "tests/fuzzing/memory_file.hpp"
#include "tests/fuzzing/target.hpp"

namespace convict::fuzzing {
namespace {

std::string text_of(const std::vector<datasets::SuiteLine>& lines) {
  std::string text;
  for (const datasets::SuiteLine& line : lines)
    text += (line.trial ? to_string(*line.trial) : to_string(line.spec)) + '\n';
  return text;
}

std::string text_of(const std::vector<Trial>& trials) {
  std::string text;
  for (const Trial& trial : trials) text += to_string(trial) + '\n';
  return text;
}

/// Reads what the file holds, writes it, and reads that.
template <class Read>
auto read_twice(const MemoryFile& file, std::string_view contents, Read read)
    -> decltype(parsed(read)) {
  file.hold(contents);
  auto lines = parsed(read);
  if (!lines) return lines;
  const std::string text = text_of(*lines);
  file.hold(text);
  const auto again = parsed(read);
  if (!again) fail("what was read and written cannot be read again");
  require_same(text_of(*again), text, "lines");
  return lines;
}

void check_shape_set(std::string_view contents) {
  const auto set = parsed([&] { return datasets::parse_shape_set(contents, "fuzzed"); });
  if (!set) return;
  std::string text;
  for (std::size_t i = 0; i < set->specs.size(); ++i)
    text += to_string(set->specs[i]) + " # " + set->labels[i] + '\n';
  const datasets::ShapeSet again = datasets::parse_shape_set(text, "fuzzed");
  require_same(again.specs, set->specs, "specs of a shape set");
  require_same(again.labels, set->labels, "labels of a shape set");
}

}  // namespace
}  // namespace convict::fuzzing

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace convict;
  static const fuzzing::MemoryFile file;
  const std::string_view contents = fuzzing::text_of(data, size);
  const auto suite =
      fuzzing::read_twice(file, contents, [] { return datasets::read_suite_file(file.path()); });
  fuzzing::read_twice(file, contents, [] { return datasets::read_trials(file.path()); });
  fuzzing::check_shape_set(contents);
  if (!suite) return 0;
  const auto trials = fuzzing::parsed([] { return datasets::suite_named(file.path()); });
  if (trials && trials->size() < suite->size()) fuzzing::fail("a line of a suite gave no trial");
  return 0;
}
