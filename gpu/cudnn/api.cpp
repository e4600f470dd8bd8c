// SPDX-License-Identifier: Apache-2.0
#include "gpu/cudnn/api.hpp"

#include <fmt/format.h>

#include <array>

#include "gpu/runtime/library.hpp"

namespace convict::gpu::cudnn {
namespace {

constexpr int major_unit = 10000;  // CUDNN_VERSION since 9.0: major * 10000 + minor * 100 + patch

Api bound(const Library& library) {
  Api api;
  library.bind(api.version, "cudnnGetVersion");
  library.bind(api.name_of_status, "cudnnGetErrorString");
  library.bind(api.last_error, "cudnnGetLastErrorString");
  library.bind(api.create, "cudnnCreate");
  library.bind(api.destroy, "cudnnDestroy");
  library.bind(api.set_stream, "cudnnSetStream");
  library.bind(api.create_descriptor, "cudnnBackendCreateDescriptor");
  library.bind(api.destroy_descriptor, "cudnnBackendDestroyDescriptor");
  library.bind(api.finalize, "cudnnBackendFinalize");
  library.bind(api.set_attribute, "cudnnBackendSetAttribute");
  library.bind(api.get_attribute, "cudnnBackendGetAttribute");
  library.bind(api.execute, "cudnnBackendExecute");
  return api;
}

/// The library stays loaded until the program ends: handles and plans outlive every scope.
struct Loaded {
  Loaded() : library(fmt::format("libcudnn.so.{}", CUDNN_MAJOR)), api(bound(library)) {
    if (const auto why = why_wrong_version(api)) throw EnvironmentError(*why);
  }
  Library library;
  Api api;
};

std::string words(const Api& api, cudnnStatus_t status, const char* call) {
  constexpr std::size_t longest = 2048;
  std::array<char, longest> said{};
  api.last_error(said.data(), said.size());
  said.back() = '\0';
  const std::string text = said.data();
  return fmt::format("{}: {}{}{}", call, api.name_of_status(status), text.empty() ? "" : ": ",
                     text);
}

bool is_no_memory(cudnnStatus_t status) {
  return status == CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED ||
         status == CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED;
}

}  // namespace

const Api& api() {
  static const Loaded& loaded = *new Loaded;
  return loaded.api;
}

std::optional<std::string> why_unusable() {
  static const std::optional<std::string> why = []() -> std::optional<std::string> {
    try {
      api();
    } catch (const EnvironmentError& error) {
      return error.what();
    }
    return std::nullopt;
  }();
  return why;
}

std::string dotted(std::size_t version) {
  return fmt::format("{}.{}.{}", version / major_unit, version % major_unit / 100, version % 100);
}

std::optional<std::string> why_wrong_version(const Api& api) {
  const std::size_t version = api.version();
  if (version / major_unit == CUDNN_MAJOR) return std::nullopt;
  return fmt::format("the cuDNN here is {}; it must be of the major version {} this was built with",
                     dotted(version), CUDNN_MAJOR);
}

std::optional<std::string> version_warning(const Api& api) {
  const std::size_t version = api.version();
  if (version >= CUDNN_VERSION) return std::nullopt;
  return fmt::format(
      "cuDNN {} is older than the {} this was built with: it may refuse more and know other "
      "engines",
      dotted(version), dotted(CUDNN_VERSION));
}

void require(const Api& api, cudnnStatus_t status, const char* call) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  const std::string said = words(api, status, call);
  if (status < 2000 || is_no_memory(status)) throw EnvironmentError(said);
  if (status < 4000) throw NotSupported(said);
  throw KernelError(said);
}

}  // namespace convict::gpu::cudnn
