// SPDX-License-Identifier: Apache-2.0
#include "reports/documents/page.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>

#include "core/errors.hpp"
#include "reports/documents/page_parts.hpp"
#include "reports/documents/summary_json.hpp"
#include "reports/tables/kernel_table.hpp"
#include "reports/words.hpp"

namespace convict::reports {
namespace {

std::string escaped_for_html(std::string_view text) {
  std::string escaped;
  for (const char letter : text) {
    switch (letter) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      default: escaped += letter;
    }
  }
  return escaped;
}

/// Replaces each {{name}} once, from left to right; what is put in is not looked at again.
std::string filled(std::string_view document,
                   const std::map<std::string_view, std::string>& parts) {
  std::string text;
  for (;;) {
    const std::size_t marker = document.find("{{");
    text += document.substr(0, marker);
    if (marker == std::string_view::npos) return text;
    const std::size_t end = document.find("}}", marker);
    text += parts.at(document.substr(marker + 2, end - marker - 2));
    document.remove_prefix(end + 2);
  }
}

std::string mood_of(const Summary& summary) {
  if (summary.tally.findings() > 0) return "found";
  const bool whole = summary.ran() > 0 && !summary.incomplete() && !summary.interrupted();
  return whole ? "clean" : "open";
}

std::string what_ran(const Summary& summary) {
  if (summary.runs.size() != 1) return "";
  const run::RunInfo& info = summary.runs.front().info;
  return fmt::format(": {}{}{}", info.command, info.suite.empty() ? "" : ", suite ", info.suite);
}

}  // namespace

std::string page_text(const Summary& summary) {
  return filled(page_parts::document, {{"style", std::string(page_parts::style)},
                                       {"script", std::string(page_parts::script)},
                                       {"mood", mood_of(summary)},
                                       {"what", escaped_for_html(printable(what_ran(summary)))},
                                       {"verdict", escaped_for_html(verdict_text(summary))},
                                       {"headline", escaped_for_html(headline(summary))},
                                       {"table", escaped_for_html(kernel_table(summary))},
                                       {"data", page_json(summary)}});
}

void write_page(const std::filesystem::path& path, const Summary& summary) {
  errno = 0;
  std::ofstream file(path, std::ios::binary);
  file << page_text(summary) << std::flush;
  if (!file)
    throw EnvironmentError(fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)));
}

void write_page(const std::filesystem::path& path, std::span<const JournalData> journals) {
  write_page(path, summarize(journals));
}

void PageWriter::end(const run::RunEnd& end) {
  summarizer_.end(end);
  write_page(path_, summarizer_.summary());
}

}  // namespace convict::reports
