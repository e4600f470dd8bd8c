# SPDX-License-Identifier: Apache-2.0
# cmake -D OUTPUT=FILE.cpp -D STYLE=... -D TEMPLATE=... -D "SCRIPTS=a.js;b.js" -P embed.cmake
# Writes the page's parts as string constants (reports/documents/page_parts.hpp); scripts are joined in the given order.
file(READ ${TEMPLATE} template)
file(READ ${STYLE} style)
set(script "")
foreach(path IN LISTS SCRIPTS)
  file(READ ${path} part)
  string(APPEND script "${part}\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"reports/documents/page_parts.hpp\"\n
namespace convict::reports::page_parts {
const std::string_view document = R\"embedded(${template})embedded\";
const std::string_view style = R\"embedded(${style})embedded\";
const std::string_view script = R\"embedded(${script})embedded\";
}  // namespace convict::reports::page_parts
")
