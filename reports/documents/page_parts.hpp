// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

/// The files of reports/documents/page, put into the library at build time by embed.cmake.
namespace convict::reports::page_parts {

extern const std::string_view document;  ///< holds markers {{name}}
extern const std::string_view style;
extern const std::string_view script;

}  // namespace convict::reports::page_parts
