// SPDX-License-Identifier: Apache-2.0
#include "sandbox/child/service_loop.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <string_view>

#include "core/errors.hpp"
#include "sandbox/child/fault_notes.hpp"
#include "sandbox/child/hosted_code.hpp"
#include "sandbox/in_process/exception_words.hpp"
#include "sandbox/wire/protocol.hpp"
#include "sandbox/wire/shared_arena.hpp"

namespace convict::sandbox {
namespace {

class Service {
 public:
  explicit Service(const Hosting& hosting) : hosting_(hosting), window_(worker_arena) {
    note_faults_in(window_.fault());
  }

  int serve() {
    Request request{};
    for (;;) {
      const auto length = ::recv(worker_socket, &request, sizeof(request), 0);
      if (length < 0 && errno == EINTR) continue;
      if (length == 0) return 0;
      if (length != static_cast<ssize_t>(sizeof(request))) return lost_connection_status;
      const Reply reply = answer(request);
      // If the code under test forked this process, the copy must not answer as well.
      if (::getpid() != id_) return 0;
      const auto sent = ::send(worker_socket, &reply, sizeof(reply), MSG_NOSIGNAL);
      if (sent != static_cast<ssize_t>(sizeof(reply))) return lost_connection_status;
    }
  }

 private:
  Reply answer(const Request& request) {
    Reply reply{};
    reply.serial = request.serial;
    try {
      carry_out(request, reply);
    } catch (const FileError& error) {
      reply.kind = Reply::Kind::unusable;
      put_text(reply.text, error.what());
    } catch (...) {
      reply.kind = Reply::Kind::crashed;
      put_text(reply.text, "threw " + words_of_current_exception());
    }
    return reply;
  }

  void carry_out(const Request& request, Reply& reply) {
    switch (request.ask) {
      case Ask::load: load(reply); break;
      case Ask::end:
        announce(window_, Call::ending);
        if (code_) code_->end();
        break;
      default: code_->answer(request, reply); break;
    }
  }

  void load(Reply& reply) {
    const std::string_view name = hosting_.name;
    if (!name.starts_with(kernel_prefix)) {
      code_ = hosted_plugin(hosting_.name, window_);
      return;
    }
    try {
      const std::string kernel(name.substr(kernel_prefix.size()));
      code_ = hosted_kernel(kernel, hosting_.built_ins, window_);
    } catch (const EnvironmentError& error) {
      reply.kind = Reply::Kind::environment;
      put_text(reply.text, error.what());
    }
  }

  const Hosting& hosting_;
  ArenaWindow window_;
  std::unique_ptr<HostedCode> code_;
  pid_t id_ = ::getpid();
};

}  // namespace

int serve_requests(const Hosting& hosting) {
  // Never deleted: no code under test may run once the host is gone, destructors included.
  return (new Service(hosting))->serve();
}

}  // namespace convict::sandbox
