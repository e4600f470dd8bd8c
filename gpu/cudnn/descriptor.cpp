// SPDX-License-Identifier: Apache-2.0
#include "gpu/cudnn/descriptor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace convict::gpu::cudnn {

Descriptor::Descriptor(const Api& api, cudnnBackendDescriptorType_t type, const char* kind)
    : api_(&api), kind_(kind) {
  check(api.create_descriptor(type, &descriptor_), "cudnnBackendCreateDescriptor");
}

Descriptor::~Descriptor() {
  if (descriptor_ != nullptr) static_cast<void>(api_->destroy_descriptor(descriptor_));
}

Descriptor::Descriptor(Descriptor&& other) noexcept
    : api_(other.api_),
      kind_(other.kind_),
      descriptor_(std::exchange(other.descriptor_, nullptr)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(api_, other.api_);
  std::swap(kind_, other.kind_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

void Descriptor::check(cudnnStatus_t status, const char* call) const {
  if (status != CUDNN_STATUS_SUCCESS)
    require(*api_, status, fmt::format("{} ({})", call, kind_).c_str());
}

void Descriptor::put(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                     std::size_t count, const void* values) {
  check(api_->set_attribute(descriptor_, name, type, static_cast<std::int64_t>(count), values),
        "cudnnBackendSetAttribute");
}

std::int64_t Descriptor::fetch(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                               std::size_t count, void* values) const {
  std::int64_t found = 0;
  check(api_->get_attribute(descriptor_, name, type, static_cast<std::int64_t>(count), &found,
                            values),
        "cudnnBackendGetAttribute");
  return std::clamp<std::int64_t>(found, 0, static_cast<std::int64_t>(count));
}

void Descriptor::set(cudnnBackendAttributeName_t name, std::span<const std::int64_t> values) {
  put(name, CUDNN_TYPE_INT64, values.size(), values.data());
}
void Descriptor::set(cudnnBackendAttributeName_t name, cudnnDataType_t value) {
  put(name, CUDNN_TYPE_DATA_TYPE, 1, &value);
}
void Descriptor::set(cudnnBackendAttributeName_t name, cudnnConvolutionMode_t value) {
  put(name, CUDNN_TYPE_CONVOLUTION_MODE, 1, &value);
}
void Descriptor::set(cudnnBackendAttributeName_t name, cudnnBackendHeurMode_t value) {
  put(name, CUDNN_TYPE_HEUR_MODE, 1, &value);
}
void Descriptor::set(cudnnBackendAttributeName_t name, const Descriptor& value) {
  put(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &value.descriptor_);
}
void Descriptor::set(cudnnBackendAttributeName_t name, std::span<void* const> pointers) {
  put(name, CUDNN_TYPE_VOID_PTR, pointers.size(), pointers.data());
}

void Descriptor::set_factor(cudnnBackendAttributeName_t name, double value, bool in_double) {
  const auto narrow = static_cast<float>(value);
  if (in_double)
    put(name, CUDNN_TYPE_DOUBLE, 1, &value);
  else
    put(name, CUDNN_TYPE_FLOAT, 1, &narrow);
}

void Descriptor::set_text(cudnnBackendAttributeName_t name, std::string_view text) {
  put(name, CUDNN_TYPE_CHAR, text.size(), text.data());
}

void Descriptor::set_device(std::int32_t id) {
  put(CUDNN_ATTR_DEVICEPROP_DEVICE_ID, CUDNN_TYPE_INT32, 1, &id);
}

void Descriptor::finalize() { check(api_->finalize(descriptor_), "cudnnBackendFinalize"); }

std::int64_t Descriptor::integer(cudnnBackendAttributeName_t name) const {
  std::int64_t value = 0;
  fetch(name, CUDNN_TYPE_INT64, 1, &value);
  return value;
}

std::string Descriptor::text(cudnnBackendAttributeName_t name) const {
  std::int64_t length = 0;
  check(api_->get_attribute(descriptor_, name, CUDNN_TYPE_CHAR, 0, &length, nullptr),
        "cudnnBackendGetAttribute");
  std::string value(static_cast<std::size_t>(std::max<std::int64_t>(length, 0)), '\0');
  fetch(name, CUDNN_TYPE_CHAR, value.size(), value.data());
  return value.substr(0, value.find('\0'));
}

void Descriptor::read(cudnnBackendAttributeName_t name, Descriptor& into) const {
  fetch(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &into.descriptor_);
}

void Descriptor::read(cudnnBackendAttributeName_t name, std::vector<Descriptor>& into) const {
  std::vector<cudnnBackendDescriptor_t> raw;
  for (const Descriptor& descriptor : into) raw.push_back(descriptor.descriptor_);
  const std::int64_t found = fetch(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, raw.size(), raw.data());
  into.erase(into.begin() + found, into.end());
}

}  // namespace convict::gpu::cudnn
