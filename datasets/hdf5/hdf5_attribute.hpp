// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/index.hpp"
#include "datasets/hdf5/hdf5_handle.hpp"

namespace convict::datasets {

bool has_attribute(hid_t object, const std::string& name);

/// One string of fixed or variable length. Throws FileError when the attribute is something else.
std::string text_attribute(hid_t object, const std::string& name, const Place& place);

/// One integer. Throws FileError when the attribute is something else.
index_t integer_attribute(hid_t object, const std::string& name, const Place& place);

}  // namespace convict::datasets
