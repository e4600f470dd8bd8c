// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <fstream>
#include <utility>

#include "core/errors.hpp"
#include "reports/journal/journal.hpp"
#include "reports/journal/journal_lines.hpp"

namespace convict::reports {
namespace {

/// Passes lines on to the observer and checks their order: run, trial or checkpoint..., end.
class Reader {
 public:
  explicit Reader(run::Observer& observer) : observer_(observer) {}

  bool begun() const { return begun_; }
  bool ended() const { return ended_; }

  void take(const JournalLine& line) {
    if (begun_ == std::holds_alternative<run::RunInfo>(line))
      throw InputError(begun_ ? "a second run line" : "a journal starts with a run line");
    std::visit([this](const auto& content) { pass_on(content); }, line);
  }

 private:
  void pass_on(const run::RunInfo& info) {
    begun_ = true;
    observer_.begin(info);
  }
  void pass_on(const TrialResult& result) { observer_.trial(result); }
  void pass_on(const run::Checkpoint& checkpoint) { observer_.checkpoint(checkpoint); }
  void pass_on(const run::RunEnd& end) {
    ended_ = true;
    observer_.end(end);
  }

  run::Observer& observer_;
  bool begun_ = false;
  bool ended_ = false;
};

/// Lines of one kind that were read around.
struct LeftOut {
  std::string_view what;
  std::size_t count = 0;
  std::size_t first = 0;

  void add(std::size_t number) {
    if (count++ == 0) first = number;
  }
};

class LinesLeftOut {
 public:
  /// Notes what is wrong with the form of a line; returns what is to be read of it.
  std::string_view read(std::string_view line, std::size_t number, bool behind_the_end) {
    const std::string_view content = content_of(line);
    if (line.find('\0') < line.size())
      nul_.add(number);
    else if (content.empty())
      blank_.add(number);
    else if (behind_the_end)
      behind_.add(number);
    return behind_the_end ? std::string_view() : content;
  }

  std::vector<std::string> remarks(const std::filesystem::path& path) const {
    std::vector<std::string> sentences;
    for (const LeftOut& kind : {nul_, blank_, behind_})
      if (kind.count > 0)
        sentences.push_back(fmt::format(
            "{}:{}: left out: {}{}", path.string(), kind.first, kind.what,
            kind.count > 1 ? fmt::format(" ({} lines have this)", kind.count) : std::string()));
    return sentences;
  }

 private:
  LeftOut nul_{"NUL bytes, as a system that crashed leaves them; what stood there is lost"};
  LeftOut blank_{"a blank line"};
  LeftOut behind_{"a line behind the end line"};
};

struct Collector final : run::Observer {
  explicit Collector(JournalData& target) : data(target) {}
  void begin(const run::RunInfo& info) override { data.info = info; }
  void trial(const TrialResult& result) override { data.results.push_back(result); }
  void checkpoint(const run::Checkpoint& checkpoint) override {
    data.counted.insert(data.counted.end(), checkpoint.counted.begin(), checkpoint.counted.end());
    data.pairs.insert(data.pairs.end(), checkpoint.pairs.begin(), checkpoint.pairs.end());
    data.features = checkpoint.features;
  }
  void end(const run::RunEnd& end) override { data.end = end; }
  JournalData& data;
};

std::ifstream open(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw FileError(fmt::format("cannot read {}", path.string()));
  return file;
}

}  // namespace

JournalReading read_journal(const std::filesystem::path& path, run::Observer& observer) {
  std::ifstream file = open(path);
  Reader reader(observer);
  LinesLeftOut left_out;
  std::string text;
  for (std::size_t number = 1; std::getline(file, text); ++number) {
    if (file.eof()) break;  // torn by a kill: convict writes a line and its newline together
    const std::string_view line = left_out.read(text, number, reader.ended());
    if (line.empty()) continue;
    try {
      reader.take(parse_line(line));
    } catch (const InputError& error) {
      throw FileError(fmt::format("{}:{}: {}", path.string(), number, error.what()));
    }
  }
  if (file.bad()) throw FileError(fmt::format("cannot read {} to its end", path.string()));
  if (!reader.begun())
    throw FileError(
        fmt::format("{} has no line: its run was killed before it wrote the first", path.string()));
  return {.ended = reader.ended(), .remarks = left_out.remarks(path)};
}

JournalData read_journal(const std::filesystem::path& path) {
  JournalData data;
  data.path = path;
  Collector collector(data);
  JournalReading reading = read_journal(path, collector);
  data.incomplete = !reading.ended;
  data.remarks = std::move(reading.remarks);
  return data;
}

}  // namespace convict::reports
