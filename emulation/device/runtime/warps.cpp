// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "faults.hpp"
#include "scheduler.hpp"
#include "watch.hpp"

namespace convict_device {

/// The threads that the mask of `thread` names and that have not returned.
std::vector<Thread*> Scheduler::companions(Thread& thread) {
  std::vector<Thread*> lanes;
  auto& threads = thread.block->threads;
  const std::size_t warp = thread.in_block / 32 * 32;
  for (std::size_t lane = 0; lane < 32 && warp + lane < threads.size(); ++lane)
    if ((thread.offer.mask >> lane & 1U) != 0 &&
        threads[warp + lane].state != Thread::State::exited)
      lanes.push_back(&threads[warp + lane]);
  return lanes;
}

void Scheduler::warp_operation(const WarpOffer& offer, WarpResult& result, Site site) {
  Thread& me = *current_;
  me.site = site, me.offer = offer, me.result = &result;
  if ((offer.mask >> me.lane() & 1U) == 0) {
    record_fault(Fault::barrier, text("%s: %s with mask 0x%08x, which lacks the calling lane %d, "
                                      "at %s",
                                      text_of(me).c_str(), offer.operation, offer.mask, me.lane(),
                                      text_of(site).c_str()));
    stop();
  }
  const auto lanes = companions(me);
  const bool all = std::all_of(lanes.begin(), lanes.end(), [&](const Thread* other) {
    return other == &me ||
           (other->state == Thread::State::at_warp_operation && other->offer.mask == offer.mask &&
            std::strcmp(other->offer.operation, offer.operation) == 0 &&
            same_place(other->site, site));
  });
  if (!all) return wait(Thread::State::at_warp_operation);
  serve(lanes);
}

/// Gives each lane its result; afterwards each has seen what the others did before.
void Scheduler::serve(const std::vector<Thread*>& lanes) {
  WarpResult common;
  fill_with_poison(reinterpret_cast<char*>(common.all), sizeof common.all);
  std::array<std::uint32_t, 32> seen{};
  Knowledge acquired;
  for (const Thread* lane : lanes) {
    const unsigned bit = 1U << lane->lane();
    common.present |= bit;
    if (lane->offer.predicate) common.ballot |= bit;
    std::memcpy(common.all[lane->lane()], lane->offer.value, sizeof lane->offer.value);
    for (std::size_t i = 0; i < 32; ++i) seen[i] = std::max(seen[i], lane->seen[i]);
    seen[static_cast<std::size_t>(lane->lane())] = lane->segment;
    if (lane->acquired) acquired.add(*lane->acquired);
  }
  if (const WarpOffer& offer = lanes.front()->offer; offer.combine != nullptr)
    offer.combine(common, lanes.front()->site);
  for (Thread* const lane : lanes) {
    WarpResult& result = *lane->result;
    result = common;
    for (const Thread* other : lanes)
      if (std::memcmp(other->offer.value, lane->offer.value, sizeof lane->offer.value) == 0)
        result.matching |= 1U << other->lane();
    const int source = lane->offer.source_lane;
    std::memcpy(result.value, common.all[source & 31], sizeof result.value);
    if ((common.present >> (source & 31) & 1U) == 0) note_absent_lane(*lane, source);
    ++lane->segment;
    lane->seen = seen;
    if (!acquired.is_empty()) {
      if (!lane->acquired) lane->acquired = std::make_unique<Knowledge>();
      lane->acquired->add(acquired);
    }
    if (lane != current_) make_ready(*lane);
  }
}

}  // namespace convict_device
