# SPDX-License-Identifier: Apache-2.0
# cmake -D OUTPUT=FILE.cpp -D ROOT=<checkout> -P emulation/texts.cmake
# The emulated device's headers and sources, and the plug-in interface, as a table of texts by path: convict writes them
# out where it builds a kernel, so that it needs no data path.
cmake_minimum_required(VERSION 3.25)
file(GLOB_RECURSE files RELATIVE ${ROOT}/emulation/device
     ${ROOT}/emulation/device/*.h ${ROOT}/emulation/device/*.hpp ${ROOT}/emulation/device/*.cpp
     ${ROOT}/emulation/device/include/cuda/*)
set(rows "")
function(add_row name path)
  file(READ ${path} text)
  set(rows "${rows}    {\"${name}\", R\"embedded(${text})embedded\"},\n" PARENT_SCOPE)
endfunction()
foreach(file IN LISTS files)
  add_row(${file} ${ROOT}/emulation/device/${file})
endforeach()
foreach(header plugin.h plugin.hpp)
  add_row(plugin/${header} ${ROOT}/core/${header})
endforeach()
file(WRITE ${OUTPUT} "#include \"emulation/device_texts.hpp\"

namespace convict::emulation {
namespace {

constexpr DeviceText texts[] = {
${rows}};

}  // namespace

std::span<const DeviceText> device_texts() { return texts; }

}  // namespace convict::emulation
")
