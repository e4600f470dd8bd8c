// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "convict_device/api.hpp"

namespace convict_device {

/// One operation of the device: a launch, a copy, a memset, a call of the host.
struct Operation {
  std::string name;
  Site site{};
  std::function<void()> work;
};

/// Puts an operation behind the others of its stream. It is carried out as late as possible: when
/// the host waits for it, or for something that does. What streams and events leave open is done in
/// a drawn order that is unlike the order of the calls. `waits`: the host waits for it.
cudaError_t submit(cudaStream_t stream, Operation operation, bool waits);

/// Carries out all that was put on streams.
void finish_all();
/// The sentence about operations that nobody waited for, or empty.
std::string unfinished();

/// Operations are numbered from 1; 0 is none. Whether streams, events or the host order the two.
std::uint32_t current_operation();
bool are_ordered(std::uint32_t earlier, std::uint32_t later);
std::string name_of_operation(std::uint32_t number);

/// Draws the order of operations, blocks and threads anew.
void seed_orders(std::uint64_t seed);
std::uint64_t next_seed();

}  // namespace convict_device
