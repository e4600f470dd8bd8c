// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <fstream>

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
    if (ended_) throw InputError("a line behind the end line");
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

bool read_journal(const std::filesystem::path& path, run::Observer& observer) {
  std::ifstream file = open(path);
  Reader reader(observer);
  std::string text;
  for (std::size_t number = 1; std::getline(file, text); ++number) {
    const bool has_newline = !file.eof();
    std::optional<JournalLine> line;
    try {
      line = parse_line(text);
      reader.take(*line);
    } catch (const InputError& error) {
      if (!has_newline && !line && reader.begun() && !reader.ended()) break;  // torn by a kill
      throw FileError(fmt::format("{}:{}: {}", path.string(), number, error.what()));
    }
  }
  if (file.bad()) throw FileError(fmt::format("cannot read {} to its end", path.string()));
  if (!reader.begun())
    throw FileError(fmt::format("{} is empty; a journal starts with a run line", path.string()));
  return reader.ended();
}

JournalData read_journal(const std::filesystem::path& path) {
  JournalData data;
  data.path = path;
  Collector collector(data);
  data.incomplete = !read_journal(path, collector);
  return data;
}

}  // namespace convict::reports
