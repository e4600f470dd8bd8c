// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

#include "core/index.hpp"

namespace convict::oracle {

/// Calls work(task, thread) for every task < tasks, in any order, on at most `threads` threads;
/// thread 0 is the caller. It starts threads instead of using OpenMP, whose threads spin while they
/// wait, so that on a loaded machine they delay the threads they wait for (measured: 16 ms instead
/// of 2), and whose thread pool does not survive a fork.
template <class Work>
void for_each_task(int threads, index_t tasks, Work work) {
  const index_t team = std::min<index_t>(threads, tasks);
  if (team <= 1) {
    for (index_t task = 0; task < tasks; ++task) work(task, 0);
    return;
  }
  const index_t chunk = std::max<index_t>(1, tasks / (team * 16));
  std::atomic<index_t> next = 0;
  const auto run = [&](int thread) {
    for (index_t begin; (begin = next.fetch_add(chunk)) < tasks;)
      for (index_t task = begin; task < std::min(begin + chunk, tasks); ++task) work(task, thread);
  };
  std::vector<std::jthread> others;
  others.reserve(static_cast<std::size_t>(team - 1));
  try {
    for (int thread = 1; thread < team; ++thread) others.emplace_back(run, thread);
  } catch (const std::system_error&) {
    // The system has no more threads; the ones that were started do all tasks.
  }
  run(0);
}

}  // namespace convict::oracle
