// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/kernel.hpp"
#include "gpu/cudnn/descriptor.hpp"

namespace convict::gpu::cudnn {

/// The ids of the tensors of a graph.
enum TensorId : std::int64_t { input_id = 'x', filters_id = 'w', output_id = 'y' };

/// The alignment of pointers in bytes that graphs promise. cuDNN has few engines for less.
constexpr std::int64_t pointer_alignment = 16;

/// A convolution as a graph of cuDNN: one operation on three tensors, with `alpha` and `beta`.
struct Graph {
  Descriptor input, filters, output, convolution, operation, graph;
};

/// The graph of a valid, shared problem without empty tensors. Strides are those of
/// Problem::shapes, axes those of the spec (a single axis gets another one of extent 1 in front),
/// the sides of an axis may be padded differently, and a flipped problem is a CUDNN_CONVOLUTION.
/// Tensors have the storage type of the precision, sums its accumulator type. Throws NotSupported
/// with cuDNN's message.
Graph graph_of(const Api& api, const Problem& problem);
Graph graph_of(const Api&& api, const Problem& problem) = delete;  // the graph refers to it

}  // namespace convict::gpu::cudnn
