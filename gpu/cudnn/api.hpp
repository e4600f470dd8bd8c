// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cudnn_graph.h>

#include <optional>
#include <string>

#include "core/errors.hpp"

namespace convict::gpu::cudnn {

/// The functions of cuDNN's graph API that are called here; none of them is deprecated. A test can
/// replace them by functions that behave like a broken library.
struct Api {
  decltype(&cudnnGetVersion) version = nullptr;
  decltype(&cudnnGetErrorString) name_of_status = nullptr;
  decltype(&cudnnGetLastErrorString) last_error = nullptr;
  decltype(&cudnnCreate) create = nullptr;
  decltype(&cudnnDestroy) destroy = nullptr;
  decltype(&cudnnSetStream) set_stream = nullptr;
  decltype(&cudnnBackendCreateDescriptor) create_descriptor = nullptr;
  decltype(&cudnnBackendDestroyDescriptor) destroy_descriptor = nullptr;
  decltype(&cudnnBackendFinalize) finalize = nullptr;
  decltype(&cudnnBackendSetAttribute) set_attribute = nullptr;
  decltype(&cudnnBackendGetAttribute) get_attribute = nullptr;
  decltype(&cudnnBackendExecute) execute = nullptr;
};

/// The functions of libcudnn.so of the major version this was built with; loaded once. Throws
/// EnvironmentError with the message of the loader, or that of why_wrong_version.
const Api& api();

/// Why api() throws, or nothing.
std::optional<std::string> why_unusable();

/// 91900 -> "9.19.0"
std::string dotted(std::size_t version);

/// Why a library of another major version cannot be used (it has other functions, and other numbers
/// for the same names), or nothing.
std::optional<std::string> why_wrong_version(const Api& api);

/// "cuDNN 9.8.0 is older than the 9.19.0 this was built with: ...", or nothing.
std::optional<std::string> version_warning(const Api& api);

/// cuDNN does not take the problem. The message is its own.
struct NotSupported : KernelError {
  using KernelError::KernelError;
};

/// Throws unless `status` is success, with the message "call: STATUS: the last error": NotSupported
/// for what cuDNN does not take (status 2000-3999), EnvironmentError for a library or device that
/// does not work (1000-1999, and out of memory), KernelError for internal failures (from 4000 on).
void require(const Api& api, cudnnStatus_t status, const char* call);

}  // namespace convict::gpu::cudnn
