// SPDX-License-Identifier: Apache-2.0
#include "gpu/projection/projection.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "core/errors.hpp"
#include "gpu/projection/work.hpp"

namespace convict::gpu::projection {
namespace {

bool takes(const ProjectionQuestion& question) {
  const Problem& problem = question.problem;
  const Precision storage = storage_of(problem.precision);
  return !problem.spec.unshared && is_dense_nchw(problem) &&
         (storage == Precision::f32 || storage == Precision::f64) &&
         (problem.beta == 0 || question.old_result != nullptr ||
          result_elements(problem.spec, problem.pass) == 0);
}

}  // namespace

Projector::~Projector() {
  if (memory_ != nullptr) device_.release(memory_);
}

Word* Projector::words(index_t count) {
  if (count > held_) {
    if (memory_ != nullptr) device_.release(std::exchange(memory_, nullptr));
    held_ = 0;
    try {
      memory_ = device_.allocate(static_cast<std::size_t>(count) * sizeof(Word));
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
    held_ = count;
  }
  return reinterpret_cast<Word*>(memory_);
}

void Projector::start(const Step& step, index_t work) {
  if (work == 0) return;
  const index_t blocks = std::min(ceil_div(work, index_t{tuning_.threads}), tuning_.most_blocks);
  launch_({.blocks = static_cast<unsigned>(blocks), .threads = tuning_.threads}, step,
          device_.stream());
}

std::optional<Projected> Projector::project(const ProjectionQuestion& question) {
  if (!takes(question)) return std::nullopt;
  return Work(*this, question).answer();
}

bool Projector::equal(const std::byte* a, const std::byte* b, std::size_t bytes) {
  if (bytes == 0) return true;
  Word* const differences = words(1);
  if (differences == nullptr) throw EnvironmentError("no memory for one word on the device");
  auto* const there = reinterpret_cast<std::byte*>(differences);
  device_.fill(there, 0, sizeof(Word));
  const auto count = static_cast<index_t>(bytes);
  start(EqualBytes{.a = reinterpret_cast<const unsigned char*>(a),
                   .b = reinterpret_cast<const unsigned char*>(b),
                   .bytes = count,
                   .differences = differences},
        ceil_div(count, 64));
  Word found = 1;
  device_.download(reinterpret_cast<std::byte*>(&found), there, sizeof(found));
  return found == 0;
}

}  // namespace convict::gpu::projection
