// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "core/printable.hpp"

namespace convict::reports {

using Json = nlohmann::ordered_json;

/// On one line; bytes that are no UTF-8 become U+FFFD, and control characters are escaped.
inline std::string dump(const Json& json) {
  return printable_json(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

/// JSON has no NaN and no infinities: they are the strings "nan", "inf" and "-inf".
inline Json number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

}  // namespace convict::reports
