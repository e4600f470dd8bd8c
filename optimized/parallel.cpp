// SPDX-License-Identifier: Apache-2.0
#include "optimized/parallel.hpp"

#include <omp.h>

#include <algorithm>
#include <exception>

namespace convict::optimized {

index_t workers(int threads, index_t tasks) {
  return std::clamp<index_t>(threads, 1, std::max<index_t>(tasks, 1));
}

void parallel_for(int threads, index_t tasks,
                  const std::function<void(index_t task, index_t worker)>& body) {
  std::exception_ptr failure;
#pragma omp parallel for schedule(dynamic) num_threads(static_cast <int>(workers(threads, tasks)))
  for (index_t task = 0; task < tasks; ++task) {
    try {
      body(task, omp_get_thread_num());
    } catch (...) {
#pragma omp critical(convict_optimized_failure)
      failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace convict::optimized
