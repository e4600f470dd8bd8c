// SPDX-License-Identifier: Apache-2.0
// Memory beyond the limit of a run: each takes it in another way, in portions, until it is ended.
#include <pthread.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/wait.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "zoo.hpp"

namespace zoo {
namespace {

constexpr std::size_t portion = std::size_t{1} << 20;
/// A run that did not notice would come to an end all the same.
constexpr int most_portions = 2048;

void* touched(void* memory) {
  if (memory == nullptr || memory == MAP_FAILED) std::abort();
  return std::memset(memory, 1, portion);
}
/// Takes portions until it is ended, not so fast that a measurement comes too late to tell much.
int take_without_end(void* (*take)(), int takers = 1) {
  for (int i = 0; i < most_portions; ++i) {
    touched(take());
    ::usleep(static_cast<useconds_t>(500 * takers));
  }
  return 9;
}

void* from_the_heap() { return std::malloc(portion); }
void* from_the_system() {
  return ::mmap(nullptr, portion, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
void* shared_with_children() {
  return ::mmap(nullptr, portion, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}
void* from_a_file_in_memory() {
  const int file = ::memfd_create("portion", 0);
  if (::ftruncate(file, portion) != 0) std::abort();
  return ::mmap(nullptr, portion, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
}
void* from_a_segment() {
  const int segment = ::shmget(IPC_PRIVATE, portion, IPC_CREAT | 0600);
  void* const memory = ::shmat(segment, nullptr, 0);
  ::shmctl(segment, IPC_RMID, nullptr);  // it goes with the process
  return memory;
}

int takes_heap(const Problem*, const Buffers*) { return take_without_end(from_the_heap); }
int takes_pages(const Problem*, const Buffers*) { return take_without_end(from_the_system); }
int takes_shared_pages(const Problem*, const Buffers*) {
  return take_without_end(shared_with_children);
}
int takes_files_in_memory(const Problem*, const Buffers*) {
  return take_without_end(from_a_file_in_memory);
}
int takes_segments(const Problem*, const Buffers*) { return take_without_end(from_a_segment); }
int takes_crumbs(const Problem*, const Buffers*) {
  return take_without_end([]() -> void* {
    for (std::size_t taken = 0; taken < portion; taken += 1024)
      if (std::calloc(1, 1000) == nullptr) std::abort();
    return std::malloc(portion);
  });
}
int takes_memory_in_a_thread(const Problem*, const Buffers*) {
  pthread_t thread{};
  ::pthread_create(
      &thread, nullptr, [](void*) -> void* { return take_without_end(from_the_system), nullptr; },
      nullptr);
  ::pthread_join(thread, nullptr);
  return 0;
}
int takes_memory_in_a_child(const Problem*, const Buffers*) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(take_without_end(from_the_system));
  return ::waitpid(child, nullptr, 0) == child ? 0 : 1;
}
/// Children that stay small, one by one, but are many together.
int takes_memory_in_four_children(const Problem*, const Buffers*) {
  constexpr int takers = 4;  // together as fast as one alone
  pid_t last = 0;
  for (int i = 0; i < takers; ++i) {
    last = ::fork();
    if (last == 0) ::_exit(take_without_end(from_the_system, takers));
  }
  return ::waitpid(last, nullptr, 0) == last ? 0 : 1;
}
int grows_a_string(const Problem*, const Buffers*) {
  static std::string text;
  for (int i = 0; i < most_portions; ++i) {
    text.append(portion, 'x');
    ::usleep(500);
  }
  return 9;
}
/// Not more than it may have, and given back: no fault.
int takes_and_gives_back(const Problem* p, const Buffers* b) {
  for (int i = 0; i < 32; ++i) std::free(touched(std::malloc(portion)));
  return answer_rightly(p, b);
}
/// Addresses without memory: no fault.
int reserves_addresses(const Problem* p, const Buffers* b) {
  constexpr std::size_t much = std::size_t{1} << 36;
  ::mmap(nullptr, much, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return answer_rightly(p, b);
}
std::size_t asks_for_everything(const Problem*) { return SIZE_MAX; }
std::size_t asks_for_a_tebibyte(const Problem*) { return std::size_t{1} << 40; }

}  // namespace

std::vector<Kind> memory() {
  std::vector<Kind> kinds = {{"takes_heap", takes_heap},
                             {"takes_pages", takes_pages},
                             {"takes_shared_pages", takes_shared_pages},
                             {"takes_files_in_memory", takes_files_in_memory},
                             {"takes_segments", takes_segments},
                             {"takes_crumbs", takes_crumbs},
                             {"takes_memory_in_a_thread", takes_memory_in_a_thread},
                             {"takes_memory_in_a_child", takes_memory_in_a_child},
                             {"takes_memory_in_four_children", takes_memory_in_four_children},
                             {"grows_a_string", grows_a_string},
                             {"takes_and_gives_back", takes_and_gives_back},
                             {"reserves_addresses", reserves_addresses},
                             {"asks_for_everything", answer_rightly},
                             {"asks_for_a_tebibyte", answer_rightly}};
  kinds[kinds.size() - 2].more.workspace_bytes = asks_for_everything;
  kinds.back().more.workspace_bytes = asks_for_a_tebibyte;
  return kinds;
}

}  // namespace zoo
