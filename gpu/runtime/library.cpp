// SPDX-License-Identifier: Apache-2.0
#include "gpu/runtime/library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include "core/errors.hpp"

namespace convict::gpu {

Library::Library(const std::string& name) : name_(name) {
  handle_.reset(::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL));
  const std::string why = handle_ ? "" : ::dlerror();
  if (!handle_) handle_.reset(::dlopen((CONVICT_CUDA_LIBRARIES "/" + name).c_str(), RTLD_NOW));
  if (!handle_) throw EnvironmentError(fmt::format("{} cannot be loaded: {}", name, why));
}

void* Library::symbol(const char* name) const {
  void* const found = ::dlsym(handle_.get(), name);
  if (found == nullptr)
    throw EnvironmentError(fmt::format("{} has no function {}: it is too old", name_, name));
  return found;
}

void Library::Close::operator()(void* handle) const { ::dlclose(handle); }

}  // namespace convict::gpu
