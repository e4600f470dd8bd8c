// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "gpu/cudnn/api.hpp"

namespace convict::gpu::cudnn {

/// Owns one descriptor of the graph API; `api` must outlive it. `kind` names it in errors. Every
/// member throws what `require` throws.
class Descriptor {
 public:
  Descriptor(const Api& api, cudnnBackendDescriptorType_t type, const char* kind);
  Descriptor(const Api&& api, cudnnBackendDescriptorType_t type, const char* kind) = delete;
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  cudnnBackendDescriptor_t get() const { return descriptor_; }

  void set(cudnnBackendAttributeName_t name, std::span<const std::int64_t> values);
  void set(cudnnBackendAttributeName_t name, std::int64_t value) { set(name, {&value, 1}); }
  void set(cudnnBackendAttributeName_t name, cudnnDataType_t value);
  void set(cudnnBackendAttributeName_t name, cudnnConvolutionMode_t value);
  void set(cudnnBackendAttributeName_t name, cudnnBackendHeurMode_t value);
  void set(cudnnBackendAttributeName_t name, const Descriptor& value);
  void set(cudnnBackendAttributeName_t name, std::span<void* const> pointers);
  /// Sets alpha or beta: as double for f64 tensors, else as float.
  void set_factor(cudnnBackendAttributeName_t name, double value, bool in_double);
  void set_text(cudnnBackendAttributeName_t name, std::string_view text);
  void set_device(std::int32_t id);
  void finalize();

  std::int64_t integer(cudnnBackendAttributeName_t name) const;
  std::string text(cudnnBackendAttributeName_t name) const;
  /// Fills `into`, which must be of the kind that the attribute holds.
  void read(cudnnBackendAttributeName_t name, Descriptor& into) const;
  /// Fills as many of the descriptors as the attribute has values and drops the rest.
  void read(cudnnBackendAttributeName_t name, std::vector<Descriptor>& into) const;
  /// The values of an attribute of enumeration type; none where it has none.
  template <class Value>
  std::vector<Value> list(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type) const;

 private:
  void put(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, std::size_t count,
           const void* values);
  std::int64_t fetch(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                     std::size_t count, void* values) const;
  void check(cudnnStatus_t status, const char* call) const;

  const Api* api_;
  const char* kind_;
  cudnnBackendDescriptor_t descriptor_ = nullptr;
};

template <class Value>
std::vector<Value> Descriptor::list(cudnnBackendAttributeName_t name,
                                    cudnnBackendAttributeType_t type) const {
  constexpr std::size_t most = 32;
  std::vector<Value> values(most);
  values.resize(static_cast<std::size_t>(fetch(name, type, most, values.data())));
  return values;
}

}  // namespace convict::gpu::cudnn
