// SPDX-License-Identifier: Apache-2.0
#include "gpu/cudnn/graph.hpp"

#include <algorithm>
#include <array>

namespace convict::gpu::cudnn {
namespace {

using Name = cudnnBackendAttributeName_t;
using Integers = std::vector<std::int64_t>;

cudnnDataType_t data_type(Precision stored) {
  switch (stored) {
    case Precision::f64: return CUDNN_DATA_DOUBLE;
    case Precision::bf16: return CUDNN_DATA_BFLOAT16;
    case Precision::f16: return CUDNN_DATA_HALF;
    default: return CUDNN_DATA_FLOAT;
  }
}

/// Problems of one axis use cuDNN's two-dimensional engines.
int cudnn_rank(const ConvSpec& spec) { return std::max(spec.rank, 2); }

/// The first two axes of a lifted shape (see TensorShapes), then the last `rank`.
struct Lengths {
  Integers extents, strides;
};
template <std::size_t Rank>
Lengths lengths(const Shape<Rank>& shape, std::size_t channel_axis, int rank) {
  Lengths chosen;
  const auto add = [&](std::size_t axis) {
    chosen.extents.push_back(shape.extents[axis]);
    chosen.strides.push_back(shape.strides[axis]);
  };
  add(0);
  add(channel_axis);
  for (std::size_t axis = Rank - static_cast<std::size_t>(rank); axis < Rank; ++axis) add(axis);
  return chosen;
}

Descriptor tensor(const Api& api, TensorId id, const Lengths& lengths, Precision precision) {
  Descriptor tensor(api, CUDNN_BACKEND_TENSOR_DESCRIPTOR, "tensor");
  tensor.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, static_cast<std::int64_t>(id));
  tensor.set(CUDNN_ATTR_TENSOR_DATA_TYPE, data_type(storage_of(precision)));
  tensor.set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, pointer_alignment);
  tensor.set(CUDNN_ATTR_TENSOR_DIMENSIONS, lengths.extents);
  tensor.set(CUDNN_ATTR_TENSOR_STRIDES, lengths.strides);
  tensor.finalize();
  return tensor;
}

Descriptor convolution(const Api& api, const Problem& problem) {
  const ConvSpec cube = lifted(with_explicit_padding(problem.spec));
  const int rank = cudnn_rank(problem.spec);
  const auto last = [&](const Axes& axes) { return Integers(axes.end() - rank, axes.end()); };
  Axes before{};
  Axes after{};
  for (std::size_t a = 0; a < max_rank; ++a) {
    before[a] = cube.padding[a].before;
    after[a] = cube.padding[a].after;
  }
  Descriptor convolution(api, CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, "convolution");
  convolution.set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, rank);
  convolution.set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, data_type(accumulator_of(problem.precision)));
  convolution.set(CUDNN_ATTR_CONVOLUTION_CONV_MODE,
                  cube.flip ? CUDNN_CONVOLUTION : CUDNN_CROSS_CORRELATION);
  convolution.set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, last(before));
  convolution.set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, last(after));
  convolution.set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, last(cube.stride));
  convolution.set(CUDNN_ATTR_CONVOLUTION_DILATIONS, last(cube.dilation));
  convolution.finalize();
  return convolution;
}

/// The identifiers that cuDNN has for the operation of a pass and its attributes.
struct OperationNames {
  cudnnBackendDescriptorType_t type;
  Name input, filters, output, convolution, alpha, beta;
};

OperationNames names_of(Pass pass) {
  switch (pass) {
    case Pass::forward:
      return {CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA};
    case Pass::grad_input:
      return {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA};
    case Pass::grad_weights: break;
  }
  return {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA};
}

}  // namespace

Graph graph_of(const Api& api, const Problem& problem) {
  const int rank = cudnn_rank(problem.spec);
  const OperationNames names = names_of(problem.pass);
  const TensorShapes& shapes = problem.shapes;
  constexpr std::size_t filter_channels = 4;  // (K, o0, o1, o2, C/G, f0, f1, f2)
  Graph made{.input = tensor(api, input_id, lengths(shapes.input, 1, rank), problem.precision),
             .filters = tensor(api, filters_id, lengths(shapes.filters, filter_channels, rank),
                               problem.precision),
             .output = tensor(api, output_id, lengths(shapes.output, 1, rank), problem.precision),
             .convolution = convolution(api, problem),
             .operation = Descriptor(api, names.type, "operation"),
             .graph = Descriptor(api, CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR, "graph")};
  const bool in_double = problem.precision == Precision::f64;
  made.operation.set(names.input, made.input);
  made.operation.set(names.filters, made.filters);
  made.operation.set(names.output, made.output);
  made.operation.set(names.convolution, made.convolution);
  made.operation.set_factor(names.alpha, problem.alpha, in_double);
  made.operation.set_factor(names.beta, problem.beta, in_double);
  made.operation.finalize();
  made.graph.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, made.operation);
  made.graph.finalize();
  return made;
}

}  // namespace convict::gpu::cudnn
