// SPDX-License-Identifier: Apache-2.0
#include "sandbox/in_process/exception_words.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <exception>
#include <memory>
#include <typeinfo>

namespace convict::sandbox {
namespace {

std::string type_name() {
  const std::type_info* const type = abi::__cxa_current_exception_type();
  if (type == nullptr) return "an exception of unknown type";
  const std::unique_ptr<char, decltype(&std::free)> readable(
      abi::__cxa_demangle(type->name(), nullptr, nullptr, nullptr), &std::free);
  return readable ? readable.get() : type->name();
}

}  // namespace

std::string words_of_current_exception() {
  const std::string type = type_name();
  try {
    throw;
  } catch (const std::exception& error) {
    const char* const words = error.what();
    return words == nullptr || type == words ? type : type + ": " + words;
  } catch (...) {
    return type;
  }
}

}  // namespace convict::sandbox
