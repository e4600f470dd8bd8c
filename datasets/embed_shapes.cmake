# SPDX-License-Identifier: Apache-2.0
# cmake -D OUTPUT=<shape_texts.cpp> -D FOLDER=<shapes> -D NAMES=<a,b,...> -P embed_shapes.cmake
# Makes the text files part of the library, so that the program needs no data path.
string(REPLACE "," ";" names "${NAMES}")
set(entries "")
foreach(name ${names})
  file(READ ${FOLDER}/${name}.txt text)
  string(APPEND entries "    {\"${name}\", R\"shapes(${text})shapes\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"datasets/shape_texts.hpp\"

namespace convict::datasets {

std::span<const ShapeText> shape_texts() {
  static constexpr ShapeText table[] = {
${entries}  };
  return table;
}

}  // namespace convict::datasets
")
