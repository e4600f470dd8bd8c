// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdio>
#include <exception>
#include <limits>

#include "reports/journal/journal.hpp"
#include "tests/fabricated_run.hpp"

/// make_journal FOLDER: writes FOLDER/journal.jsonl of a made-up run in which every field occurs,
/// also those that no run on this machine has (journal_schema_test.py).
namespace convict {
namespace {

using fabricated::failed;

constexpr double inf = std::numeric_limits<double>::infinity();
const Trial smallest = parse_trial("c1_i1_k1_f1/forward/f32");

run::RunInfo info() {
  return {.command = "fuzz",
          .arguments = "convict fuzz --kernel ./a.so",
          .suite = "",
          .seed = std::numeric_limits<std::uint64_t>::max(),
          .kernels = {"./a.so:a.b", "c.d"},
          .absent = {{"gpu.e", "no CUDA device"}},
          .claims = {{"c.d", "Winograd F(4,3)"}},
          .trials = 84,
          .environment = {{"convict", "0.1.0"},
                          {"compiler", "GCC 12"},
                          {"build", ""},
                          {"cpu", "Made-up 9000"},
                          {"cores", "2"},
                          {"system", "unknown"},
                          {"started", "2001-02-03 04:05:06 +0000"},
                          {"gpu", "Made-up H9000, compute capability 9.0, 80000 MiB"},
                          {"cuda", "driver for 12.4, runtime 12.4"},
                          {"cudnn", "9.1.0"}},
          .files = {{"./a.so", "00000000000000ff"}}};
}

TrialResult finding() {
  TrialResult made = failed(
      "./a.so:a.b", "n2_c4_i9x8_k6_f3x3_s2_p1:0x2/forward/f32/fill=wide,alpha=-1e+20", "off");
  made.verdict.pattern = "odd rows";
  made.verdict.note = "truth by an f64 GEMM";
  made.verdict.worst_ratio = inf;
  made.verdict.zeros_pass = 0.25;
  made.verdict.first->subject = -inf;
  made.verdict.worst->subject = std::nan("");
  made.verdict.fingerprint = {.operands = ~std::uint64_t{0}, .result = 0, .error = 0.5};
  made.shrunk = smallest;
  made.cluster = "forward fail by exact: off";
  made.evidence = "out/evidence/0001.h5";
  made.repeated = true;
  made.source = regression_source;
  made.calls = 2;
  made.cause = "fails where C > 1: in 40 of 40 probes with it, in 0 of 41 without";
  made.replays = 10;
  made.came_back = 3;
  return made;
}

TrialResult withheld() {
  TrialResult made{.kernel = "c.d", .trial = smallest};
  made.verdict.outcome = Outcome::not_tried;
  made.verdict.layer = "sandbox";
  made.verdict.reason = "hung nearby: stride >= 3";
  return made;
}

run::CountedResults counted() {
  run::Tally tally;
  tally[Outcome::pass] = 40;
  tally[Outcome::unsupported] = 2;
  tally[Outcome::not_tried] = 3;
  tally.uncalled = 1;
  tally.ran = 39;
  tally.calls = 78;
  return {.kernel = "c.d",
          .tally = tally,
          .unsupported = {{"2-D only", 2}},
          .not_tried = {{"hung nearby: stride >= 3", 3}},
          .features = {{"rank: 2d", tally}, {"fill exact", tally}},
          .worst_ratio = 0.5,
          .worst_trial = smallest,
          .time_ms = 12.5,
          .passed = {smallest}};
}

run::PairAgreement pair() {
  return {.first = "./a.so:a.b",
          .second = "c.d",
          .shared = 9,
          .same = 5,
          .both_right = 3,
          .one_wrong = 1,
          .uneven = 1,
          .steepest = inf,
          .first_errs_more = true,
          .uneven_trial = smallest,
          .one_wrong_trial = smallest};
}

void write(const char* folder) {
  reports::Journal journal(folder);
  journal.begin(info());
  journal.trial(finding());
  journal.trial(withheld());
  for (const TrialResult& result : fabricated::mixed_run().results) journal.trial(result);
  journal.checkpoint({.trials = 42,
                      .counted = {counted()},
                      .pairs = {pair()},
                      .features = {{.name = "stride",
                                    .weight = 50,
                                    .tried = {30, 8, 1},
                                    .ran = {12, 0, 0},
                                    .findings = 3}}});
  run::RunEnd end{.tally = {}, .interrupted = true, .time_s = 1.5};
  end.reason = "given up: each of its first 5 calls hung";
  journal.end(end);
}

}  // namespace
}  // namespace convict

int main(int count, char** arguments) try {
  if (count != 2) {
    std::fputs("usage: make_journal FOLDER\n", stderr);
    return 2;
  }
  convict::write(arguments[1]);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "make_journal: %s\n", error.what());
  return 1;
}
