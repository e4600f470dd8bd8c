# SPDX-License-Identifier: Apache-2.0
# CONVICT_STATIC: what a machine without development packages lacks becomes part of the program, so that it runs
# wherever libc, libstdc++ and libgcc are (cmake/bundle.cmake packs it). Plug-ins written in C++ share libstdc++.
# What has no static library that links stays shared.
option(CONVICT_STATIC "Link BLAS, HDF5, Boost, OpenMP and pugixml statically" OFF)

include(CheckCSourceCompiles)

if(CONVICT_STATIC)
  set(Boost_USE_STATIC_LIBS ON)
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=libgomp.a
                  OUTPUT_VARIABLE static_gomp OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(IS_ABSOLUTE "${static_gomp}")
    set(OpenMP_gomp_LIBRARY ${static_gomp} CACHE FILEPATH "OpenMP's run-time library")
  endif()
endif()

# convict_prefer_static(TARGET PROGRAM [NEEDS name...])
# With CONVICT_STATIC the imported TARGET, found shared, becomes the static library beside it, together with the static
# libraries that this one NEEDS, if the C text PROGRAM links so. It stays shared otherwise, and the bundle carries it:
# HDF5 from 1.14 on may reach into networks, which takes curl and OpenSSL and what they need.
function(convict_prefer_static target program)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "NEEDS")
  get_target_property(type ${target} TYPE)
  if(type STREQUAL INTERFACE_LIBRARY)
    set(property INTERFACE_LINK_LIBRARIES)
  else()
    set(property IMPORTED_LOCATION)
  endif()
  get_target_property(found ${target} ${property})
  list(GET found 0 shared)
  if(NOT CONVICT_STATIC)
    message(STATUS "${target}: ${shared}")
    return()
  endif()

  string(REGEX REPLACE "[.]so[.0-9]*$" ".a" static ${shared})
  set(needs "")
  foreach(name IN LISTS arg_NEEDS)
    find_library(static_${name} lib${name}.a)
    list(APPEND needs ${static_${name}})
  endforeach()
  list(APPEND needs Threads::Threads ${CMAKE_DL_LIBS} m)
  get_target_property(CMAKE_REQUIRED_INCLUDES ${target} INTERFACE_INCLUDE_DIRECTORIES)
  set(CMAKE_REQUIRED_LIBRARIES ${static} ${needs})
  set(CMAKE_REQUIRED_QUIET ON)
  string(MAKE_C_IDENTIFIER "convict_links_static_${target}" links)
  check_c_source_compiles("${program}" ${links})
  if(NOT ${links})
    message(STATUS "${target}: ${shared} (${static} needs more than: ${arg_NEEDS})")
    return()
  endif()
  message(STATUS "${target}: ${static}")
  if(type STREQUAL INTERFACE_LIBRARY)
    list(PREPEND needs ${static})
  else()
    set_target_properties(${target} PROPERTIES IMPORTED_LOCATION ${static})
  endif()
  set_target_properties(${target} PROPERTIES INTERFACE_LINK_LIBRARIES "${needs}")
endfunction()
