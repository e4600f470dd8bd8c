// SPDX-License-Identifier: Apache-2.0
// kernel<<<grid, block, bytes, stream>>>(arguments) as a call, and kernels by their address.
#pragma once

#include <cstddef>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "language.hpp"

typedef struct convict_stream* cudaStream_t;

namespace convict_device {

struct LaunchSite {
  const char* kernel = "";
  Site site{};

  LaunchSite(const char* kernel_, const char* file, int line) : kernel(kernel_), site{file, line} {}
  struct Configured configured(dim3 grid, dim3 block, std::size_t shared_bytes = 0,
                               cudaStream_t stream = nullptr) const;
};

struct Configuration {
  const char* kernel = "";
  Site site{};
  dim3 grid, block;
  std::size_t shared_bytes = 0;
  cudaStream_t stream = nullptr;
  bool cooperative = false;
#ifdef CONVICT_FLUSHES_SUBNORMALS  // -use_fast_math
  bool flushes_subnormals = true;
#else
  bool flushes_subnormals = false;
#endif
};

/// Puts the launch, in every thread of which `thread` is called, on its stream. Returns whether the
/// device takes the configuration (a cudaError_t).
int enqueue(const Configuration& configuration, std::function<void()> thread);

/// A null pointer or zero that went through a template.
struct Zero {
  template <class T>
  operator T*() const {
    return nullptr;
  }
  template <class T, class = std::enable_if_t<std::is_arithmetic_v<T>>>
  operator T() const {
    return T{};
  }
};

struct Configured : Configuration {
  template <class Kernel, class... Arguments>
  void run(Kernel kernel, Arguments... arguments) const {
    // What the kernel's closure holds, such as a pointer to the kernel, lies on the thread's stack.
    enqueue(*this, [=] {
      const Kernel own = kernel;
      own(arguments...);
    });
  }
};

inline Configured LaunchSite::configured(dim3 grid, dim3 block, std::size_t shared_bytes,
                                         cudaStream_t stream) const {
  Configured configured;
  configured.kernel = kernel, configured.site = site;
  configured.grid = grid, configured.block = block;
  configured.shared_bytes = shared_bytes, configured.stream = stream;
  return configured;
}

/// The address of a kernel and its name.
template <class... Parameters>
struct Function {
  const char* name;
  void (*address)(Parameters...);
};
template <class... Parameters>
Function<Parameters...> function(const char* name, void (*address)(Parameters...)) {
  return {name, address};
}

/// From here on accesses are watched: all that is the host's is on the thread's stack.
template <class... Parameters>
void call_kernel(void (*address)(Parameters...), std::decay_t<Parameters>... values) {
  enter();
  address(values...);
}

template <class... Parameters, std::size_t... at>
int launch_by_address(Configuration configuration, Function<Parameters...> kernel,
                      [[maybe_unused]] void** arguments, std::index_sequence<at...>) {
  configuration.kernel = kernel.name;
  std::tuple<std::decay_t<Parameters>...> values{
      *static_cast<std::decay_t<Parameters>*>(arguments[at])...};
  return enqueue(configuration, [values, kernel] {
    std::apply([&](const auto&... value) { call_kernel(kernel.address, value...); }, values);
  });
}

}  // namespace convict_device
