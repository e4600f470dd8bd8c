#pragma once

#include <memory>
#include <string>

namespace convict::gpu {

/// A shared library that is looked for when it is first needed, so that its absence is a reason and
/// not a program that does not start: by its name alone (the loader's own search), then in the
/// folder of the toolkit this was built with.
class Library {
 public:
  /// Throws EnvironmentError with the loader's words when it is nowhere.
  explicit Library(const std::string& name);

  /// Sets `function` to the symbol. Throws EnvironmentError naming what the library lacks.
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
