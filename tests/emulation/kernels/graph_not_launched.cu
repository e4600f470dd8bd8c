// expected: elements wrong | never written
// SPDX-License-Identifier: Apache-2.0
// The graph is made and never launched.
#define GRAPH_NOT_LAUNCHED
#include "graph.cu"
