#pragma once

#include "core/kernel.hpp"
#include "gpu/cudnn/descriptor.hpp"

namespace convict::gpu::cudnn {

/// How the tensors of a graph are named when it is executed.
enum TensorId : std::int64_t { input_id = 'x', filters_id = 'w', output_id = 'y' };

/// Pointers are promised to be aligned so; cuDNN has few engines for less.
constexpr std::int64_t pointer_alignment = 16;

/// A convolution as cuDNN knows it: one operation on three tensors, with `alpha` and `beta`.
struct Graph {
  Descriptor input, filters, output, convolution, operation, graph;
};

/// The graph of a valid, shared problem without empty tensors. Strides are those of
/// Problem::shapes, axes those of the spec (one axis gets a second of extent 1 in front), sides are
/// padded as they are, a flipped problem is a CUDNN_CONVOLUTION. Tensors have the storage type of
/// the precision, sums its accumulator. Throws NotSupported in cuDNN's words.
Graph graph_of(const Api& api, const Problem& problem);
Graph graph_of(const Api&& api, const Problem& problem) = delete;  // the graph refers to it

}  // namespace convict::gpu::cudnn
