// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace convict::ops::test {

/// The rows (cells trimmed) of the first table under the heading `## title` of a page.
std::vector<std::vector<std::string>> table_under(const std::string& page,
                                                  const std::string& title);

/// Every name in `back quotes` of a text.
std::vector<std::string> quoted_names(const std::string& text);

}  // namespace convict::ops::test
