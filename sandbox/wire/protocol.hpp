#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "core/kernel.hpp"
#include "core/plugin.h"
#include "sandbox/sandbox.hpp"

/// What a process that takes kernels into a sandbox (the host) and its worker say to each other:
/// plain records over a SOCK_SEQPACKET pair, one Reply for every Request, matched by serial number.
/// Both ends are the same program file, so the records need no version.
namespace convict::sandbox {

/// Descriptors of the child besides stdin, stdout and stderr.
inline constexpr int worker_socket = 3;
inline constexpr int worker_arena = 4;

/// Exit status of a child whose descriptors were closed under it.
inline constexpr int lost_connection_status = 97;

/// A worker hosts the plug-in of an absolute path, or what this and a row's name make.
inline constexpr std::string_view kernel_prefix = "row:";

enum class Ask : std::int32_t { load, count, describe, admit, run, end };

/// A call into the code under test. One request may take several; the worker notes in the shared
/// memory which is under way, so that its death has a name and each has a time of its own.
enum class Call : std::uint64_t { none, loading, refuses, workspace_bytes, planning, run, ending };

constexpr std::string_view name_of(Call call) {
  constexpr std::array<std::string_view, 7> names = {
      "work", "loading", "refuses", "workspace_bytes", "planning", "run", "ending"};
  return names[static_cast<std::size_t>(call)];
}

/// The calls that a request may take, first and last.
struct CallRange {
  Call first, last;
};
constexpr CallRange calls_of(Ask ask) {
  switch (ask) {
    case Ask::admit: return {Call::refuses, Call::workspace_bytes};
    case Ask::run: return {Call::planning, Call::run};
    case Ask::end: return {Call::ending, Call::ending};
    default: return {Call::loading, Call::loading};
  }
}

struct Request {
  std::uint64_t serial = 0;
  Ask ask = Ask::load;
  std::int32_t kernel = 0;        ///< which kernel of a plug-in: describe, admit, run
  std::uint64_t arena_bytes = 0;  ///< length of the arena file: run
  std::uint64_t used_bytes = 0;   ///< how much of it the call has to do with: run
  Problem problem{};              ///< admit, run
  Placement placement{};          ///< run
};

/// One kernel as its plug-in describes it.
struct KernelRecord {
  std::array<char, 128> name{};
  std::int32_t has_refuses = 0;
  std::int32_t has_workspace_bytes = 0;
  convict_kernel kernel{};  ///< its pointers mean nothing outside the child and are null
};

struct Reply {
  enum class Kind : std::int32_t {
    answered,
    unusable,    ///< load, describe: `text` says why there is nothing to host
    failed,      ///< run: `number` is the status, if not 0; `text` says more
    crashed,     ///< `text` says what came out: "threw std::bad_alloc"
    environment  ///< `text` says what let the worker down
  };
  std::uint64_t serial = 0;
  Kind kind = Kind::answered;
  std::int32_t number = 0;  ///< count: how many kernels; admit: 1 when refused
  std::uint64_t workspace_bytes = 0;
  KernelRecord kernel{};         ///< describe
  std::array<char, 512> text{};  ///< admit: the reason of a refusal; else as `kind` says
};

static_assert(std::is_trivially_copyable_v<Request> && std::is_trivially_copyable_v<Reply>);

/// Copies as much of `text` as fits, with a terminating zero.
template <std::size_t N>
void put_text(std::array<char, N>& to, std::string_view text) {
  const std::size_t length = std::min(text.size(), N - 1);
  std::copy_n(text.data(), length, to.data());
  to[length] = '\0';
}

}  // namespace convict::sandbox
