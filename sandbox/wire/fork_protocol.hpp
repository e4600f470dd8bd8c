#pragma once

#include <sys/types.h>

#include <type_traits>

#include "sandbox/system/descriptor.hpp"

/// What a fork server and its host say to each other over a SOCK_SEQPACKET pair: the host sends a
/// descriptor for every worker it wants, the server answers with two notices, one at birth and one
/// at death.
namespace convict::sandbox {

struct ForkNotice {
  pid_t worker = -1;  ///< -1: it could not be forked
  int status = 0;     ///< as waitpid has it; at birth 0, or minus the error number
};
static_assert(std::is_trivially_copyable_v<ForkNotice>);

enum class Received { nothing, notice, hang_up };

/// False when the other end is gone.
bool send_descriptor(int socket, int descriptor);
/// Waits for one; owns none when the other end is gone.
Descriptor receive_descriptor(int socket);

bool send_notice(int socket, const ForkNotice& notice);
/// Does not wait.
Received receive_notice(int socket, ForkNotice& notice);

}  // namespace convict::sandbox
