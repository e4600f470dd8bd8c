// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "capability.hpp"
#include "faults.hpp"
#include "scheduler.hpp"

namespace convict_device {

void* Scheduler::shared_memory(const void* key, std::size_t bytes, std::size_t alignment,
                               const char* name, Site site) {
  char* const base = current_->block->shared->begin;
  for (const SharedObject& object : shared_objects_)
    if (object.key == key) return base + object.offset;
  std::size_t offset = 0;
  if (!shared_objects_.empty())
    offset = shared_objects_.back().offset + shared_objects_.back().bytes + shared_gap;
  const std::size_t step = std::max<std::size_t>(alignment, 16);
  offset = (offset + step - 1) / step * step;
  const bool is_dynamic = key == this;
  if (!is_dynamic) static_shared_ += bytes;
  if (static_shared_ > most_static_shared ||
      static_shared_ + configuration_.shared_bytes > capability().most_shared ||
      offset + bytes + shared_gap > shared_arena_bytes) {
    record_fault(Fault::launch,
                 text("kernel %s needs %zu bytes of shared memory with '%s' declared at %s, and "
                      "%zu dynamic ones: at most %zu may be declared and %zu used",
                      configuration_.kernel, static_shared_, name, text_of(site).c_str(),
                      configuration_.shared_bytes, most_static_shared, capability().most_shared));
    stop();
  }
  shared_objects_.push_back({key, name, site, offset, bytes});
  return base + offset;
}

void* Scheduler::dynamic_shared(const char* name) {
  return shared_memory(this, configuration_.shared_bytes, 128, name, configuration_.site);
}

}  // namespace convict_device
