#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "core/plugin.h"
#include "oracle/custody/custody.hpp"

/// What load_plugin's process (the parent) and its child say to each other: plain records over a
/// SOCK_SEQPACKET pair, one Reply for every Request, matched by serial number. Both ends are the
/// same program file, so the records need no version.
namespace convict::oracle {

/// Descriptors of the child besides stdin, stdout and stderr.
inline constexpr int worker_socket = 3;
inline constexpr int worker_arena = 4;

/// Exit status of a child whose descriptors were closed under it.
inline constexpr int lost_connection_status = 97;

/// Every request is one call into the plug-in.
enum class Ask : std::int32_t { load, count, describe, refuses, workspace_bytes, plan, run };

constexpr std::string_view name_of(Ask ask) {
  constexpr std::array<std::string_view, 7> names = {
      "loading", "loading", "loading", "refuses", "workspace_bytes", "planning", "run"};
  return names[static_cast<std::size_t>(ask)];
}

struct Request {
  std::uint64_t serial = 0;
  Ask ask = Ask::load;
  std::int32_t row = 0;           ///< which kernel: describe and everything behind it
  std::uint64_t arena_bytes = 0;  ///< length of the arena file: run
  convict_problem problem{};      ///< refuses, workspace_bytes, plan, run
  Placement placement{};          ///< run
};

/// One kernel as its plug-in describes it.
struct RowRecord {
  std::array<char, 128> name{};
  std::int32_t has_refuses = 0;
  std::int32_t has_workspace_bytes = 0;
  std::int32_t has_plan = 0;
  convict_kernel row{};  ///< its pointers mean nothing outside the child and are null
};

struct Reply {
  enum class Kind : std::int32_t {
    answered,
    unusable,  ///< load, describe: `text` says why this is no plug-in
    threw      ///< a C++ exception came out; `text` has its type and words
  };
  std::uint64_t serial = 0;
  Kind kind = Kind::answered;
  /// count: how many kernels; refuses: 1 when refused; plan: 1 when there is one; run: the status
  std::int32_t number = 0;
  std::uint64_t workspace_bytes = 0;
  RowRecord row{};               ///< describe
  std::array<char, 512> text{};  ///< refuses: the reason; run: what it said of its failure
};

static_assert(std::is_trivially_copyable_v<Request> && std::is_trivially_copyable_v<Reply>);

/// Copies as much of `text` as fits, with a terminating zero.
template <std::size_t N>
void put_text(std::array<char, N>& to, std::string_view text) {
  const std::size_t length = std::min(text.size(), N - 1);
  std::copy_n(text.data(), length, to.data());
  to[length] = '\0';
}

}  // namespace convict::oracle
