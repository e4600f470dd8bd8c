// SPDX-License-Identifier: Apache-2.0
#include "reports/summary/summary.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <set>
#include <sstream>
#include <string>

#include "reports/console/console.hpp"
#include "reports/documents/junit.hpp"
#include "reports/documents/markdown.hpp"
#include "reports/documents/page.hpp"
#include "reports/features.hpp"
#include "reports/journal/journal_lines.hpp"
#include "reports/summary/claim_remarks.hpp"
#include "tests/fabricated_run.hpp"

namespace convict::reports {
namespace {

BOOST_AUTO_TEST_SUITE(summary_test)

using namespace fabricated;

using Names = std::set<std::string>;

/// "group name" of what a trial has.
Names names_of(std::string_view trial) {
  Names names;
  for (const std::size_t i : features_of(parse_trial(trial)))
    names.insert(std::string(features()[i].group) + " " + std::string(features()[i].name));
  return names;
}

/// What `trial` has and `base` has not.
Names added(std::string_view trial, std::string_view base) {
  const Names before = names_of(base);
  Names result;
  for (const std::string& name : names_of(trial))
    if (!before.contains(name)) result.insert(name);
  return result;
}

std::size_t index_of(std::string_view group, std::string_view name) {
  const auto found = std::ranges::find_if(features(), [&](const Feature& feature) {
    return feature.group == group && feature.name == name;
  });
  return static_cast<std::size_t>(found - features().begin());
}

BOOST_AUTO_TEST_SUITE(summary)

BOOST_AUTO_TEST_CASE(a_plain_trial_has_the_plain_features) {
  const Names expected = {"rank 2d",  "pass forward", "precision f32", "border none",
                          "stride 1", "dilation 1",   "groups none"};
  BOOST_TEST((names_of("c4_i9x9_k6_f3x3/forward/f32") == expected));
}

BOOST_AUTO_TEST_CASE(each_departure_from_the_plain_trial_is_its_own_feature) {
  const auto adds = [](std::string_view trial) {
    return added(trial, "c4_i9x9_k8_f3x3/forward/f32");
  };
  BOOST_TEST((adds("c4_i9x9_k8_f3x3_pvalid/forward/f32") == Names{"border valid"}));
  BOOST_TEST((adds("c4_i9x9_k8_f3x3_phalf/forward/f32") == Names{"border half"}));
  BOOST_TEST((adds("c4_i9x9_k8_f3x3_pfull/forward/f32") == Names{"border full"}));
  BOOST_TEST((adds("c4_i9x9_k8_f3x3_p1x2/forward/f32") == Names{"border symmetric"}));
  BOOST_TEST((adds("c4_i9x9_k8_f3x3_p1:2/forward/f32") == Names{"border asymmetric"}));
  BOOST_TEST((adds("c4_i9x9_k8_f3x3_p0:2x0/forward/f32") ==
              Names{"border asymmetric", "border one-sided"}));
  BOOST_TEST((adds("c4_i9x9_k8_f3x3_p3x0/forward/f32") ==
              Names{"border symmetric", "border pad >= extent"}));
  BOOST_TEST((adds("c4_i9x9_k8_f3x3_s2/forward/f32") == Names{"stride > 1"}));
  BOOST_TEST((adds("c4_i9x9_k8_f3x3_s1x4/forward/f32") ==
              Names{"stride > 1", "stride > extent", "stride uneven", "stride unused rows"}));
  BOOST_TEST((adds("c4_i9x9_k8_f3x3_d2/forward/f32") == Names{"dilation > 1"}));
  BOOST_TEST(
      (adds("c4_i9x9_k8_f3x3_d1x2/forward/f32") == Names{"dilation > 1", "dilation uneven"}));
  BOOST_TEST((adds("c4_i9x9_k8_f3x3_g2/forward/f32") == Names{"groups some"}));
  BOOST_TEST((adds("c4_i9x9_k4_f3x3_g4/forward/f32") == Names{"groups depthwise"}));
  BOOST_TEST(
      (adds("c4_i9x9_k8_f3x3_g4/forward/f32") == Names{"groups depthwise", "groups multiplier"}));
  BOOST_TEST((adds("c4_i9x9_k8_f1x1/forward/f32") == Names{"filter 1x1"}));
  BOOST_TEST((adds("c4_i9x9_k8_f2x3/forward/f32") == Names{"filter even", "filter rectangular"}));
  BOOST_TEST((adds("c4_i9x9_k8_f3x3_flip/forward/f32") == Names{"filter flip"}));
  BOOST_TEST((adds("c4_i9x9_k8_f3x3_unshared/forward/f32") == Names{"filter unshared"}));
  BOOST_TEST((adds("n0_c4_i9x9_k8_f3x3/forward/f32") == Names{"data zero-size"}));
  BOOST_TEST((adds("c4_i9x9_k8_f3x3/forward/f32/beta=1") == Names{"data scaled"}));
  BOOST_TEST((adds("c4_i9x9_k8_f3x3/forward/f32/layout=nhwc") == Names{"data nhwc"}));
  BOOST_TEST((adds("c4_i9x9_k8_f3x3/forward/f32/pitch=3") == Names{"data pitch"}));
  BOOST_TEST(
      (adds("c4_i9x9_k8_f3x3/forward/f32/layout=nchw:rsck:nchw") == Names{"data other layout"}));
  BOOST_TEST((adds("c4_i9x9_k8_f3x3/forward/f32/steps=c+1:-:-") == Names{"data other layout"}));
  BOOST_TEST((adds("c4_i9x9_k8_f3x3/forward/f32/align=1") == Names{"data misaligned"}));
  BOOST_TEST((adds("c4_i9x9_k8_f3x3/forward/f32/guard=left") == Names{"data guard=left"}));
  BOOST_TEST((adds("c4_i9x9_k8_f3x3/forward/f32/guard=right") == Names{"data guard=right"}));
  BOOST_TEST((adds("c4_i9x9_k8_f3x3/forward/f32/threads=2") == Names{"data threads > 1"}));
  BOOST_TEST((adds("c4_i9_k8_f3/grad_input/bf16") ==
              Names{"rank 1d", "pass grad_input", "precision bf16"}));
}

BOOST_AUTO_TEST_CASE(an_invalid_spec_has_must_refuse_only_however_wild_its_numbers) {
  for (const std::string_view spec :
       {"c4_i9x9_k8_f3x3_s0", "c4_i2x2_k8_f3x3", "c3_i9x9_k8_f3x3_g2", "c4_i9x9_k8_f0x3",
        "c1_i9_k1_f4611686018427387904_d4611686018427387904",
        "c1_i9223372036854775807_k1_f3_p9223372036854775807"})
    BOOST_TEST((names_of(std::string(spec) + "/forward/f32") == Names{"refusal must_refuse"}));
}

BOOST_AUTO_TEST_CASE(fills_and_checks_are_features_by_their_own_name) {
  const Trial trial = parse_trial("c1_i4_k1_f2/forward/f32/fill=real,check=linearity");

  BOOST_TEST(
      (named_features_of(trial) == std::vector<std::string>{"fill real", "check linearity"}));
}

BOOST_AUTO_TEST_CASE(no_two_features_have_the_same_name) {
  Names names;
  for (const Feature& feature : features())
    BOOST_TEST(names.insert(std::string(feature.group) + " " + std::string(feature.name)).second);
}

BOOST_AUTO_TEST_CASE(a_summary_counts_by_kernel_by_feature_and_by_reason) {
  Summarizer summarizer;
  play(mixed_run(), summarizer);

  const Summary& summary = summarizer.summary();
  const KernelSummary& odd = summary.kernels[1];
  BOOST_TEST(summary.tally.total() == 8U);
  BOOST_TEST(summary.ran() == 7U);
  BOOST_TEST(odd.ran() == 5U);
  BOOST_TEST(odd.time_ms == 12);
  BOOST_TEST(odd.worst_ratio == 40);
  BOOST_TEST(to_string(*odd.worst_trial) == "n2_c4_i9x8_k6_f3x3_p1/forward/f64");
  BOOST_TEST(odd.features[index_of("stride", "> 1")][Outcome::hung] == 1U);
  BOOST_TEST(odd.features[index_of("stride", "> 1")].total() == 1U);
  BOOST_TEST(odd.features[index_of("pass", "forward")].findings() == 3U);
  BOOST_TEST(odd.named.at("fill exact").total() == 6U);
  BOOST_TEST(odd.unsupported.at("forward only") == 1U);
  BOOST_TEST(odd.mistrusted.at("truth is zero") == 1U);
  BOOST_TEST(odd.findings.size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_kernel_named_but_never_tried_is_in_the_summary) {
  Summarizer summarizer;
  play({.info = info({"a.idle"}, 0)}, summarizer);

  BOOST_TEST_REQUIRE(summarizer.summary().kernels.size() == 1U);
  BOOST_TEST(summarizer.summary().kernels[0].tally.total() == 0U);
}

BOOST_AUTO_TEST_CASE(several_runs_add_up) {
  Summarizer summarizer;
  play(mixed_run(), summarizer);
  play(mixed_run(), summarizer);

  BOOST_TEST(summarizer.summary().runs.size() == 2U);
  BOOST_TEST(summarizer.summary().kernels.size() == 2U);
  BOOST_TEST(summarizer.summary().tally.findings() == 6U);
}

BOOST_AUTO_TEST_CASE(the_worst_ratio_comes_with_its_trial) {
  const Run run{.info = info({"a.b"}, 3),
                .results = {passed("a.b", "c1_i4_k1_f2/forward/f32", 0.5),
                            passed("a.b", "c2_i4_k1_f2/forward/f32", 0.6),
                            passed("a.b", "c3_i4_k1_f2/forward/f32", 0.4)}};
  Summarizer summarizer;
  play(run, summarizer);

  const KernelSummary& kernel = summarizer.summary().kernels[0];
  BOOST_TEST(kernel.worst_ratio == 0.6);
  BOOST_TEST(to_string(*kernel.worst_trial) == "c2_i4_k1_f2/forward/f32");
}

BOOST_AUTO_TEST_CASE(a_nan_ratio_stays_the_worst) {
  Run run{.info = info({"a.b"}, 3)};
  for (const double ratio : {0.5, std::numeric_limits<double>::quiet_NaN(), 1e30})
    run.results.push_back(passed("a.b", "c1_i4_k1_f2/forward/f32", ratio));
  Summarizer summarizer;
  play(run, summarizer);

  BOOST_TEST(std::isnan(summarizer.summary().kernels[0].worst_ratio));
}

BOOST_AUTO_TEST_CASE(claims_that_a_profile_contradicts_come_first_each_once) {
  Run run{info({"a.b"}, 4)};
  for (const char* pass : {"forward", "grad_input"}) {
    TrialResult wrong = failed("a.b", "c1_i1_k1_f1/" + std::string(pass) + "/f32/check=profile",
                               "it reads inputs with 11 significant bits and claims 24");
    wrong.verdict.note = "reads tf32";
    run.results.push_back(wrong);
  }
  run.results.push_back(failed("a.b", "c1_i4_k1_f2/forward/f32", "3 of 100 elements wrong"));
  Summarizer summarizer;
  play(run, summarizer);

  BOOST_TEST(claim_remarks_text(summarizer.summary()) ==
             "a.b: it reads inputs with 11 significant bits and claims 24 (forward f32, grad_input "
             "f32)\n");
}

BOOST_AUTO_TEST_CASE(a_claim_far_wider_than_the_median_error_is_told) {
  const auto remarks_with = [](double ratio, std::size_t passes, const std::string& claims) {
    Run run{info({"a.b"}, passes)};
    if (!claims.empty()) run.info.claims = {{"a.b", claims}};
    for (std::size_t i = 0; i < passes; ++i) {
      TrialResult right = passed("a.b", "c1_i4_k1_f2/forward/f32/fill=flat", i == 0 ? 0.9 : ratio);
      right.verdict.layer = "bound";
      run.results.push_back(right);
    }
    Summarizer summarizer;
    play(run, summarizer);
    return claim_remarks_text(summarizer.summary());
  };

  BOOST_TEST(remarks_with(0.02, 30, "Winograd F(6,3)") ==
             "a.b: the bound of its claims (Winograd F(6,3)) is 50 times the error of its median "
             "pass: an error ten times as large as usual would pass\n");
  BOOST_TEST(remarks_with(0.2, 30, "Winograd F(6,3)") == "");
  BOOST_TEST(remarks_with(0.02, 10, "Winograd F(6,3)") == "");
  BOOST_TEST(remarks_with(0.02, 30, "") == "");
}

BOOST_AUTO_TEST_CASE(a_claim_whose_bound_decides_nothing_is_told) {
  const auto remarks_with = [](std::size_t blind, const std::string& claims) {
    Run run{info({"a.b"}, 3)};
    if (!claims.empty()) run.info.claims = {{"a.b", claims}};
    for (std::size_t i = 0; i < 3; ++i) {
      run.results.push_back(result("a.b", "c1_i4_k1_f3/forward/f32/fill=flat", Outcome::mistrusted,
                                   "any finite result would pass"));
      run.results.back().verdict.zeros_pass = i < blind ? 1 : 0;
    }
    Summarizer summarizer;
    play(run, summarizer);
    return claim_remarks_text(summarizer.summary());
  };

  BOOST_TEST(remarks_with(2, "Winograd F(40,3)") ==
             "a.b: the bound of its claims (Winograd F(40,3)) decides nothing in 2 of 3 trials: an "
             "answer of zeros would pass there\n");
  BOOST_TEST(remarks_with(1, "Winograd F(40,3)") == "");
  BOOST_TEST(remarks_with(2, "") == "");
}

/// Characters that must not reach a terminal or a document as they are.
constexpr std::string_view hostile =
    "\x1b[2J\a\n| <b>\x7f\xC2\x9B"
    "2J\xE2\x80\xAE"
    "a\xFF";

bool is_harmless(std::string_view text) {
  return text.find_first_of("\x1b\a\x7f\xFF") == std::string_view::npos &&
         text.find("\xC2\x9B") == std::string_view::npos &&
         text.find("\xE2\x80\xAE") == std::string_view::npos;
}

BOOST_AUTO_TEST_CASE(nothing_that_a_plug_in_or_a_file_says_controls_a_terminal_or_a_document) {
  const std::string evil(hostile);
  const std::string kernel = "a.b" + evil;
  Run run{info({kernel}, 4)};
  run.info.suite = run.info.arguments = evil;
  run.info.claims = {{kernel, "FFT" + evil}};
  run.info.absent = {{"c" + evil, "no " + evil}};
  run.info.environment = {{"cpu" + evil, evil}};
  for (const Outcome outcome : {Outcome::fail, Outcome::crashed, Outcome::hung, Outcome::mistrusted,
                                Outcome::unsupported, Outcome::not_tried}) {
    run.results.push_back(result(kernel, "c1_i4_k1_f3/forward/f32", outcome, "because " + evil));
    TrialResult& made = run.results.back();
    made.verdict.pattern = made.verdict.note = made.cause = made.evidence = made.cluster = evil;
    made.verdict.zeros_pass = 1;
  }
  const Folder folder;
  std::ostringstream terminal;
  std::ostringstream totals;
  Summarizer summarizer;
  run::Observers all;
  all.add(std::make_unique<Console>(terminal, ConsoleOptions{.directory = evil}));
  all.add(std::make_unique<JsonConsole>(totals));
  all.add(std::make_unique<Junit>(folder / "junit.xml"));
  play(run, all);
  play(run, summarizer);
  summarizer.end({.tally = {}, .reason = evil, .notes = {evil}});
  const Summary& summary = summarizer.summary();

  BOOST_TEST(is_harmless(terminal.str()), terminal.str());
  BOOST_TEST(is_harmless(totals.str()), totals.str());
  BOOST_TEST(is_harmless(page_text(summary)));
  BOOST_TEST(is_harmless(markdown_summary(summary)), markdown_summary(summary));
  std::ifstream file(folder / "junit.xml");
  const std::string xml{std::istreambuf_iterator<char>(file), {}};
  BOOST_TEST(is_harmless(xml), xml);
  BOOST_TEST(pugi::xml_document().load_string(xml.c_str()));
  // The lines of the journal say the same and can be shown: a reader gets the name as it was.
  const std::string line = line_of(run.results.front());
  BOOST_TEST(is_harmless(line), line);
  BOOST_TEST(line.find('\n') == std::string::npos);
  const auto read = nlohmann::json::parse(line).at("kernel").get<std::string>();
  BOOST_TEST(
      read.starts_with("a.b\x1b[2J\a\n| <b>\x7f\xC2\x9B"
                       "2J\xE2\x80\xAE"
                       "a"));
  // What stands at the start of a line is ours.
  for (const std::string& text : {terminal.str(), markdown_summary(summary)})
    BOOST_TEST(text.find("\n| <b>") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::reports
