// SPDX-License-Identifier: Apache-2.0
// Journals: what is read is written, and read again to the same.
#include "reports/journal/journal.hpp"
#include "reports/journal/journal_lines.hpp"
#include "tests/fuzzing/memory_file.hpp"
#include "tests/fuzzing/target.hpp"

namespace convict::fuzzing {
namespace {

/// The journal that it observes, written again.
struct Writer final : run::Observer {
  std::string text{};

  void begin(const run::RunInfo& info) override { text += reports::line_of(info) + '\n'; }
  void trial(const TrialResult& result) override { text += reports::line_of(result) + '\n'; }
  void checkpoint(const run::Checkpoint& checkpoint) override {
    text += reports::line_of(checkpoint) + '\n';
  }
  void end(const run::RunEnd& end) override { text += reports::line_of(end) + '\n'; }
};

std::optional<std::string> written_again(const MemoryFile& file, std::string_view contents) {
  file.hold(contents);
  Writer writer;
  const auto reading = parsed([&] { return reports::read_journal(file.path(), writer); });
  if (!reading) return std::nullopt;
  for (const std::string& remark : reading->remarks) check_message(remark);
  return writer.text;
}

}  // namespace
}  // namespace convict::fuzzing

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace convict::fuzzing;
  static const MemoryFile file;
  const auto text = written_again(file, text_of(data, size));
  if (!text) return 0;
  for (const char letter : *text)
    if (letter != '\n' && has_controls({&letter, 1})) fail("a journal with control characters");
  const auto again = written_again(file, *text);
  if (!again) fail("a journal that was read and written cannot be read again");
  require_same(*again, *text, "a journal");
  return 0;
}
