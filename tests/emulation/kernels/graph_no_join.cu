// expected: elements wrong | never written
// SPDX-License-Identifier: Apache-2.0
// The capture has no edge from the side stream to the convolution.
#define GRAPH_NO_JOIN
#include "graph.cu"
