// SPDX-License-Identifier: Apache-2.0
#include "tests/gpu/cudnn_fake.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace convict::gpu::cudnn::test {
namespace {

/// A descriptor of the fake library: its kind, its engine, and its pointers.
struct Thing {
  cudnnBackendDescriptorType_t type{};
  FakeEngine engine;
  cudnnBackendHeurMode_t mode = CUDNN_HEUR_MODE_A;
  Fake::Execution pack;
  std::vector<std::int64_t> ids;
};

Thing& thing(const void* descriptor) { return *static_cast<Thing*>(const_cast<void*>(descriptor)); }

/// Counts the call `name` and tells whether it is the one that has to fail.
bool fails(const char* name) {
  Fake& f = fake();
  if (++f.calls != f.fail_at) return false;
  f.failed_call = name;
  return true;
}

void* current_stream = nullptr;

cudnnStatus_t create(cudnnHandle_t* handle) {
  if (fails("cudnnCreate")) return fake().status;
  auto* const made = new int;
  fake().live.insert(made);
  *handle = reinterpret_cast<cudnnHandle_t>(made);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t destroy(cudnnHandle_t handle) {
  fake().live.erase(handle);
  delete reinterpret_cast<int*>(handle);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t set_stream(cudnnHandle_t, cudaStream_t stream) {
  if (fails("cudnnSetStream")) return fake().status;
  current_stream = stream;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t create_descriptor(cudnnBackendDescriptorType_t type,
                                cudnnBackendDescriptor_t* descriptor) {
  if (fails("cudnnBackendCreateDescriptor")) return fake().status;
  auto* const made = new Thing{.type = type, .engine = {}, .pack = {}, .ids = {}};
  fake().live.insert(made);
  *descriptor = made;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t destroy_descriptor(cudnnBackendDescriptor_t descriptor) {
  fake().live.erase(descriptor);
  delete static_cast<Thing*>(descriptor);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t finalize(cudnnBackendDescriptor_t descriptor) {
  if (fails("cudnnBackendFinalize")) return fake().status;
  const Thing& it = thing(descriptor);
  const bool plan = it.type == CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR;
  return plan && !it.engine.finalizes ? CUDNN_STATUS_NOT_SUPPORTED : CUDNN_STATUS_SUCCESS;
}

FakeEngine engine_with(index_t index) {
  const auto& known = fake().proposed;
  const auto found = std::ranges::find(known, index, &FakeEngine::index);
  return found == known.end() ? FakeEngine{.index = index, .finalizes = false} : *found;
}

void remember(Thing& it, int name, cudnnBackendAttributeType_t type, std::int64_t count,
              const void* values) {
  Fake& f = fake();
  const auto integers = static_cast<const std::int64_t*>(values);
  switch (type) {
    case CUDNN_TYPE_INT64:
      f.integers[name].assign(integers, integers + count);
      if (name == CUDNN_ATTR_TENSOR_UNIQUE_ID) it.ids = f.integers[name];
      if (it.type == CUDNN_BACKEND_TENSOR_DESCRIPTOR)
        f.tensors[it.ids.at(0)][name] = f.integers[name];
      break;
    case CUDNN_TYPE_FLOAT:
      f.factors[name] = static_cast<double>(*static_cast<const float*>(values));
      break;
    case CUDNN_TYPE_DOUBLE: f.factors[name] = *static_cast<const double*>(values); break;
    case CUDNN_TYPE_DATA_TYPE:
    case CUDNN_TYPE_CONVOLUTION_MODE: f.choices[name] = *static_cast<const int*>(values); break;
    default: break;
  }
}

cudnnStatus_t set_attribute(cudnnBackendDescriptor_t descriptor, cudnnBackendAttributeName_t name,
                            cudnnBackendAttributeType_t type, std::int64_t count,
                            const void* values) {
  if (fails("cudnnBackendSetAttribute")) return fake().status;
  Thing& it = thing(descriptor);
  remember(it, name, type, count, values);
  const auto descriptors = static_cast<const cudnnBackendDescriptor_t*>(values);
  const auto pointers = static_cast<void* const*>(values);
  const auto integers = static_cast<const std::int64_t*>(values);
  switch (name) {
    case CUDNN_ATTR_ENGINEHEUR_MODE:
      it.mode = *static_cast<const cudnnBackendHeurMode_t*>(values);
      break;
    case CUDNN_ATTR_ENGINE_GLOBAL_INDEX: it.engine = engine_with(*integers); break;
    case CUDNN_ATTR_ENGINECFG_ENGINE:
    case CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG: it.engine = thing(*descriptors).engine; break;
    case CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS: it.ids.assign(integers, integers + count); break;
    case CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS:
      for (std::size_t i = 0; i < it.ids.size(); ++i) it.pack.pointers[it.ids[i]] = pointers[i];
      break;
    case CUDNN_ATTR_VARIANT_PACK_WORKSPACE: it.pack.workspace = *pointers; break;
    default: break;
  }
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t get_attribute(cudnnBackendDescriptor_t descriptor, cudnnBackendAttributeName_t name,
                            cudnnBackendAttributeType_t, std::int64_t, std::int64_t* count,
                            void* values) {
  if (fails("cudnnBackendGetAttribute")) return fake().status;
  const Thing& it = thing(descriptor);
  const auto descriptors = static_cast<cudnnBackendDescriptor_t*>(values);
  const auto integer = static_cast<std::int64_t*>(values);
  *count = 1;
  switch (name) {
    case CUDNN_ATTR_ENGINEHEUR_RESULTS:
      *count = it.mode == CUDNN_HEUR_MODE_A ? static_cast<std::int64_t>(fake().proposed.size()) : 0;
      for (std::int64_t i = 0; i < *count; ++i)
        thing(descriptors[i]).engine = fake().proposed[static_cast<std::size_t>(i)];
      break;
    case CUDNN_ATTR_ENGINECFG_ENGINE: thing(*descriptors).engine = it.engine; break;
    case CUDNN_ATTR_ENGINE_GLOBAL_INDEX: *integer = it.engine.index; break;
    case CUDNN_ATTR_ENGINE_NUMERICAL_NOTE:
      *count = static_cast<std::int64_t>(it.engine.notes.size());
      std::ranges::copy(it.engine.notes, static_cast<cudnnBackendNumericalNote_t*>(values));
      break;
    case CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE:
      *integer = static_cast<std::int64_t>(it.engine.workspace);
      break;
    default: *count = 0;
  }
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t execute(cudnnHandle_t, cudnnBackendDescriptor_t plan, cudnnBackendDescriptor_t pack) {
  if (fails("cudnnBackendExecute")) return fake().status;
  Fake::Execution execution = thing(pack).pack;
  execution.engine = thing(plan).engine.index;
  execution.stream = current_stream;
  fake().executions.push_back(execution);
  return CUDNN_STATUS_SUCCESS;
}

const char* name_of_status(cudnnStatus_t status) {
  static char text[32];
  std::snprintf(text, sizeof text, "STATUS_%d", static_cast<int>(status));
  return text;
}

}  // namespace

Fake& fake() {
  static Fake one;
  return one;
}

void Fake::reset() {
  auto kept = std::move(live);
  *this = Fake{};
  live = std::move(kept);
}

const Api& fake_api() {
  static const Api api{
      .version = [] { return fake().version; },
      .name_of_status = name_of_status,
      .last_error = [](char* message,
                       std::size_t size) { std::snprintf(message, size, "the last error"); },
      .create = create,
      .destroy = destroy,
      .set_stream = set_stream,
      .create_descriptor = create_descriptor,
      .destroy_descriptor = destroy_descriptor,
      .finalize = finalize,
      .set_attribute = set_attribute,
      .get_attribute = get_attribute,
      .execute = execute};
  return api;
}

Runtime host_runtime() {
  Runtime runtime;
  runtime.copy = [](void* to, const void* from, std::size_t bytes, cudaMemcpyKind, cudaStream_t) {
    std::memcpy(to, from, bytes);
    return cudaSuccess;
  };
  runtime.synchronize = [](cudaStream_t) { return cudaSuccess; };
  return runtime;
}

}  // namespace convict::gpu::cudnn::test
