#pragma once

#include "gpu/cudnn/graph.hpp"
#include "gpu/cudnn/notes.hpp"

namespace convict::gpu::cudnn {

/// An engine with its settings, proposed for one graph.
struct Candidate {
  Descriptor config;
  index_t engine = 0;  ///< global index
  Notes notes;
};

/// What cuDNN needs to know of a device to choose for it: the current one's number, ...
Descriptor device_properties(const Api& api, int device);
/// ... or a description, with which everything but running works where there is no device (cuDNN
/// 9.8 and later).
Descriptor device_properties(const Api& api, std::string_view json);

/// The candidates that cuDNN's heuristics of `mode` propose, best first. Throws NotSupported.
std::vector<Candidate> proposals(const Api& api, const Graph& graph, const Descriptor& device,
                                 cudnnBackendHeurMode_t mode);

/// The engine with this global index and its usual settings. Throws NotSupported when it does not
/// take the graph.
Candidate engine_at(const Api& api, const Graph& graph, const Descriptor& device, index_t index);

/// How many engines there are for the operation of `graph`.
index_t engine_count(const Graph& graph);

}  // namespace convict::gpu::cudnn
