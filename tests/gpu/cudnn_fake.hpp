// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/index.hpp"
#include "gpu/cudnn/api.hpp"
#include "gpu/runtime/runtime.hpp"

namespace convict::gpu::cudnn::test {

/// An engine of the fake library.
struct FakeEngine {
  index_t index = 0;
  std::vector<cudnnBackendNumericalNote_t> notes{};
  std::size_t workspace = 0;
  bool finalizes = true;
};

/// The state of a fake library without a device: it counts the objects that it made, records what
/// it was asked to execute, and fails at a given call. It is global because the functions of the
/// table have no object of their own.
struct Fake {
  std::vector<FakeEngine> proposed = {{.index = 0}};  ///< by heuristics A; FALLBACK has none
  std::size_t version = CUDNN_VERSION;
  int fail_at = 0;  ///< number of the call, from 1
  cudnnStatus_t status = CUDNN_STATUS_SUCCESS;

  int calls = 0;
  std::string failed_call;     ///< the name of the call that failed
  std::set<const void*> live;  ///< descriptors and handles
  struct Execution {
    index_t engine = -1;
    std::map<std::int64_t, void*> pointers;
    void* workspace = nullptr;
    void* stream = nullptr;
  };
  std::vector<Execution> executions;
  /// The values set last, by attribute; those of tensors also by id.
  std::map<int, std::vector<std::int64_t>> integers;
  std::map<int, double> factors;
  std::map<int, int> choices;  ///< values of enumerations
  std::map<std::int64_t, std::map<int, std::vector<std::int64_t>>> tensors;

  /// Resets everything but `live`.
  void reset();
};
Fake& fake();

const Api& fake_api();

/// Device memory that is the host's.
Runtime host_runtime();

}  // namespace convict::gpu::cudnn::test
