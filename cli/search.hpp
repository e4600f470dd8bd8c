// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "cli/command.hpp"
#include "fuzz/campaign.hpp"
#include "run/observer.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::cli {

/// The search that the arguments of `convict fuzz` ask for.
struct Search {
  std::vector<sandbox::Subject> subjects;
  fuzz::CampaignOptions options;
  std::vector<Trial> hints;  ///< of --suite
  std::filesystem::path directory;
  run::RunInfo info;
  double time_s = 0;  ///< 0: no limit
};

/// --seed, --shard, --cases, --time, --suite and --resume.
options::options_description search_options();

/// Checks every option; to be called before any work. Throws UsageError.
Search search_of(const Arguments& arguments, const Parsed& parsed);

/// Space::widest_bits of the search that a journal tells of: it depends on the memory that was free
/// when it began.
int widest_bits_of(const run::RunInfo& info);

/// Throws InputError naming what differs, unless `now` is the search that `before` was: same seed,
/// shard, kernels, passes, precisions and build, and plug-in files with the same contents.
void require_same_search(const run::RunInfo& now, const run::RunInfo& before,
                         const std::string& where);

}  // namespace convict::cli
