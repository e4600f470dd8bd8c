// SPDX-License-Identifier: Apache-2.0
#include "reports/console/console.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "reports/console/progress.hpp"
#include "reports/documents/summary_json.hpp"
#include "reports/summary/claim_remarks.hpp"
#include "reports/tables/agreement_table.hpp"
#include "reports/tables/feature_table.hpp"
#include "reports/tables/kernel_table.hpp"
#include "reports/tables/refusals.hpp"
#include "reports/words.hpp"

namespace convict::reports {
namespace {

constexpr double status_interval_s = 0.1;
constexpr double log_interval_s = 10;
constexpr std::size_t most_profiled = 2;
constexpr std::size_t most_pairs = 6;

constexpr std::string_view red = "\x1b[1;31m";
constexpr std::string_view green = "\x1b[1;32m";
constexpr std::string_view plain = "\x1b[0m";

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& letter : result)
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  return result;
}

/// What is about to run, as far as it is known: "4 kernels, suite core, seed 17, 12,345 trials".
std::string plan_text(const run::RunInfo& info) {
  std::string text = counted(info.kernels.size(), "kernel");
  if (!info.suite.empty()) text += ", suite " + printable(info.suite);
  text += fmt::format(", seed {}", info.seed);
  if (info.trials > 0) text += ", " + counted(info.trials, "trial");
  return text;
}

using Counts = std::unordered_map<std::string, std::size_t>;

std::string notes_text(const Summary& summary) {
  std::string text;
  for (const std::string& note : refusal_notes(summary)) text += note + '\n';
  return text;
}

std::string left_out_text(const Summary& summary, const Counts& findings,
                          const std::string& directory) {
  std::string text;
  for (const KernelSummary& kernel : summary.kernels) {
    const auto count = findings.find(kernel.name);
    if (count != findings.end() && count->second > Console::findings_in_full)
      text += fmt::format("{}: … and {} more{}\n", printable(kernel.name),
                          grouped(count->second - Console::findings_in_full),
                          directory.empty()
                              ? std::string()
                              : fmt::format(" in {}/journal.jsonl", printable(directory)));
  }
  return text;
}

}  // namespace

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

ConsoleOptions console_options_for(int descriptor) {
  ConsoleOptions options;
  options.terminal = ::isatty(descriptor) == 1;
  if (!options.terminal) return options;
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) options.width = size.ws_col;
  const char* const term = std::getenv("TERM");
  const char* const no_color = std::getenv("NO_COLOR");
  const bool dumb = term == nullptr || std::string_view(term) == "dumb";
  options.terminal = !dumb;
  options.color = !dumb && (no_color == nullptr || *no_color == '\0');
  return options;
}

Console::Console(std::ostream& out, ConsoleOptions options)
    : out_(out), options_(std::move(options)) {}

Console::~Console() { clear_status(); }

void Console::begin(const run::RunInfo& info) {
  summarizer_.begin(info);
  planned_ = info.trials;
  began_ = options_.clock();
  next_progress_ = began_ + (options_.terminal ? status_interval_s : log_interval_s);
  if (options_.quiet) return;
  if (!info.arguments.empty()) out_ << printable(info.arguments) << '\n';
  out_ << plan_text(info) << '\n';
  for (const std::string& line : absence_lines(info)) out_ << "not run: " << line << '\n';
  out_ << std::flush;
}

void Console::trial(const TrialResult& result) {
  summarizer_.trial(result);
  if (is_finding(result.verdict.outcome)) show_finding(result);
  if (!options_.quiet && options_.clock() >= next_progress_) show_progress();
}

void Console::show_progress() {
  const double now = options_.clock();
  const run::Tally& tally = summarizer_.summary().tally;
  std::string text = progress_text({.done = tally.total(),
                                    .planned = planned_,
                                    .findings = tally.findings(),
                                    .elapsed_s = now - began_,
                                    .limit_s = options_.time_limit_s});
  if (options_.terminal) {
    text.resize(std::min(text.size(), options_.width - 1));  // a wrapped line cannot be rewritten
    out_ << '\r' << text << "\x1b[K" << std::flush;
    status_shown_ = true;
    next_progress_ = now + status_interval_s;
  } else {
    out_ << text << '\n' << std::flush;
    next_progress_ = now + log_interval_s;
  }
}

void Console::show_finding(const TrialResult& result) {
  clusters_.add(result);
  if (result.repeated || ++distinct_[result.kernel] > findings_in_full) return;
  clear_status();
  const Verdict& verdict = result.verdict;
  out_ << (options_.color ? red : "") << upper(name_of(verdict.outcome))
       << (options_.color ? plain : "")
       << fmt::format("{} {}: {}\n", result.source.empty() ? "" : " (" + result.source + ")",
                      printable(result.kernel), reason_text(verdict));
  for (const std::string& line : cause_lines(result)) out_ << "     " << line << '\n';
  if (result.shrunk)
    out_ << "     shrunk from " << printable(to_string(result.trial)) << '\n';
  else if (verdict.first)
    out_ << "     " << element_text(*verdict.first) << '\n';
  out_ << "     " << printable(replay_command(result.kernel, repro_trial(result))) << '\n';
  if (!result.evidence.empty()) out_ << "     data in " << printable(result.evidence) << '\n';
  out_ << std::flush;
}

void Console::clear_status() {
  if (status_shown_) out_ << "\r\x1b[K" << std::flush;
  status_shown_ = false;
}

void Console::end(const run::RunEnd& end) {
  run::RunEnd told = end;
  if (end.failed) told.reason = "an error";  // its words come behind these tables
  summarizer_.end(told);
  clear_status();
  const Summary& summary = summarizer_.summary();
  out_ << left_out_text(summary, distinct_, options_.directory) << clusters_.text();
  if (!options_.quiet) {
    const auto paragraph = [&](const std::string& text) {
      if (!text.empty()) out_ << text << '\n';
    };
    out_ << '\n';
    paragraph(claim_remarks_text(summary));
    paragraph(kernel_table(summary));
    paragraph(notes_text(summary));
    paragraph(conditions_table(summary));
    paragraph(agreement_table(summary.pairs, most_pairs));
    if (!summary.features.empty()) paragraph(feature_table(summary.features));
    // Those of more kernels are on the page only.
    if (summary.kernels.size() <= most_profiled) paragraph(profiles_table(summary));
  }
  if (options_.quiet && summary.ran() == 0) out_ << notes_text(summary);
  if (!options_.quiet)
    for (const std::string& note : end.notes) out_ << printable(note) << '\n';
  if (const std::string text = regressions_text(summary); !text.empty()) out_ << text << '\n';
  const bool found = summary.tally.findings() > 0;
  const bool point = !options_.directory.empty() && (found || !options_.quiet);
  const std::string see = point ? options_.directory + "/report.html" : std::string();
  const std::string_view color = found ? red : green;
  out_ << (options_.color ? color : "") << headline(summary, see) << (options_.color ? plain : "")
       << '\n'
       << std::flush;
}

void JsonConsole::end(const run::RunEnd& end) {
  summarizer_.end(end);
  out_ << totals_json(summarizer_.summary()) << '\n' << std::flush;
}

}  // namespace convict::reports
