// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "run/observer.hpp"

namespace convict::reports {

/// Writes DIR/journal.jsonl while the run goes on, one JSON object a line: a `run` line, a `trial`
/// line per result, `checkpoint` lines in a search, an `end` line. Every line reaches the system in
/// one write as soon as it is known, so a killed run loses at most the line it was writing. The
/// observer's functions throw EnvironmentError naming the file when the disk does not take a line
/// or the file is not there any more; what was written stays. As long as the object lives the file
/// is locked (flock(2)): a second run that would write to it is refused.
class Journal final : public run::Observer {
 public:
  /// Creates `directory` where needed and in it an empty journal. Throws InputError when a journal
  /// is there already, EnvironmentError when none can be made.
  explicit Journal(const std::filesystem::path& directory);
  /// Continues the journal in `directory`: with the first line that is written, an end line and
  /// what is behind it, and a last line torn by a kill, are cut off. The run line is not written
  /// again, unless there is none. Throws FileError when there is no journal, InputError when
  /// another process is writing to it.
  static Journal resumed(const std::filesystem::path& directory);
  Journal(Journal&& other) noexcept;
  ~Journal() override;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  Journal& operator=(Journal&&) = delete;

  void begin(const run::RunInfo& info) override;
  void trial(const TrialResult& result) override;
  void checkpoint(const run::Checkpoint& checkpoint) override;
  void end(const run::RunEnd& end) override;

  const std::filesystem::path& path() const { return path_; }
  /// Whether the file has a run line.
  bool has_begun() const { return begun_; }

 private:
  Journal(std::filesystem::path path, int descriptor);
  void require_in_place() const;
  void write_line(std::string text);

  std::filesystem::path path_;
  int descriptor_ = -1;
  bool begun_ = false;
  std::optional<std::uintmax_t> keeps_;  ///< bytes that stay when its run goes on
};

/// What a journal holds.
struct JournalData {
  std::filesystem::path path;
  run::RunInfo info;
  std::vector<TrialResult> results;
  std::vector<run::CountedResults> counted;  ///< of checkpoints: trials without a line
  std::vector<run::PairAgreement> pairs;     ///< of checkpoints
  std::vector<run::FeatureCount> features;   ///< of the last checkpoint
  std::optional<run::RunEnd> end;
  bool incomplete = true;  ///< the run was killed: there is no end line
  std::vector<std::string> remarks;
};

/// Reads a journal. A last line that was torn by a kill is left out, and so are blank lines, the
/// NUL bytes that a crash of the system leaves in files, and lines behind the end line; each kind
/// of the last three gets a remark, a sentence that names path:line. Throws FileError when the file
/// cannot be read or is no journal, and naming path:line for any other malformed line.
JournalData read_journal(const std::filesystem::path& path);

struct JournalReading {
  bool ended = false;  ///< the journal has its end line
  std::vector<std::string> remarks;
};

/// The same, handing every line to `observer` instead of keeping it; without an end line,
/// `observer.end` is not called.
JournalReading read_journal(const std::filesystem::path& path, run::Observer& observer);

}  // namespace convict::reports
