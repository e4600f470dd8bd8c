// SPDX-License-Identifier: Apache-2.0
// The barrier of all threads of a cooperative launch, all of whose blocks are resident.
#include <algorithm>

#include "faults.hpp"
#include "scheduler.hpp"

namespace convict_device {

void Scheduler::grid_barrier(Site site) {
  if (!configuration_.cooperative) {
    record_fault(Fault::barrier,
                 text("kernel %s: a barrier of the grid at %s, but the launch is not cooperative",
                      configuration_.kernel, text_of(site).c_str()));
    stop();
  }
  current_->site = site;
  current_->offer.predicate = false;
  wait(Thread::State::at_grid_barrier);
}

bool Scheduler::waits_for_grid(const Block& block) {
  return std::all_of(block.threads.begin(), block.threads.end(), [](const Thread& thread) {
    return thread.state == Thread::State::exited || thread.state == Thread::State::at_grid_barrier;
  });
}

/// What any thread did before is known to all afterwards.
bool Scheduler::release_grid_barrier() {
  const auto waits = [](const auto& block) { return waits_for_grid(*block); };
  if (resident_.empty() || !std::all_of(resident_.begin(), resident_.end(), waits)) return false;
  if (resident_.size() < count_of(configuration_.grid)) {
    const auto& threads = resident_.front()->threads;
    const auto one = std::find_if(threads.begin(), threads.end(), [](const Thread& thread) {
      return thread.state == Thread::State::at_grid_barrier;
    });
    record_fault(Fault::barrier, text("%s waits at the barrier of the grid at %s, but %zu blocks "
                                      "have returned",
                                      text_of(*one).c_str(), text_of(one->site).c_str(),
                                      count_of(configuration_.grid) - resident_.size()));
    is_stopped_ = true;
    return false;
  }
  Knowledge all;
  for (const auto& block : resident_) {
    all.intervals_of_block[block->number] = ++block->interval;
    for (Thread& thread : block->threads)
      if (thread.state == Thread::State::at_grid_barrier) make_ready(thread);
  }
  for (const auto& block : resident_) {
    if (!block->acquired) block->acquired = std::make_unique<Knowledge>();
    block->acquired->add(all);
  }
  return true;
}

void sync_grid(Site site) { running->grid_barrier(site); }
bool is_cooperative() { return running->configuration().cooperative; }

}  // namespace convict_device
