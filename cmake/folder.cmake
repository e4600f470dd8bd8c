# SPDX-License-Identifier: Apache-2.0
# convict_folder(NAME [FAST] [WITHOUT folder] SOURCES ... DEPENDS ... PRIVATE ...)
# The static library convict_NAME of one top-level folder. DEPENDS are public, PRIVATE link only. Its headers are those that
# lie in the folder. Twenty sources are compiled as one translation unit, since most of the time that a compiler takes here
# goes into headers; CMAKE_UNITY_BUILD=OFF compiles them one by one, for somebody who edits a single file over and over.
# FAST is for folders in which a search spends its time (without it, oracle takes a third of the trials a second away):
# elsewhere, in Release, a quick compile counts for more.
# WITHOUT names a folder inside whose headers belong to something else.
# What a folder links from outside, cmake/install.cmake tells consumers how to find; a file's path goes into
# $<BUILD_INTERFACE:...>, or the installed package would name it.
set(CMAKE_UNITY_BUILD ON CACHE BOOL "Compile all sources of a folder as one translation unit")

add_library(convict_flags INTERFACE)
target_compile_options(convict_flags INTERFACE
  # -Wno-restrict: GCC 12 misfires on std::string concatenation (GCC bug 105651)
  $<$<COMPILE_LANGUAGE:C,CXX>:-Wall;-Wextra;-Wpedantic;-Wconversion;-Wshadow;-Wno-restrict>
  # -Wno-subobject-linkage: it takes a source included by a united one for a header
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor;-Wno-subobject-linkage>
  $<$<CXX_COMPILER_ID:Clang>:-Wno-unknown-warning-option>
  $<$<AND:$<COMPILE_LANGUAGE:C,CXX>,$<BOOL:${CONVICT_SANITIZE}>>:-fsanitize=address,undefined;-fno-sanitize=null,vptr,object-size;-fno-omit-frame-pointer;-fno-sanitize-recover=undefined>
  $<$<AND:$<COMPILE_LANGUAGE:C,CXX>,$<BOOL:${CONVICT_SANITIZE_THREADS}>>:-fsanitize=thread;-fno-omit-frame-pointer>
  $<$<AND:$<COMPILE_LANGUAGE:C,CXX>,$<BOOL:${CONVICT_FUZZERS}>>:-fsanitize=fuzzer-no-link,float-cast-overflow;-fno-sanitize-recover=all>)
target_link_options(convict_flags INTERFACE
  $<$<BOOL:${CONVICT_SANITIZE}>:-fsanitize=address,undefined>
  $<$<BOOL:${CONVICT_SANITIZE_THREADS}>:-fsanitize=thread>)

# convict_source_texts(VARIABLE FUNCTION ns::name DECLARATION HEADER FILES NAME|PATH...): sets VARIABLE to a generated
# source that defines the function, which returns these files (core/source_text.hpp).
function(convict_source_texts variable)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "FUNCTION;DECLARATION" "FILES")
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${variable}.cpp)
  list(TRANSFORM arg_FILES REPLACE "^.*[|]" "" OUTPUT_VARIABLE paths)
  list(JOIN arg_FILES "," files)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -D OUTPUT=${output} -D DECLARATION=${arg_DECLARATION} -D FUNCTION=${arg_FUNCTION}
            -D "FILES=${files}" -P ${PROJECT_SOURCE_DIR}/cmake/source_texts.cmake
    DEPENDS ${paths} ${PROJECT_SOURCE_DIR}/cmake/source_texts.cmake
    VERBATIM)
  set(${variable} ${output} PARENT_SCOPE)
endfunction()

function(convict_folder name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "FAST" "WITHOUT" "SOURCES;DEPENDS;PRIVATE")
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS *.hpp *.h *.cuh)
  if(arg_WITHOUT)
    list(FILTER headers EXCLUDE REGEX "^${CMAKE_CURRENT_SOURCE_DIR}/${arg_WITHOUT}/")
  endif()
  add_library(convict_${name} STATIC ${arg_SOURCES})
  add_library(convict::${name} ALIAS convict_${name})
  set_target_properties(convict_${name} PROPERTIES EXPORT_NAME ${name})
  set_target_properties(convict_${name} PROPERTIES UNITY_BUILD_BATCH_SIZE 20)
  if(arg_FAST)
    target_compile_options(convict_${name} PRIVATE $<$<AND:$<CONFIG:Debug>,$<COMPILE_LANGUAGE:C,CXX>>:-O2>)
  else()
    target_compile_options(convict_${name} PRIVATE $<$<AND:$<CONFIG:Release>,$<COMPILE_LANGUAGE:C,CXX>>:-O1>)
  endif()
  target_sources(convict_${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${headers})
  target_compile_features(convict_${name} PUBLIC cxx_std_20)
  target_link_libraries(convict_${name}
    PUBLIC ${arg_DEPENDS}
    PRIVATE ${arg_PRIVATE} $<BUILD_INTERFACE:convict_flags>)
  install(TARGETS convict_${name} EXPORT convict-${name}-targets
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${name}
          FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/convict COMPONENT ${name})
endfunction()
