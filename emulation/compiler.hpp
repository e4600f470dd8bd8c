// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace convict::emulation {

/// What a program that ended wrote, and whether it ended with status 0.
struct Outcome {
  bool succeeded = false;
  std::string output;  ///< of both streams
};

/// A program under way, with its standard output in a file if one is named. Throws EnvironmentError
/// when it cannot be started.
class Program {
 public:
  explicit Program(std::vector<std::string> words, const std::string& output_file = "");
  Outcome wait();

 private:
  int id_ = -1;
  int output_ = -1;
};

bool is_on_path(const std::string& program);

/// The C++ compiler of this machine: $CONVICT_CXX, g++, c++ or clang++. Throws EnvironmentError
/// when there is none.
std::string compiler();

}  // namespace convict::emulation
