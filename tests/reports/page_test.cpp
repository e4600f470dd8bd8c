// SPDX-License-Identifier: Apache-2.0
#include "reports/documents/page.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "core/errors.hpp"
#include "reports/documents/junit.hpp"
#include "reports/documents/markdown.hpp"
#include "tests/fabricated_run.hpp"

namespace convict::reports {
namespace {

BOOST_AUTO_TEST_SUITE(page_test)

using namespace fabricated;

Summary summary_of(const Run& run) {
  Summarizer summarizer;
  play(run, summarizer);
  return summarizer.summary();
}

std::string between(const std::string& text, std::string_view begin, std::string_view end) {
  const std::size_t from = text.find(begin) + begin.size();
  return text.substr(from, text.find(end, from) - from);
}

nlohmann::json embedded_in(const std::string& page) {
  return nlohmann::json::parse(between(page, "id=\"data\">", "</script>"));
}

std::size_t occurrences(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

BOOST_AUTO_TEST_SUITE(page)

BOOST_AUTO_TEST_CASE(the_page_holds_what_the_run_found) {
  const std::string page = page_text(summary_of(mixed_run()));

  const auto data = embedded_in(page);
  BOOST_TEST(contains(page, "<h1>3 findings in 1 kernel</h1>"));
  BOOST_TEST(contains(page, "<header class=\"found\">"));
  BOOST_TEST(contains(page, "<title>3 findings in 1 kernel – convict</title>"));
  BOOST_TEST(data["kernels"].size() == 2U);
  BOOST_TEST(data["kernels"][1]["counts"] == nlohmann::json({1, 1, 1, 1, 1, 1, 0, 0, 5, 5}));
  BOOST_TEST(data["kernels"][1]["findings"].size() == 3U);
  BOOST_TEST(data["kernels"][1]["findings"][0]["layer"] == "exact comparison");
  BOOST_TEST(data["notes"].size() == 2U);
  BOOST_TEST(data["kernels"][1]["findings"][0]["replay"] ==
             "convict replay --kernel optimized.odd 'n2_c4_i9x8_k6_f3x3_p1/forward/f64'");
  BOOST_TEST(data["kernels"][1]["unsupported"] ==
             nlohmann::json::parse(R"([["forward only", 1]])"));
  BOOST_TEST(data["runs"][0]["environment"][1] == nlohmann::json({"cpu", "Made-up 9000"}));
}

BOOST_AUTO_TEST_CASE(no_text_can_break_out_of_its_place) {
  Run run = mixed_run();
  run.results[3].verdict.reason = "</script><script>alert(1)</script> {{style}} <!--";
  run.info.arguments = "</script>";
  run.info.suite = "<b>";
  run.info.environment.emplace_back("</script>", "</SCRIPT >");
  const std::string harmless = page_text(summary_of(mixed_run()));

  const std::string page = page_text(summary_of(run));

  const auto data = embedded_in(page);
  BOOST_TEST(data["kernels"][1]["findings"][0]["reason"] == run.results[3].verdict.reason);
  BOOST_TEST(data["runs"][0]["arguments"] == "</script>");
  for (const std::string_view tag : {"<script", "</script", "<!--", "<style"})
    BOOST_TEST(occurrences(page, tag) == occurrences(harmless, tag));
  BOOST_TEST(contains(page, "suite &lt;b&gt;</p>"));
  BOOST_TEST(!contains(page, "</SCRIPT"));
}

BOOST_AUTO_TEST_CASE(the_page_loads_nothing_from_elsewhere) {
  const std::string page = page_text(summary_of(mixed_run()));

  BOOST_TEST(contains(page, "default-src 'none'"));
  for (const std::string_view reference : {"http:", "https:", "//cdn", "@import", "src=\"", "url("})
    BOOST_TEST(!contains(page, reference));
}

BOOST_AUTO_TEST_CASE(the_page_without_scripts_has_the_table_of_kernels) {
  const std::string page = page_text(summary_of(mixed_run()));

  const std::string fallback = between(page, "<noscript>", "</noscript>");

  BOOST_TEST(contains(fallback, "optimized.good      2    2     2"));
  BOOST_TEST(contains(fallback, "mistrusted: passed, but on data that could not "));
  BOOST_TEST(contains(page, "2 kernels, 7 trials run: 3 findings in 1 kernel; 1 mistrusted"));
}

BOOST_AUTO_TEST_CASE(nan_and_infinity_are_words_in_the_page) {
  Run run = mixed_run();
  run.results[3].verdict.worst_ratio = std::nan("");
  run.results[3].verdict.first->subject = std::numeric_limits<double>::infinity();

  const auto data = embedded_in(page_text(summary_of(run)));

  BOOST_TEST(data["kernels"][1]["ratio"] == "nan");
  BOOST_TEST(data["kernels"][1]["outside"] == true);
  BOOST_TEST(data["kernels"][1]["findings"][0]["first"] ==
             "at (0, 1, 2): inf instead of 4, bound 0.25");
}

BOOST_AUTO_TEST_CASE(very_many_findings_are_capped_and_still_counted) {
  Run run{.info = info({"a.b"}, 5200)};
  for (int i = 0; i < 5200; ++i)
    run.results.push_back(failed("a.b", "c1_i4_k1_f2/forward/f32", "off"));

  const auto data = embedded_in(page_text(summary_of(run)));

  BOOST_TEST(data["kernels"][0]["findings"].size() == 5000U);
  BOOST_TEST(data["kernels"][0]["counts"][1] == 5200);
}

BOOST_AUTO_TEST_CASE(several_journals_add_up_and_a_killed_one_is_named) {
  const Folder folder;
  std::vector<JournalData> journals;
  for (const std::string name : {"one", "two"}) {
    Journal journal(folder / name);
    play(mixed_run(), journal);
    journals.push_back(read_journal(journal.path()));
  }
  journals[1].end.reset();

  write_page(folder / "report.html", journals);
  std::ifstream file(folder / "report.html");
  const std::string page{std::istreambuf_iterator<char>(file), {}};

  const auto data = embedded_in(page);
  BOOST_TEST(data["runs"].size() == 2U);
  BOOST_TEST(data["runs"][1]["ended"] == false);
  BOOST_TEST(data["runs"][0]["source"] == (folder / "one/journal.jsonl").string());
  BOOST_TEST(contains(page, "Incomplete (1 of 2 runs were killed): 2 kernels, 14 trials run: 6 "));
}

BOOST_AUTO_TEST_CASE(a_clean_page_is_clean_only_if_the_run_was_whole) {
  const Run whole{.info = info({"a.b"}, 1), .results = {passed("a.b", "c1_i4_k1_f2/forward/f32")}};
  Run stopped = whole;
  stopped.interrupted = true;
  const Run empty{.info = info({"a.b"}, 0)};

  BOOST_TEST(contains(page_text(summary_of(whole)), "<header class=\"clean\">"));
  BOOST_TEST(contains(page_text(summary_of(stopped)), "<header class=\"open\">"));
  BOOST_TEST(contains(page_text(summary_of(empty)), "<h1>Nothing ran</h1>"));
}

BOOST_AUTO_TEST_CASE(a_page_or_junit_file_that_cannot_be_written_is_an_error_naming_it) {
  const auto names_the_file = [](const EnvironmentError& error) {
    return contains(error.what(), "/dev/full") && contains(error.what(), "No space left");
  };

  BOOST_CHECK_EXCEPTION(write_page("/dev/full", summary_of(mixed_run())), EnvironmentError,
                        names_the_file);
  Junit junit("/dev/full");
  BOOST_CHECK_EXCEPTION(play(mixed_run(), junit), EnvironmentError, names_the_file);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(markdown)

BOOST_AUTO_TEST_CASE(the_markdown_summary_is_short_and_complete) {
  BOOST_TEST(markdown_summary(summary_of(mixed_run())) ==
             R"(**2 kernels, 7 trials run: 3 findings in 1 kernel; 1 mistrusted, 1 unsupported.**

| kernel | calls | ran | pass | fail | crashed | hung | mistrusted | unsupported | not tried | no call | worst error/bound |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
| optimized.good | 2 | 2 | 2 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0.5 |
| optimized.odd | 5 | 5 | 1 | 1 | 1 | 1 | 1 | 1 | 0 | 0 | 40 |

- mistrusted: passed, but on data that could not have revealed a fault (a right result of zeros, a bound wider than one product, no bound)
- worst error/bound: the largest error in units of what rounding can explain in that element; above 1 is wrong

**optimized.odd**

- fail: 3 of 100 elements are outside

      convict replay --kernel optimized.odd 'n2_c4_i9x8_k6_f3x3_p1/forward/f64'
- crashed: signal 11

      convict replay --kernel optimized.odd 'n2_c4_i9x8_k6_f3x3_d2_p1/forward/f32'
- hung: no answer in 10 s

      convict replay --kernel optimized.odd 'n2_c4_i9x8_k6_f3x3_s2_p1/forward/f32'
)");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(junit)

pugi::xml_document junit_of(const Run& run) {
  const Folder folder;
  Junit junit(folder / "junit.xml");
  play(run, junit);
  pugi::xml_document document;
  BOOST_TEST_REQUIRE(bool(document.load_file((folder / "junit.xml").c_str())));
  return document;
}

pugi::xml_node case_of(const pugi::xml_document& document, const char* kernel, const char* name) {
  return document.child("testsuites")
      .find_child_by_attribute("testsuite", "name", kernel)
      .find_child_by_attribute("testcase", "name", name);
}

BOOST_AUTO_TEST_CASE(suites_are_kernels_and_cases_are_pass_precision_and_fill) {
  const auto document = junit_of(mixed_run());

  const pugi::xml_node root = document.child("testsuites");
  const pugi::xml_node odd = root.find_child_by_attribute("testsuite", "name", "optimized.odd");
  BOOST_TEST(root.attribute("tests").as_int() == 6);
  BOOST_TEST(root.attribute("failures").as_int() == 2);
  BOOST_TEST(root.attribute("skipped").as_int() == 1);
  BOOST_TEST(odd.attribute("tests").as_int() == 4);
  BOOST_TEST(odd.attribute("failures").as_int() == 2);
  BOOST_TEST(odd.attribute("time").as_double() == 0.012);
  BOOST_TEST(case_of(document, "optimized.good", "forward f32 exact").child("failure").empty());
}

BOOST_AUTO_TEST_CASE(a_finding_is_a_failure_with_its_reason_and_replay_line) {
  const auto document = junit_of(mixed_run());

  const auto failure = case_of(document, "optimized.odd", "forward f64 exact").child("failure");
  const auto two = case_of(document, "optimized.odd", "forward f32 exact").child("failure");
  BOOST_TEST(failure.attribute("type").value() == std::string("fail"));
  BOOST_TEST(failure.attribute("message").value() ==
             std::string("1 of 1 trial: 3 of 100 elements are outside"));
  BOOST_TEST(failure.text().get() == std::string(R"(fail: 3 of 100 elements are outside
at (0, 1, 2): 3 instead of 4, bound 0.25
convict replay --kernel optimized.odd 'n2_c4_i9x8_k6_f3x3_p1/forward/f64'

)"));
  BOOST_TEST(two.attribute("message").value() == std::string("2 of 3 trials: signal 11"));
}

BOOST_AUTO_TEST_CASE(a_case_of_which_something_ran_is_not_skipped) {
  Run run = mixed_run();
  run.results.push_back(
      result("optimized.good", "c1_i4_k1_f2/forward/f32", Outcome::unsupported, "2-D only"));

  const auto document = junit_of(run);

  const auto mixed = case_of(document, "optimized.good", "forward f32 exact");
  BOOST_TEST(mixed.child("skipped").empty());
  BOOST_TEST(mixed.child("system-out").text().get() ==
             std::string("2 trials, 1 call of the kernel\n1 unsupported: 2-D only\n"));
}

BOOST_AUTO_TEST_CASE(unsupported_is_skipped_and_mistrusted_is_in_the_output) {
  const auto document = junit_of(mixed_run());

  const auto refused = case_of(document, "optimized.odd", "grad_weights f32 exact");
  const auto doubted = case_of(document, "optimized.odd", "grad_input f32 exact");
  BOOST_TEST(refused.child("skipped").attribute("message").value() == std::string("forward only"));
  BOOST_TEST(doubted.child("system-out").text().get() ==
             std::string("1 trial, 1 call of the kernel\n1 mistrusted: truth is zero\n"));
}

BOOST_AUTO_TEST_CASE(what_needed_no_call_and_what_was_not_tried_is_told_as_such) {
  Run run{.info = info({"a.b"}, 3),
          .results = {
              passed("a.b", "c1_i2_k1_f5/forward/f32/check=must_refuse"),
              result("a.b", "c1_i4_k1_f2/grad_input/f32", Outcome::not_tried, "hung nearby"),
              result("a.b", "c1_i4_k1_f2/grad_weights/f32", Outcome::mistrusted, "no exact data")}};
  for (TrialResult& result : run.results) result.calls = 0;

  const auto document = junit_of(run);

  const auto refused = case_of(document, "a.b", "forward f32 exact");
  const auto untried = case_of(document, "a.b", "grad_input f32 exact");
  const auto uncalled = case_of(document, "a.b", "grad_weights f32 exact");
  BOOST_TEST(refused.child("skipped").empty());
  BOOST_TEST(refused.child("system-out").text().get() ==
             std::string("1 trial, 0 calls of the kernel, 1 without a call\n"));
  BOOST_TEST(untried.child("skipped").attribute("message").value() == std::string("hung nearby"));
  BOOST_TEST(uncalled.child("skipped").attribute("message").value() ==
             std::string("no exact data"));
}

BOOST_AUTO_TEST_CASE(control_characters_and_markup_in_a_reason_leave_the_xml_well_formed) {
  Run run = mixed_run();
  run.results[3].verdict.reason = "bell \x07 null-ish \x01 <tag> & \"quote\" ]]> \xff";

  const auto document = junit_of(run);

  const auto failure = case_of(document, "optimized.odd", "forward f64 exact").child("failure");
  BOOST_TEST(failure.attribute("message").value() ==
             std::string(R"(1 of 1 trial: bell \x07 null-ish \x01 <tag> & "quote" ]]> \xff)"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::reports
