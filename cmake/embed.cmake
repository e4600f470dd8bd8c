# SPDX-License-Identifier: Apache-2.0
# cmake -D OUTPUT=HEADER -D NAMESPACE=ns -D NAMES=a,b -D FILES=path,path -P embed.cmake
# A header with text files as string constants.
string(REPLACE "," ";" names "${NAMES}")
string(REPLACE "," ";" files "${FILES}")
set(constants "")
foreach(name path IN ZIP_LISTS names files)
  file(READ ${path} text)
  # What a command writes out belongs to its user.
  string(REGEX REPLACE "^(//|#|/[*]) SPDX-License-Identifier:[^\n]*\n" "" text "${text}")
  string(APPEND constants "inline constexpr char ${name}[] = R\"embedded(${text})embedded\";\n")
endforeach()
file(WRITE ${OUTPUT} "#pragma once\n\nnamespace ${NAMESPACE} {\n${constants}}  // namespace ${NAMESPACE}\n")
