# SPDX-License-Identifier: Apache-2.0
# convict_folder(NAME [QUICK] SOURCES ... DEPENDS ... PRIVATE ...)
# The static library convict_NAME of one top-level folder. DEPENDS are public, PRIVATE link only. Its headers are those that
# lie in the folder. The sources of one room (a folder inside it) are compiled as one translation unit, since most of the
# time that a compiler takes here goes into headers; CMAKE_UNITY_BUILD=OFF compiles them one by one, for somebody who
# edits a single file over and over.
# QUICK is for folders that spend their time in system calls or in other folders: in Release, a quick compile counts for more.
# What a folder links from outside, cmake/install.cmake tells consumers how to find; a file's path goes into
# $<BUILD_INTERFACE:...>, or the installed package would name it.
set(CMAKE_UNITY_BUILD ON CACHE BOOL "Compile all sources of a folder as one translation unit")

add_library(convict_flags INTERFACE)
target_compile_options(convict_flags INTERFACE
  # -Wno-restrict: GCC 12 misfires on std::string concatenation (GCC bug 105651)
  $<$<COMPILE_LANGUAGE:C,CXX>:-Wall;-Wextra;-Wpedantic;-Wconversion;-Wshadow;-Wno-restrict>
  # -Wno-subobject-linkage: it takes a source included by a united one for a header
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor;-Wno-subobject-linkage>
  $<$<AND:$<COMPILE_LANGUAGE:C,CXX>,$<BOOL:${CONVICT_SANITIZE}>>:-fsanitize=address,undefined;-fno-omit-frame-pointer;-fno-sanitize-recover=undefined>)
target_link_options(convict_flags INTERFACE
  $<$<BOOL:${CONVICT_SANITIZE}>:-fsanitize=address,undefined>)

# One translation unit per room of a target's sources.
function(convict_unite_rooms target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
  foreach(source IN LISTS ARGN)
    cmake_path(GET source PARENT_PATH room)
    cmake_path(IS_ABSOLUTE source generated)
    if(NOT generated)
      string(MAKE_C_IDENTIFIER "${target}_${room}" group)
      set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group})
    endif()
  endforeach()
endfunction()

function(convict_folder name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "QUICK" "" "SOURCES;DEPENDS;PRIVATE")
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS *.hpp *.h *.cuh)
  add_library(convict_${name} STATIC ${arg_SOURCES})
  add_library(convict::${name} ALIAS convict_${name})
  set_target_properties(convict_${name} PROPERTIES EXPORT_NAME ${name})
  if(arg_QUICK)
    target_compile_options(convict_${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
  convict_unite_rooms(convict_${name} ${arg_SOURCES})
  target_sources(convict_${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${headers})
  target_compile_features(convict_${name} PUBLIC cxx_std_20)
  target_link_libraries(convict_${name}
    PUBLIC ${arg_DEPENDS}
    PRIVATE ${arg_PRIVATE} $<BUILD_INTERFACE:convict_flags>)
  install(TARGETS convict_${name} EXPORT convict-${name}-targets
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${name}
          FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/convict COMPONENT ${name})
endfunction()
