// SPDX-License-Identifier: Apache-2.0
#include "gpu/cudnn/engines.hpp"

#include <utility>

namespace convict::gpu::cudnn {
namespace {

Notes notes_of(const Descriptor& engine) {
  return {engine.list<cudnnBackendNumericalNote_t>(CUDNN_ATTR_ENGINE_NUMERICAL_NOTE,
                                                   CUDNN_TYPE_NUMERICAL_NOTE),
          engine.list<cudnnBackendBehaviorNote_t>(CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE,
                                                  CUDNN_TYPE_BEHAVIOR_NOTE)};
}

Candidate candidate(const Api& api, Descriptor config) {
  Descriptor engine(api, CUDNN_BACKEND_ENGINE_DESCRIPTOR, "engine");
  config.read(CUDNN_ATTR_ENGINECFG_ENGINE, engine);
  return {.config = std::move(config),
          .engine = engine.integer(CUDNN_ATTR_ENGINE_GLOBAL_INDEX),
          .notes = notes_of(engine)};
}

}  // namespace

Descriptor device_properties(const Api& api, int device) {
  Descriptor properties(api, CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR, "device");
  properties.set_device(device);
  properties.finalize();
  return properties;
}

Descriptor device_properties(const Api& api, std::string_view json) {
  Descriptor properties(api, CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR, "device");
  properties.set_text(CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, json);
  properties.finalize();
  return properties;
}

std::vector<Candidate> proposals(const Api& api, const Graph& graph, const Descriptor& device,
                                 cudnnBackendHeurMode_t mode) {
  Descriptor heuristics(api, CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR, "heuristics");
  heuristics.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph.graph);
  heuristics.set(CUDNN_ATTR_ENGINEHEUR_MODE, mode);
  heuristics.set(CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, device);
  heuristics.finalize();
  constexpr std::size_t most = 64;  // cuDNN 9.19 proposes at most 40
  std::vector<Descriptor> configs;
  for (std::size_t i = 0; i < most; ++i)
    configs.emplace_back(api, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, "engine settings");
  heuristics.read(CUDNN_ATTR_ENGINEHEUR_RESULTS, configs);
  std::vector<Candidate> candidates;
  for (Descriptor& config : configs) candidates.push_back(candidate(api, std::move(config)));
  return candidates;
}

Candidate engine_at(const Api& api, const Graph& graph, const Descriptor& device, index_t index) {
  Descriptor engine(api, CUDNN_BACKEND_ENGINE_DESCRIPTOR, "engine");
  engine.set(CUDNN_ATTR_ENGINE_OPERATION_GRAPH, graph.graph);
  engine.set(CUDNN_ATTR_ENGINE_GLOBAL_INDEX, index);
  engine.set(CUDNN_ATTR_ENGINE_DEVICEPROP, device);
  engine.finalize();
  Descriptor config(api, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, "engine settings");
  config.set(CUDNN_ATTR_ENGINECFG_ENGINE, engine);
  config.finalize();
  return {.config = std::move(config), .engine = index, .notes = notes_of(engine)};
}

index_t engine_count(const Graph& graph) {
  return graph.graph.integer(CUDNN_ATTR_OPERATIONGRAPH_ENGINE_GLOBAL_COUNT);
}

}  // namespace convict::gpu::cudnn
