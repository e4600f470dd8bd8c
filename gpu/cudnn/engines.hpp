// SPDX-License-Identifier: Apache-2.0
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

/// The properties of a device that cuDNN needs to choose engines for it: of the current device, by
/// its number, ...
Descriptor device_properties(const Api& api, int device);
/// ... or of a described one. Then everything but execution works without a device (cuDNN 9.8 and
/// later).
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
