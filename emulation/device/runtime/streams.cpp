// SPDX-License-Identifier: Apache-2.0
#include "streams.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "faults.hpp"
#include "graphs.hpp"
#include "memory.hpp"
#include "scheduler.hpp"

namespace convict_device {
namespace {

/// For each stream, how many of its operations lie before.
using Clock = std::map<std::uint32_t, std::uint32_t>;

void add(Clock& to, const Clock& other) {
  for (const auto& [stream, count] : other) to[stream] = std::max(to[stream], count);
}

struct Node {
  std::uint32_t number = 0, stream = 0, in_stream = 0;
  Operation operation;
  std::vector<std::shared_ptr<Node>> after;  ///< what must be done before
  Clock clock;
  bool is_done = false;
};
using NodePointer = std::shared_ptr<Node>;

}  // namespace
}  // namespace convict_device

struct convict_stream {
  std::uint32_t id = 0;
  bool waits_for_default = true;
  std::uint32_t count = 0;
  convict_device::NodePointer last;
  convict_device::Capture capture{};
};
struct convict_event {
  convict_device::NodePointer node;
  convict_device::Capture capture{};
};

namespace convict_device {
namespace {

struct Device {
  convict_stream default_stream;
  std::vector<std::unique_ptr<convict_stream>> streams;
  std::vector<std::unique_ptr<convict_event>> events;
  std::uint32_t streams_made = 0;
  std::vector<NodePointer> pending;            ///< in the order of the calls
  std::map<std::uint32_t, NodePointer> known;  ///< operations since all were last finished
  std::uint32_t last_number = 0, settled = 0;
  Clock host;  ///< what the host has waited for
  std::uint32_t current = 0;
  std::mt19937_64 random;
  unsigned order = 0;
};
Device& device() {
  static auto* const one = new Device;
  return *one;
}

convict_stream* stream_of(cudaStream_t stream) {
  Device& d = device();
  if (stream == nullptr) return &d.default_stream;
  for (const auto& one : d.streams)
    if (one.get() == stream) return stream;
  return nullptr;
}

void carry_out(Node& node) {
  Device& d = device();
  node.is_done = true;
  std::erase_if(d.pending, [&](const NodePointer& one) { return one.get() == &node; });
  node.after.clear();
  const std::uint32_t before = d.current;
  d.current = node.number;
  if (node.operation.work) {
    open_device_memory(true);
    node.operation.work();
    node.operation.work = nullptr;
    open_device_memory(false);
  }
  d.current = before;
}

bool is_ready(const Node& node) {
  return std::all_of(node.after.begin(), node.after.end(),
                     [](const NodePointer& one) { return one->is_done; });
}

/// Carries out those of `nodes`, which are closed under `after`, in an unlikely order.
void carry_out_all(std::vector<NodePointer> nodes) {
  Device& d = device();
  while (!nodes.empty()) {
    std::vector<std::size_t> ready;
    for (std::size_t at = 0; at < nodes.size(); ++at)
      if (is_ready(*nodes[at])) ready.push_back(at);
    const std::size_t chosen = d.order % 2 == 0 ? ready.back() : ready[d.random() % ready.size()];
    const NodePointer node = nodes[chosen];
    nodes.erase(nodes.begin() + static_cast<std::ptrdiff_t>(chosen));
    carry_out(*node);
  }
}

void collect(const NodePointer& node, std::vector<NodePointer>& nodes) {
  if (node->is_done || std::find(nodes.begin(), nodes.end(), node) != nodes.end()) return;
  for (const NodePointer& one : node->after) collect(one, nodes);
  nodes.push_back(node);
}

void wait_for(const NodePointer& node) {
  std::vector<NodePointer> nodes;
  collect(node, nodes);
  std::sort(nodes.begin(), nodes.end(),
            [](const auto& a, const auto& b) { return a->number < b->number; });
  carry_out_all(nodes);
  add(device().host, node->clock);
}

NodePointer put(convict_stream& stream, Operation operation) {
  Device& d = device();
  auto node = std::make_shared<Node>();
  node->number = ++d.last_number;
  node->stream = stream.id;
  node->in_stream = ++stream.count;
  node->operation = std::move(operation);
  const auto follow = [&](const NodePointer& other) {
    if (other == nullptr) return;
    add(node->clock, other->clock);
    if (!other->is_done) node->after.push_back(other);
  };
  follow(stream.last);
  if (&stream == &d.default_stream) {
    for (const auto& other : d.streams)
      if (other->waits_for_default) follow(other->last);
  } else if (stream.waits_for_default) {
    follow(d.default_stream.last);
  }
  add(node->clock, d.host);
  node->clock[stream.id] = node->in_stream;
  stream.last = node;
  d.known[node->number] = node;
  d.pending.push_back(node);
  return node;
}

}  // namespace

cudaError_t submit(cudaStream_t handle, Operation operation, bool waits) {
  convict_stream* const stream = stream_of(handle);
  if (stream == nullptr) return cudaErrorInvalidResourceHandle;
  if (stream->capture) {
    if (waits) return cudaErrorStreamCaptureUnsupported;
    stream->capture.add(std::move(operation));
    return cudaSuccess;
  }
  const NodePointer node = put(*stream, std::move(operation));
  if (waits || device().order == 3)
    carry_out_all([&] {
      std::vector<NodePointer> nodes;
      collect(node, nodes);
      return nodes;
    }());
  if (waits) add(device().host, node->clock);
  return cudaSuccess;
}

void finish_all() {
  Device& d = device();
  carry_out_all(d.pending);
  for (const auto& stream : d.streams) d.host[stream->id] = stream->count;
  d.host[0] = d.default_stream.count;
  d.settled = d.last_number;
  d.known.clear();
}

std::string unfinished() {
  for (const NodePointer& node : device().pending)
    if (node->operation.work)
      return text("the call returned and had not waited for %s at %s", node->operation.name.c_str(),
                  text_of(node->operation.site).c_str());
  return "";
}

Capture* capture_of(cudaStream_t handle) {
  convict_stream* const stream = stream_of(handle);
  return stream == nullptr ? nullptr : &stream->capture;
}
void end_captures(const std::shared_ptr<convict_graph>& graph) {
  for (const auto& stream : device().streams)
    if (stream->capture.graph == graph) stream->capture = {};
  for (const auto& event : device().events)
    if (event->capture.graph == graph) event->capture = {};
}

std::uint32_t current_operation() { return device().current; }

bool are_ordered(std::uint32_t a, std::uint32_t b) {
  Device& d = device();
  if (a <= d.settled || b <= d.settled) return true;
  const auto first = d.known.find(a), second = d.known.find(b);
  if (first == d.known.end() || second == d.known.end()) return true;
  const auto before = [](const Node& one, const Node& other) {
    const auto seen = other.clock.find(one.stream);
    return seen != other.clock.end() && seen->second >= one.in_stream;
  };
  return before(*first->second, *second->second) || before(*second->second, *first->second);
}

std::string name_of_operation(std::uint32_t number) {
  const auto found = device().known.find(number);
  if (found == device().known.end()) return "an earlier operation";
  const Operation& operation = found->second->operation;
  return text("%s at %s", operation.name.c_str(), text_of(operation.site).c_str());
}

void seed_orders(std::uint64_t seed) {
  device().random.seed(seed);
  device().order = static_cast<unsigned>(seed % 4);
}
std::uint64_t next_seed() { return device().random(); }

}  // namespace convict_device

using namespace convict_device;

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  Device& d = device();
  d.streams.push_back(std::make_unique<convict_stream>());
  d.streams.back()->id = ++d.streams_made;
  d.streams.back()->waits_for_default = (flags & cudaStreamNonBlocking) == 0;
  *stream = d.streams.back().get();
  return cudaSuccess;
}
cudaError_t cudaStreamCreate(cudaStream_t* stream) { return cudaStreamCreateWithFlags(stream, 0); }
cudaError_t cudaStreamDestroy(cudaStream_t handle) {
  convict_stream* const stream = stream_of(handle);
  if (stream == nullptr || handle == nullptr) return cudaErrorInvalidResourceHandle;
  std::erase_if(device().streams, [&](const auto& one) { return one.get() == stream; });
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t handle) {
  convict_stream* const stream = stream_of(handle);
  if (stream == nullptr) return cudaErrorInvalidResourceHandle;
  if (stream->capture) return cudaErrorStreamCaptureUnsupported;
  if (stream->last) wait_for(stream->last);
  return cudaPeekAtLastError();
}
cudaError_t cudaStreamQuery(cudaStream_t handle) {
  convict_stream* const stream = stream_of(handle);
  if (stream == nullptr) return cudaErrorInvalidResourceHandle;
  if (!stream->last || stream->last->is_done) return cudaSuccess;
  // Who asks again and again gets an answer at last.
  if (device().random() % 4 == 0) wait_for(stream->last);
  return stream->last->is_done ? cudaSuccess : cudaErrorNotReady;
}
cudaError_t cudaEventCreate(cudaEvent_t* event) {
  device().events.push_back(std::make_unique<convict_event>());
  *event = device().events.back().get();
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  const auto gone =
      std::erase_if(device().events, [&](const auto& one) { return one.get() == event; });
  return gone != 0 ? cudaSuccess : cudaErrorInvalidResourceHandle;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t handle) {
  convict_stream* const stream = stream_of(handle);
  if (stream == nullptr || event == nullptr) return cudaErrorInvalidResourceHandle;
  event->capture = stream->capture;
  if (stream->capture) return cudaSuccess;
  event->node = put(*stream, {"an event", {}, nullptr});
  return cudaSuccess;
}
cudaError_t cudaStreamWaitEvent(cudaStream_t handle, cudaEvent_t event, unsigned) {
  convict_stream* const stream = stream_of(handle);
  if (stream == nullptr || event == nullptr) return cudaErrorInvalidResourceHandle;
  if (event->capture) {
    stream->capture.join(event->capture);
    return cudaSuccess;
  }
  if (!event->node) return cudaSuccess;
  const NodePointer wait = put(*stream, {"a wait for an event", {}, nullptr});
  const Clock own = wait->clock;
  add(wait->clock, event->node->clock);
  if (!event->node->is_done) wait->after.push_back(event->node);
  return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  if (event == nullptr) return cudaErrorInvalidResourceHandle;
  if (event->node) wait_for(event->node);
  return cudaPeekAtLastError();
}
cudaError_t cudaEventQuery(cudaEvent_t event) {
  if (event == nullptr) return cudaErrorInvalidResourceHandle;
  if (!event->node || event->node->is_done) return cudaSuccess;
  if (device().random() % 4 == 0) wait_for(event->node);
  return event->node->is_done ? cudaSuccess : cudaErrorNotReady;
}
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  if (start == nullptr || end == nullptr || !start->node || !end->node)
    return cudaErrorInvalidResourceHandle;
  if (!end->node->is_done) return cudaErrorNotReady;
  *milliseconds = 1;  // time means nothing here
  return cudaSuccess;
}
cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void* argument) {
  return submit(stream, {"a function of the host", {}, [=] { function(argument); }}, false);
}
