// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "run/observer.hpp"

/// Runs with made-up results, for tests of journals and reports.
namespace convict::fabricated {

inline TrialResult result(std::string kernel, std::string_view trial, Outcome outcome,
                          std::string reason = {}) {
  TrialResult made;
  made.kernel = std::move(kernel);
  made.trial = parse_trial(trial);
  made.verdict.outcome = outcome;
  made.verdict.layer = "exact";
  made.verdict.reason = std::move(reason);
  made.time_ms = 2;
  return made;
}

inline TrialResult passed(std::string kernel, std::string_view trial, double worst_ratio = 0) {
  TrialResult made = fabricated::result(std::move(kernel), trial, Outcome::pass);
  made.verdict.elements = 100;
  made.verdict.worst_ratio = worst_ratio;
  return made;
}

inline TrialResult failed(std::string kernel, std::string_view trial, std::string reason) {
  TrialResult made = fabricated::result(std::move(kernel), trial, Outcome::fail, std::move(reason));
  made.verdict.elements = 100;
  made.verdict.wrong = 3;
  made.verdict.worst_ratio = 40;
  made.verdict.first = Element{.index = {0, 1, 2}, .subject = 3, .truth = 4, .bound = 0.25};
  made.verdict.worst = Element{.index = {0, 1, 3}, .subject = -6, .truth = 4, .bound = 0.25};
  return made;
}

struct Run {
  run::RunInfo info;
  std::vector<TrialResult> results = {};
  bool interrupted = false;
};

/// Reports a run to an observer, with the tally of its results at the end.
inline void play(const Run& run, run::Observer& observer) {
  run::RunEnd end{.tally = {}, .interrupted = run.interrupted, .time_s = 1.5};
  observer.begin(run.info);
  for (const TrialResult& result : run.results) {
    end.tally.add(result);
    observer.trial(result);
  }
  observer.end(end);
}

inline run::RunInfo info(std::vector<std::string> kernels, std::size_t trials) {
  return {.command = "conform",
          .arguments = "convict conform --suite core",
          .suite = "core",
          .seed = 17,
          .kernels = std::move(kernels),
          .trials = trials,
          .environment = {{"version", "0.1.0"}, {"cpu", "Made-up 9000"}}};
}

/// Two kernels, one right and one with every kind of outcome.
inline Run mixed_run() {
  const std::string good = "optimized.good";
  const std::string odd = "optimized.odd";
  const std::string spec = "n2_c4_i9x8_k6_f3x3";
  return {
      .info = info({good, odd}, 8),
      .results = {passed(good, spec + "_p1/forward/f32", 0.5),
                  passed(good, spec + "_p1/grad_input/f32"),
                  passed(odd, spec + "_p1/forward/f32", 0.125),
                  failed(odd, spec + "_p1/forward/f64", "3 of 100 elements are outside"),
                  result(odd, spec + "_p1/grad_input/f32", Outcome::mistrusted, "truth is zero"),
                  result(odd, spec + "_p1/grad_weights/f32", Outcome::unsupported, "forward only"),
                  result(odd, spec + "_d2_p1/forward/f32", Outcome::crashed, "signal 11"),
                  result(odd, spec + "_s2_p1/forward/f32", Outcome::hung, "no answer in 10 s")}};
}

inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// A new temporary folder for one test, removed at its end.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "convict-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace convict::fabricated
