# SPDX-License-Identifier: Apache-2.0
# cmake -D OUTPUT=FILE.cpp -D DECLARATION=HEADER -D FUNCTION=ns::name -D FILES=NAME|PATH,... -P cmake/source_texts.cmake
# The definition of a function that returns source files as a table of texts by name (core/source_text.hpp).
string(REPLACE "," ";" files "${FILES}")
set(rows "")
string(REPLACE "::" "_" table "${FUNCTION}")
foreach(file IN LISTS files)
  string(REPLACE "|" ";" file "${file}")
  list(GET file 0 name)
  list(GET file 1 path)
  file(READ ${path} text)
  set(rows "${rows}    {\"${name}\", R\"embedded(${text})embedded\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"${DECLARATION}\"

namespace {

constexpr convict::SourceText ${table}[] = {
${rows}};

}  // namespace

std::span<const convict::SourceText> ${FUNCTION}() { return ${table}; }
")
