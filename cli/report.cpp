// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <cerrno>
#include <fstream>

#include "cli/campaign.hpp"
#include "cli/command.hpp"
#include "core/errors.hpp"
#include "reports/documents/markdown.hpp"
#include "reports/documents/page.hpp"
#include "reports/journal/journal.hpp"
#include "reports/tables/agreement_table.hpp"
#include "reports/tables/kernel_table.hpp"

namespace convict::cli {
namespace {

constexpr Manual report_manual = {
    .usage = "convict report DIR... [--out FILE.html] [--markdown FILE.md]",
    .purpose =
        "One self-contained page from the journals of any number of runs, and a summary in "
        "Markdown.",
    .examples =
        "  convict report convict-out/conform-20261122-153000\n"
        "  convict report shard-1 shard-2 shard-3 --out all.html\n"
        "  convict report convict-out/conform-20261122-153000 --markdown $GITHUB_STEP_SUMMARY\n"};

void write_text(const std::filesystem::path& path, const std::string& text) {
  errno = 0;
  std::ofstream file(path, std::ios::binary | std::ios::app);
  file << text << std::flush;
  if (!file)
    throw EnvironmentError(
        fmt::format("cannot write {}: {}", path.string(), std::generic_category().message(errno)));
}

constexpr std::size_t most_pairs = 6;

}  // namespace

int report(const Arguments& arguments) {
  options::options_description visible;
  visible.add_options()("out", options::value<std::string>()->value_name("FILE"),
                        "the page (default: report.html in the first DIR)")(
      "markdown", options::value<std::string>()->value_name("FILE"),
      "file to which a short text for a pull request or a CI page is added; - prints it and "
      "nothing else");
  const Parsed parsed = parse(arguments, report_manual, visible, {"DIR..."});
  if (parsed.helped) return exit_fine;
  const auto& directories = parsed.get<std::vector<std::string>>("DIR");
  reports::Summarizer summarizer;
  std::vector<std::string> sources;
  for (const std::filesystem::path directory : directories) {
    sources.push_back((directory / "journal.jsonl").string());
    tell_remarks(reports::read_journal(sources.back(), summarizer));
  }
  const std::filesystem::path page =
      parsed.has("out") ? std::filesystem::path(parsed.get<std::string>("out"))
                        : std::filesystem::path(directories.front()) / "report.html";
  reports::Summary summary = summarizer.summary();
  for (std::size_t i = 0; i < sources.size(); ++i) summary.runs[i].source = sources[i];
  reports::write_page(page, summary);
  if (parsed.has("markdown")) {
    const auto& file = parsed.get<std::string>("markdown");
    if (file == "-") {
      fmt::print("{}", reports::markdown_summary(summary));
      return exit_fine;
    }
    write_text(file, reports::markdown_summary(summary));
  }
  fmt::print("{}{}", reports::conditions_table(summary),
             reports::agreement_table(summary.pairs, most_pairs));
  fmt::print("{}\n", reports::headline(summary, page.string()));
  return exit_fine;
}

}  // namespace convict::cli
