// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <type_traits>

#include "sandbox/system/descriptor.hpp"

/// The messages between a host and its fork server over a SOCK_SEQPACKET pair: for every new worker
/// the host sends a descriptor (the worker's end of its own socket); the fork server answers with
/// one ForkNotice when it has forked the worker and one when the worker has ended.
namespace convict::sandbox {

struct ForkNotice {
  pid_t worker = -1;  ///< -1: fork failed
  int status = 0;     ///< first notice: 0, or minus errno; second: the wait status (waitpid)
};
static_assert(std::is_trivially_copyable_v<ForkNotice>);

enum class Received { nothing, notice, hang_up };

/// False when the other end is gone.
bool send_descriptor(int socket, int descriptor);
/// Blocks until a descriptor arrives; negative when the other end is gone.
Descriptor receive_descriptor(int socket);

bool send_notice(int socket, const ForkNotice& notice);
/// Does not block.
Received receive_notice(int socket, ForkNotice& notice);

}  // namespace convict::sandbox
