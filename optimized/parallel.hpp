// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "core/index.hpp"

namespace convict::optimized {

/// How many threads `tasks` independent tasks can use; at least 1.
index_t workers(int threads, index_t tasks);

/// Calls body(task, worker) once for every task in [0, tasks), worker in [0, workers(threads,
/// tasks)); no two calls at the same time share a worker. Rethrows one of the exceptions that
/// tasks threw.
void parallel_for(int threads, index_t tasks,
                  const std::function<void(index_t task, index_t worker)>& body);

}  // namespace convict::optimized
