#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "cli/campaign.hpp"
#include "run/observer.hpp"

namespace convict::cli {

/// Where `conform` looks for findings that were kept, unless --first names a file.
inline constexpr const char* regressions_name = "convict-regressions.txt";

/// Trials that once were findings, and where they were kept.
struct Regressions {
  std::filesystem::path file{};  ///< empty: there is none
  std::vector<Trial> trials{};
};

/// Those of --first, else of convict-regressions.txt in the current folder, if there is one; as far
/// as --pass and --precision want them. Throws FileError naming line and value for a trial that
/// cannot be carried out.
Regressions regressions_of(const Parsed& parsed, const Selection& selection);

/// Appends each finding that repeats no other to a file: its shrunk trial, once.
class Keeper final : public run::Observer {
 public:
  /// Throws FileError when the file is there and is no file of trials.
  explicit Keeper(std::filesystem::path file);
  void trial(const TrialResult& result) override;

 private:
  std::filesystem::path file_;
};

/// Passes everything on; names the source of the first `count` results.
class FromRegressions final : public run::Observer {
 public:
  FromRegressions(run::Observer& to, std::size_t count) : to_(to), left_(count) {}
  void begin(const run::RunInfo& info) override { to_.begin(info); }
  void trial(const TrialResult& result) override;
  void checkpoint(const run::Checkpoint& checkpoint) override { to_.checkpoint(checkpoint); }
  void end(const run::RunEnd& end) override { to_.end(end); }

 private:
  Observer& to_;
  std::size_t left_;
};

}  // namespace convict::cli
