// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/trial.hpp"
#include "core/verdict.hpp"
#include "fuzz/shrink/shrink.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::fuzz {

/// A finding as it can be shown again.
struct Confirmed {
  Trial trial{};      ///< ends as the finding did, in a worker that has done nothing else
  int replays = 0;    ///< times it was replayed because it does not always come back; else 0
  int came_back = 0;  ///< in how many of these it did
};

inline constexpr int most_replays = 10;

/// Looks for the simplest trial that fails in a new worker, since a shrunk one may have failed only
/// because of the trials before it: the shrunk trial; else the smallest of those that led to it,
/// reduced once more with a new worker for each attempt, for `time_s` seconds at most; else the
/// original under a check that makes a sequence of calls. A trial that does not fail in every new
/// worker is replayed ten times; when none fails, that is the original. A trial that hung is not
/// confirmed, since every attempt could take the whole time limit.
Confirmed confirm(const Shrunk& shrunk, const Verdict& verdict, const sandbox::Subject& subject,
                  sandbox::Sandbox& sandbox, double time_s);

}  // namespace convict::fuzz
