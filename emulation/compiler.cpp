// SPDX-License-Identifier: Apache-2.0
#include "emulation/compiler.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "core/errors.hpp"

namespace convict::emulation {

bool is_on_path(const std::string& program) {
  if (program.find('/') != std::string::npos) return ::access(program.c_str(), X_OK) == 0;
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "/usr/bin:/bin" : path);
  for (std::string folder; std::getline(folders, folder, ':');)
    if (::access((std::filesystem::path(folder) / program).c_str(), X_OK) == 0) return true;
  return false;
}

Program::Program(std::vector<std::string> words, const std::string& output_file) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw EnvironmentError(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  if (output_file.empty())
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  else
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output_file.c_str(),
                                       O_WRONLY | O_CREAT | O_TRUNC, 0644);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const int status =
      ::posix_spawnp(&id_, words.front().c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  output_ = ends[0];
  if (status == 0) return;
  ::close(output_);
  throw EnvironmentError(fmt::format("cannot start {}: {}", words.front(), std::strerror(status)));
}

Outcome Program::wait() {
  Outcome outcome;
  std::array<char, 4096> part{};
  for (;;) {
    const ssize_t count = ::read(output_, part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    outcome.output.append(part.data(), static_cast<std::size_t>(count));
  }
  ::close(output_);
  int status = 0;
  while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) continue;
  outcome.succeeded = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (WIFSIGNALED(status)) outcome.output += fmt::format("ended by signal {}\n", WTERMSIG(status));
  return outcome;
}

std::string compiler() {
  if (const char* const chosen = std::getenv("CONVICT_CXX"); chosen != nullptr && *chosen != '\0') {
    if (is_on_path(chosen)) return chosen;
    throw EnvironmentError(fmt::format("CONVICT_CXX={} is no program", chosen));
  }
  constexpr std::array known = {"g++", "c++", "clang++"};
  for (const char* const program : known)
    if (is_on_path(program)) return program;
  throw EnvironmentError(fmt::format(
      "a kernel in CUDA needs a C++ compiler where there is no GPU: none of {} was found",
      fmt::join(known, ", ")));
}

}  // namespace convict::emulation
