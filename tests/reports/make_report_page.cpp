// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <exception>
#include <functional>
#include <map>

#include "reports/documents/page.hpp"
#include "tests/fabricated_run.hpp"

/// make_report_page SCENARIO FILE.html: writes the page of a made-up run, to be looked at in a
/// browser (tests/report_page_test.py).
namespace convict {
namespace {

using namespace fabricated;
using reports::Summary;

Summary summary_of(const Run& run) {
  reports::Summarizer summarizer;
  play(run, summarizer);
  return summarizer.summary();
}

Summary clean() {
  Run run{.info = info({"optimized.corr_mm", "reference.direct"}, 4)};
  for (const std::string& kernel : run.info.kernels) {
    run.results.push_back(passed(kernel, "n2_c4_i9x8_k6_f3x3_p1/forward/f32", 0.3));
    run.results.push_back(passed(kernel, "c3_i32_k8_f5_s2_phalf/grad_input/f64/fill=real,seed=9"));
  }
  return summary_of(run);
}

Summary hostile() {
  Run run = mixed_run();
  run.results[3].verdict.reason = "</script><script>document.title='broken out'</script><!--";
  run.results[3].verdict.first->subject = std::nan("");
  run.info.arguments = "convict conform --kernel '</script><img src=x onerror=alert(1)>'";
  return summary_of(run);
}

/// Sixteen kernels over a grid of specs; kernel 3 fails 5,000 times and kernel 5 on strides.
Summary many() {
  std::vector<std::string> kernels;
  for (int i = 0; i < 16; ++i) kernels.push_back(fmt::format("optimized.kernel_number_{}", i));
  Run run{.info = info(kernels, 0)};
  for (int i = 0; i < 6000; ++i) {
    const std::string trial = fmt::format(
        "n2_c{}_i{}x{}_k6_f{}x3{}{}/{}/{}/seed={}", 1 + i % 7, 9 + i % 5, 8 + i % 3, 1 + i % 4,
        i % 3 == 0 ? "_s2" : "", i % 2 == 0 ? "_p1" : "_pfull",
        name_of(all_passes[static_cast<std::size_t>(i) % 3]), i % 5 == 0 ? "f16" : "f32", i);
    for (std::size_t k = 0; k < kernels.size(); ++k) {
      const bool wrong = (k == 3 && i < 5000) || (k == 5 && i % 3 == 0 && i < 900);
      if (wrong)
        run.results.push_back(failed(kernels[k], trial, "3 of 100 elements are outside the bound"));
      else if (k == 7 && i % 5 == 0)
        run.results.push_back(result(kernels[k], trial, Outcome::unsupported, "does not take f16"));
      else if (i % 40 == static_cast<int>(k))
        run.results.push_back(passed(kernels[k], trial, 0.01 * static_cast<double>(k)));
    }
  }
  return summary_of(run);
}

Summary merged() {
  reports::Summarizer summarizer;
  play(mixed_run(), summarizer);
  play(mixed_run(), summarizer);
  Run killed = mixed_run();
  summarizer.begin(killed.info);
  summarizer.trial(killed.results.front());
  Summary summary = summarizer.summary();
  for (std::size_t i = 0; i < summary.runs.size(); ++i)
    summary.runs[i].source = fmt::format("convict-out/shard-{}/journal.jsonl", i);
  return summary;
}

/// Two kernels that agree and one that is wrong once and elsewhere errs far more.
Summary agreement() {
  Run run{.info = info({"a.first", "a.twin", "a.odd"}, 9)};
  for (int i = 0; i < 3; ++i)
    for (const std::string& kernel : run.info.kernels) {
      const bool odd = kernel == "a.odd";
      const std::string trial = fmt::format("c1_i{}_k1_f2/forward/f32/fill=flat", 4 + i);
      run.results.push_back(odd && i == 0 ? failed(kernel, trial, "off") : passed(kernel, trial));
      run.results.back().verdict.fingerprint = {
          .operands = 1, .result = odd ? 1U : 2U, .error = odd ? 40.0 : 0.5};
      run.results.back().verdict.layer = "bound";
    }
  return summary_of(run);
}

/// A search: features by pass, a finding that was shrunk, one that had been found before.
Summary search() {
  Summary summary = summary_of(mixed_run());
  summary.features = {
      {.name = "stride", .weight = 50, .tried = {30, 8, 0}, .ran = {1234, 0, 0}, .findings = 3}};
  TrialResult& finding = summary.kernels[1].findings.front();
  finding.shrunk = parse_trial("c1_i1_k1_f1/forward/f64");
  finding.evidence = "out/evidence/0001.h5";
  finding.source = regression_source;
  return summary;
}

const std::map<std::string, std::function<Summary()>> scenarios = {
    {"search", search},
    {"agreement", agreement},
    {"clean", clean},
    {"mixed", [] { return summary_of(mixed_run()); }},
    {"hostile", hostile},
    {"many", many},
    {"merged", merged},
    {"nothing", [] { return summary_of({.info = info({"optimized.corr_mm"}, 0)}); }},
};

}  // namespace
}  // namespace convict

int main(int argc, char** argv) try {
  if (argc != 3) throw std::runtime_error("usage: make_report_page SCENARIO FILE.html");
  convict::reports::write_page(argv[2], convict::scenarios.at(argv[1])());
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "make_report_page: {}\n", error.what());
  return 2;
}
