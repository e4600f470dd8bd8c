// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "reports/journal/journal.hpp"
#include "reports/summary/summary.hpp"

namespace convict::reports {

/// One self-contained HTML document: verdict, kernels, findings with their replay lines, the matrix
/// of kernels and features, reasons, environment. Loads nothing; without JavaScript it still shows
/// the verdict and the table of kernels.
std::string page_text(const Summary& summary);

/// Writes page_text to `path`. Throws EnvironmentError naming the file when it cannot be written.
void write_page(const std::filesystem::path& path, const Summary& summary);
void write_page(const std::filesystem::path& path, std::span<const JournalData> journals);

/// Writes the page of a run when it ends.
class PageWriter final : public run::Observer {
 public:
  explicit PageWriter(std::filesystem::path path) : path_(std::move(path)) {}
  void begin(const run::RunInfo& info) override { summarizer_.begin(info); }
  void trial(const TrialResult& result) override { summarizer_.trial(result); }
  void end(const run::RunEnd& end) override;

 private:
  std::filesystem::path path_;
  Summarizer summarizer_;
};

}  // namespace convict::reports
