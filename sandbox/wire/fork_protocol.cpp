// SPDX-License-Identifier: Apache-2.0
#include "sandbox/wire/fork_protocol.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace convict::sandbox {
namespace {

/// A message of one byte with room for one descriptor (unix(7), cmsg(3)).
struct Parcel {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  char byte = 0;
  iovec data{};
  msghdr header{};

  Parcel() {
    data = {.iov_base = &byte, .iov_len = 1};
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
  }
  Parcel(const Parcel&) = delete;
  Parcel& operator=(const Parcel&) = delete;
};

}  // namespace

bool send_descriptor(int socket, int descriptor) {
  Parcel parcel;
  cmsghdr* const item = CMSG_FIRSTHDR(&parcel.header);
  item->cmsg_level = SOL_SOCKET;
  item->cmsg_type = SCM_RIGHTS;
  item->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(item), &descriptor, sizeof(int));
  return ::sendmsg(socket, &parcel.header, MSG_NOSIGNAL) == 1;
}

Descriptor receive_descriptor(int socket) {
  Parcel parcel;
  ssize_t length = 0;
  do length = ::recvmsg(socket, &parcel.header, MSG_CMSG_CLOEXEC);
  while (length < 0 && errno == EINTR);
  const cmsghdr* const item = length == 1 ? CMSG_FIRSTHDR(&parcel.header) : nullptr;
  if (item == nullptr || item->cmsg_type != SCM_RIGHTS) return {};
  int descriptor = -1;
  std::memcpy(&descriptor, CMSG_DATA(item), sizeof(int));
  return Descriptor(descriptor);
}

bool send_notice(int socket, const ForkNotice& notice) {
  return ::send(socket, &notice, sizeof(notice), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(sizeof(notice));
}

Received receive_notice(int socket, ForkNotice& notice) {
  const auto length = ::recv(socket, &notice, sizeof(notice), MSG_DONTWAIT);
  if (length == static_cast<ssize_t>(sizeof(notice))) return Received::notice;
  return length < 0 && (errno == EAGAIN || errno == EINTR) ? Received::nothing : Received::hang_up;
}

}  // namespace convict::sandbox
