// SPDX-License-Identifier: Apache-2.0
// Graphs that are captured from streams (CUDA C++ Programming Guide, Creating a Graph Using Stream
// Capture).
#include "graphs.hpp"

#include <algorithm>
#include <utility>

#include "errors.hpp"
#include "scheduler.hpp"

namespace convict_device {
namespace {

std::vector<std::shared_ptr<convict_graph>>& graphs() {
  static auto* const all = new std::vector<std::shared_ptr<convict_graph>>;
  return *all;
}
std::shared_ptr<convict_graph> graph_at(const convict_graph* graph) {
  for (const auto& one : graphs())
    if (one.get() == graph) return one;
  return nullptr;
}
cudaError_t forget(const convict_graph* graph) {
  const auto gone = std::erase_if(graphs(), [&](const auto& one) { return one.get() == graph; });
  return gone != 0 ? cudaSuccess : set_error(cudaErrorInvalidValue, "a graph that is none");
}

/// The operations in an order that the graph allows and that is unlike that of the calls: the last
/// one that can be done is done first.
void carry_out_graph(const convict_graph& graph) {
  std::vector<bool> done(graph.operations.size());
  const auto can_be_done = [&](std::size_t at) {
    const auto& after = graph.operations[at].after;
    return !done[at] &&
           std::all_of(after.begin(), after.end(), [&](auto one) { return done[one]; });
  };
  for (std::size_t count = 0; count < done.size(); ++count) {
    std::size_t at = done.size();
    while (at > 0 && !can_be_done(at - 1)) --at;
    if (at == 0) return;
    done[at - 1] = true;
    const std::function<void()> work = graph.operations[at - 1].operation.work;
    if (work) work();
  }
}

}  // namespace

void Capture::add(Operation operation) {
  graph->operations.push_back({std::move(operation), std::move(after)});
  after = {graph->operations.size() - 1};
}
void Capture::join(const Capture& other) {
  graph = other.graph;
  for (const std::size_t one : other.after)
    if (std::find(after.begin(), after.end(), one) == after.end()) after.push_back(one);
}

cudaError_t launch_graph(cudaGraphExec_t executable, cudaStream_t stream, Site site) {
  const auto graph = graph_at(reinterpret_cast<convict_graph*>(executable));
  if (!graph) return set_error(cudaErrorInvalidValue, "the launch of a graph that is none");
  return set_error(submit(stream, {"the graph", site, [graph] { carry_out_graph(*graph); }}, false),
                   "a graph on a stream that is none");
}

}  // namespace convict_device

using namespace convict_device;

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  Capture* const capture = capture_of(stream);
  if (capture == nullptr) return cudaErrorInvalidResourceHandle;
  if (stream == nullptr || *capture)
    return set_error(cudaErrorStreamCaptureUnsupported,
                     "the default stream cannot be captured, nor one that is captured already");
  *capture = {std::make_shared<convict_graph>(), {}};
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  Capture* const capture = capture_of(stream);
  if (capture == nullptr || !*capture)
    return set_error(cudaErrorInvalidValue, "the end of a capture that did not begin");
  const auto captured = capture->graph;
  graphs().push_back(captured);
  *graph = captured.get();
  end_captures(captured);
  return cudaSuccess;
}
cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
  Capture* const capture = capture_of(stream);
  if (capture == nullptr) return cudaErrorInvalidResourceHandle;
  *status = *capture ? cudaStreamCaptureStatusActive : cudaStreamCaptureStatusNone;
  return cudaSuccess;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph,
                                 unsigned long long) {
  const auto captured = graph_at(graph);
  if (!captured) return set_error(cudaErrorInvalidValue, "a graph that is none");
  graphs().push_back(std::make_shared<convict_graph>(*captured));
  *executable = reinterpret_cast<cudaGraphExec_t>(graphs().back().get());
  return cudaSuccess;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph,
                                 cudaGraphNode_t* error, char*, std::size_t) {
  if (error != nullptr) *error = nullptr;
  return cudaGraphInstantiate(executable, graph, 0);
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) { return forget(graph); }
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  return forget(reinterpret_cast<convict_graph*>(executable));
}
