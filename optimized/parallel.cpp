// SPDX-License-Identifier: Apache-2.0
#include "optimized/parallel.hpp"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace convict::optimized {

index_t workers(int threads, index_t tasks) {
  return std::clamp<index_t>(threads, 1, std::max<index_t>(tasks, 1));
}

namespace {

using Body = std::function<void(index_t task, index_t worker)>;

#ifdef __SANITIZE_THREAD__
/// ThreadSanitizer does not see how the threads of libgomp wait for each other, and would take
/// every loop for a race. It looks at threads of the standard library instead.
void share(int threads, index_t tasks, const Body& body) {
  std::atomic<index_t> next = 0;
  std::vector<std::jthread> team;
  for (index_t worker = 0; worker < workers(threads, tasks); ++worker)
    team.emplace_back([&, worker] {
      for (index_t task = next++; task < tasks; task = next++) body(task, worker);
    });
}
#else
void share(int threads, index_t tasks, const Body& body) {
#pragma omp parallel for schedule(dynamic) num_threads(static_cast <int>(workers(threads, tasks)))
  for (index_t task = 0; task < tasks; ++task) body(task, omp_get_thread_num());
}
#endif

}  // namespace

void parallel_for(int threads, index_t tasks, const Body& body) {
  std::mutex mutex;
  std::exception_ptr failure;
  share(threads, tasks, [&](index_t task, index_t worker) {
    try {
      body(task, worker);
    } catch (...) {
      const std::scoped_lock lock(mutex);
      failure = std::current_exception();
    }
  });
  if (failure) std::rethrow_exception(failure);
}

}  // namespace convict::optimized
