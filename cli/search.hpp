#pragma once

#include <filesystem>
#include <vector>

#include "cli/command.hpp"
#include "core/observer.hpp"
#include "fuzz/campaign.hpp"
#include "oracle/custody/custody.hpp"

namespace convict::cli {

/// What `convict fuzz` was asked to do.
struct Search {
  std::vector<oracle::Subject> subjects;
  fuzz::CampaignOptions options;
  std::filesystem::path directory;
  RunInfo info;
  double time_s = 0;  ///< 0: no limit
};

/// --seed, --shard, --cases, --time and --resume.
options::options_description search_options();

/// Checks every option before any work. Throws UsageError.
Search search_of(const Arguments& arguments, const Parsed& parsed);

/// Throws InputError naming what differs, unless `now` is the search that `before` was: same seed,
/// shard, kernels, passes, precisions and build, and plug-in files with the same contents.
void require_same_search(const RunInfo& now, const RunInfo& before, const std::string& where);

}  // namespace convict::cli
