// SPDX-License-Identifier: Apache-2.0
#include "datasets/hdf5/hdf5_attribute.hpp"

#include <fmt/format.h>

namespace convict::datasets {
namespace {

/// Opens an attribute that must hold one value of class `wanted`.
Handle open_single(hid_t object, const std::string& name, H5T_class_t wanted, const Place& place) {
  if (!has_attribute(object, name)) place.fail(fmt::format("it has no attribute '{}'", name));
  Handle attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose);
  if (!attribute) place.fail_damaged();
  const Handle type(H5Aget_type(attribute.get()), H5Tclose);
  const Handle space(H5Aget_space(attribute.get()), H5Sclose);
  if (H5Tget_class(type.get()) != wanted || H5Sget_simple_extent_npoints(space.get()) != 1)
    place.fail(fmt::format("attribute '{}' is not one {}", name,
                           wanted == H5T_STRING ? "string" : "integer"));
  return attribute;
}

std::string variable_text(hid_t attribute, hid_t type, const Place& place) {
  char* text = nullptr;
  if (H5Aread(attribute, type, &text) < 0) place.fail_damaged();
  std::string result = text == nullptr ? "" : text;
  H5free_memory(text);
  return result;
}

std::string fixed_text(hid_t attribute, hid_t type, const Place& place) {
  std::string text(H5Tget_size(type), '\0');
  if (H5Aread(attribute, type, text.data()) < 0) place.fail_damaged();
  text.resize(std::min(text.size(), text.find('\0')));
  if (H5Tget_strpad(type) == H5T_STR_SPACEPAD) text.resize(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace

bool has_attribute(hid_t object, const std::string& name) {
  return H5Aexists(object, name.c_str()) > 0;
}

std::string text_attribute(hid_t object, const std::string& name, const Place& place) {
  const Handle attribute = open_single(object, name, H5T_STRING, place);
  const Handle type(H5Aget_type(attribute.get()), H5Tclose);
  return H5Tis_variable_str(type.get()) > 0 ? variable_text(attribute.get(), type.get(), place)
                                            : fixed_text(attribute.get(), type.get(), place);
}

index_t integer_attribute(hid_t object, const std::string& name, const Place& place) {
  const Handle attribute = open_single(object, name, H5T_INTEGER, place);
  index_t value = 0;
  if (H5Aread(attribute.get(), H5T_NATIVE_INT64, &value) < 0) place.fail_damaged();
  return value;
}

}  // namespace convict::datasets
