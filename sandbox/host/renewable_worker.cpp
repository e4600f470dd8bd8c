// SPDX-License-Identifier: Apache-2.0
#include "sandbox/host/renewable_worker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/errors.hpp"

namespace convict::sandbox {
namespace {

/// How long to wait for a worker that is not needed any more.
constexpr double ending_takes_at_most_s = 1;

}  // namespace

RenewableWorker::RenewableWorker(Hosted hosted, const Limits& limits, SharedArena& arena)
    : hosted_(std::move(hosted)), limits_(limits), run_time_s_(limits.time_s), arena_(arena) {}

RenewableWorker::~RenewableWorker() {
  if (!worker_) return;
  try {
    const double time_s = std::min(limits_.time_s, ending_takes_at_most_s);
    // A worker that dies here is none whose calls all ended well.
    const auto answer = worker_->ask({.ask = Ask::end}, {.call_s = time_s, .run_s = time_s});
    if (answer.end.kind == CallEnd::Kind::returned && hosted_.left_running)
      *hosted_.left_running += worker_->others_running();
  } catch (const EnvironmentError&) {
    // A failure while ending is no finding; the worker is killed next.
  }
}

WorkerHandle::Answer RenewableWorker::ask(const Request& request) {
  WorkerHandle::Answer answer = ask_running(request);
  // The system kills a child when the thread that started it ends. That is no fault of the kernel.
  if (answer.killed_before_asked) answer = ask_running(request);
  return answer;
}

WorkerHandle::Answer RenewableWorker::ask_running(const Request& request) {
  if (!worker_)
    if (auto failure = start()) return *failure;
  WorkerHandle::Answer answer =
      worker_->ask(request, {.call_s = limits_.time_s, .run_s = run_time_s_});
  // A file that was rebuilt in place changes the code under a call: what came of it is no verdict.
  if (request.ask == Ask::run || answer.end.kind != CallEnd::Kind::returned)
    static_cast<void>(hosted_.argument());
  const bool environment_failed = answer.reply.kind == Reply::Kind::environment;
  if (environment_failed || answer.end.kind != CallEnd::Kind::returned) worker_.reset();
  if (environment_failed)
    throw EnvironmentError(fmt::format("{}: {}", hosted_.name, answer.reply.text.data()));
  return answer;
}

std::optional<WorkerHandle::Answer> RenewableWorker::start() {
  const std::string hosts = hosted_.argument();
  // The system ends a fork server when the thread that started it ends.
  if (!server_ || server_->ended() || hosts_ != hosts) server_.emplace(hosts, arena_.descriptor());
  hosts_ = hosts;
  try {
    worker_.emplace(*server_, arena_, limits_.memory_bytes);
  } catch (const EnvironmentError&) {
    // A fork server may be killed at any time, this moment included. A second failure is an error.
    server_.emplace(hosts, arena_.descriptor());
    worker_.emplace(*server_, arena_, limits_.memory_bytes);
  }
  WorkerHandle::Answer loaded = ask_running({.ask = Ask::load});
  if (loaded.end.kind != CallEnd::Kind::returned) return loaded;
  if (loaded.reply.kind == Reply::Kind::unusable) {
    worker_.reset();  // it has no code that a later request could call
    throw FileError(fmt::format("{}: {}", hosted_.name, loaded.reply.text.data()));
  }
  return std::nullopt;
}

}  // namespace convict::sandbox
