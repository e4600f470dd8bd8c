// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

namespace convict::gpu {

/// A shared library that is loaded when it is first needed, so that the program starts without it
/// and can report why it is missing. It is looked for by its name alone (the loader's own search),
/// then in the folder of the toolkit this was built with.
class Library {
 public:
  /// Throws EnvironmentError with the loader's message when the library is not found.
  explicit Library(const std::string& name);

  /// Sets `function` to the symbol. Throws EnvironmentError naming a symbol that the library lacks.
  template <class Function>
  void bind(Function*& function, const char* name) const {
    function = reinterpret_cast<Function*>(symbol(name));
  }

 private:
  void* symbol(const char* name) const;

  struct Close {
    void operator()(void* handle) const;
  };
  std::string name_;
  std::unique_ptr<void, Close> handle_;
};

}  // namespace convict::gpu
