// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "convict_device/more_api.hpp"
#include "streams.hpp"

/// Operations that streams captured instead of carrying them out, each with those that come before.
struct convict_graph {
  struct Captured {
    convict_device::Operation operation;
    std::vector<std::size_t> after;
  };
  std::vector<Captured> operations;
};

namespace convict_device {

/// What a stream or an event that takes part in a capture knows: the graph, and which of its
/// operations come before.
struct Capture {
  std::shared_ptr<convict_graph> graph;
  std::vector<std::size_t> after;

  explicit operator bool() const { return graph != nullptr; }
  void add(Operation operation);
  void join(const Capture& other);
};

/// The capture of a stream, or null where there is no such stream.
Capture* capture_of(cudaStream_t stream);
/// Ends the capture of all streams that took part in it.
void end_captures(const std::shared_ptr<convict_graph>& graph);

}  // namespace convict_device
