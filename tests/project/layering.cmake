# SPDX-License-Identifier: Apache-2.0
# cmake -D ROOT=<checkout> -P tests/project/layering.cmake
# An include may only point to a lower room: fails on every #include that the room of its file may not have, and on a
# folder inside a folder that this table does not name.
cmake_minimum_required(VERSION 3.25)

# The whole architecture, lowest first: a room (a folder, or a folder inside one) and what it may include besides itself.
# Every name on the right stands on the left of an earlier line, so there are no cycles. X/* is X and all rooms in it.
set(architecture
  "core:"
  "reference:           core"
  "optimized:           core"
  "emulation/source:    core"
  "emulation:           core emulation/source"
  "gpu/runtime:         core"
  "gpu/projection:      core gpu/runtime"
  "gpu/device:          core gpu/runtime gpu/projection"
  "gpu/toeplitz:        core gpu/runtime gpu/device"
  "gpu/implicit_gemm:   core gpu/runtime gpu/device"
  "gpu/cudnn:           core gpu/runtime gpu/device"
  "gpu/emulated:        core gpu/runtime gpu/device gpu/toeplitz gpu/implicit_gemm"
  "gpu:                 core gpu/*"
  "ops:                 core reference optimized gpu/*"
  "ops/operations:      core ops"
  "datasets/files:      core"
  "datasets/hdf5:       core datasets/files"
  "datasets:            core datasets/*"
  "sandbox:             core"
  "sandbox/system:      core"
  "sandbox/wire:        core sandbox sandbox/system"
  "sandbox/in_process:  core sandbox sandbox/wire"
  "sandbox/child:       core sandbox sandbox/system sandbox/wire sandbox/in_process"
  "sandbox/host:        core sandbox sandbox/system sandbox/wire"
  "oracle/bounds:       core reference"
  "oracle/projection:   core reference datasets"
  "oracle/truth:        core reference datasets oracle/bounds oracle/projection"
  "oracle/localise:     core oracle/truth"
  "oracle/judge:        core reference datasets sandbox oracle/projection oracle/truth oracle/localise"
  "oracle/probes:       core reference datasets sandbox oracle/bounds oracle/truth oracle/judge"
  "oracle/checks:       core reference datasets sandbox oracle/truth oracle/judge oracle/probes"
  "mutants/right:       core reference datasets oracle/bounds"
  "mutants:             core datasets sandbox oracle/* mutants/right"
  "timing:              core datasets sandbox sandbox/in_process oracle/*"
  "run:                 core sandbox datasets oracle/*"
  "fuzz/features:       core datasets"
  "fuzz/causes:         core datasets"
  "fuzz/region:         core datasets sandbox fuzz/features"
  "fuzz/shrink:         core datasets sandbox oracle/checks fuzz/features"
  "fuzz:                core datasets/* sandbox oracle/* run fuzz/*"
  "reports:             core run"
  "reports/conditions:  core reports"
  "reports/journal:     core run reports"
  "reports/summary:     core run reports reports/conditions reports/journal"
  "reports/tables:      core run mutants timing oracle/checks reports reports/summary"
  "reports/documents:   core run reports reports/journal reports/summary reports/tables"
  "reports/console:     core run reports reports/summary reports/tables reports/documents"
  "cli:                 core emulation reference optimized gpu/* ops/* datasets/* sandbox/* oracle/* mutants/* timing run fuzz reports/*"
  "cli/python_kernel:   core")

# rooms, and may_include_ROOM for each of them.
function(read_architecture)
  set(rooms "")
  foreach(line IN LISTS architecture)
    string(REGEX MATCH "^([a-z0-9_/]+):(.*)$" _ "${line}")
    set(room ${CMAKE_MATCH_1})
    string(REGEX MATCHALL "[a-z0-9_/*]+" names "${CMAKE_MATCH_2}")
    set(allowed "")
    foreach(name IN LISTS names)
      string(REGEX REPLACE "/[*]$" "" base "${name}")
      set(matching ${rooms})
      if(base STREQUAL name)
        list(FILTER matching INCLUDE REGEX "^${name}$")
      else()
        list(FILTER matching INCLUDE REGEX "^${base}(/|$)")
      endif()
      if(NOT matching)
        message(FATAL_ERROR "layering: ${room} may include ${name}, which is no room above it in the table")
      endif()
      list(APPEND allowed ${matching})
    endforeach()
    list(APPEND rooms ${room})
    set(may_include_${room} ${allowed} PARENT_SCOPE)
  endforeach()
  set(rooms ${rooms} PARENT_SCOPE)
endfunction()
read_architecture()
set(folders ${rooms})
list(TRANSFORM folders REPLACE "/.*" "")
list(REMOVE_DUPLICATES folders)

# Third-party doors: a header, and the only files that may include it (regular expressions).
set(doors
  "fmt/"                      "^(core|sandbox|ops|oracle|mutants|run|reports)/.*[.]cpp$|^(reference|optimized|gpu|datasets|timing|fuzz|cli|emulation)/"
  "(hdf5[.]h|hdf5_hl[.]h|H5)" "^datasets/hdf5/"
  "(cblas|openblas)"          "^optimized/gemm[.]cpp$"
  "nlohmann/"                 "^reports/(json[.]hpp|.*[.]cpp)$"
  "pugixml"                   "^reports/"
  "boost/program_options"     "^cli/"
  "boost/test/"               "^tests/"
  "rapidcheck"                "^fuzz/"
  "omp[.]h"                   "^(reference|optimized|oracle)/"
  "Python[.]h"                "^cli/python_kernel/"
  "(cuda|cublas|cudnn)"       "^gpu/")

set(violations "")

# A quoted path must start at the project root: one that exists beside its includer bypasses the table.
function(check_project_include file room header)
  cmake_path(GET header PARENT_PATH target)
  string(REGEX MATCH "^[^/]+" folder "${header}")
  if(header MATCHES "/" AND folder IN_LIST folders)
    set(allowed ${room} ${may_include_${room}})
    if(NOT target IN_LIST allowed)
      list(JOIN may_include_${room} " " names)
      list(APPEND violations "${file} includes ${header}: ${room} may include ${room} ${names}, not ${target}")
    endif()
  elseif(NOT "${file} ${header}" STREQUAL "core/plugin.hpp plugin.h")  # outsiders know no root
    cmake_path(GET file PARENT_PATH directory)
    if(EXISTS "${ROOT}/${directory}/${header}")
      list(APPEND violations "${file} includes ${header}: paths start at the project root")
    endif()
  endif()
  set(violations "${violations}" PARENT_SCOPE)
endfunction()

function(check_doors file header)
  list(LENGTH doors count)
  math(EXPR last "${count} - 1")
  foreach(i RANGE 0 ${last} 2)
    math(EXPR j "${i} + 1")
    list(GET doors ${i} pattern)
    list(GET doors ${j} door)
    if(header MATCHES "^${pattern}" AND NOT file MATCHES "${door}")
      list(APPEND violations "${file} includes ${header}: its only door is ${door}")
    endif()
  endforeach()
  set(violations "${violations}" PARENT_SCOPE)
endfunction()

function(check_file file)
  cmake_path(GET file PARENT_PATH room)
  if(NOT room IN_LIST rooms)
    set(violations "${violations};${file}: the table has no room ${room}" PARENT_SCOPE)
    return()
  endif()
  file(STRINGS "${ROOT}/${file}" lines REGEX "^[ \t]*#[ \t]*include[ \t]*[<\"]")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^[ \t]*#[ \t]*include[ \t]*[<\"]([^>\"]*)[>\"].*$" "\\1" header "${line}")
    check_project_include("${file}" ${room} "${header}")
    check_doors("${file}" "${header}")
  endforeach()
  set(violations "${violations}" PARENT_SCOPE)
endfunction()

set(scanned 0)
foreach(folder IN LISTS folders)
  set(globs "")
  foreach(suffix cpp hpp h c cu cuh)
    list(APPEND globs "${ROOT}/${folder}/*.${suffix}")
  endforeach()
  file(GLOB_RECURSE files RELATIVE "${ROOT}" ${globs})
  list(FILTER files EXCLUDE REGEX "^emulation/device/")  # built on users' machines, with their kernels
  foreach(file IN LISTS files)
    check_file("${file}")
    math(EXPR scanned "${scanned} + 1")
  endforeach()
endforeach()

if(scanned EQUAL 0)
  message(FATAL_ERROR "layering: no source found under '${ROOT}'")
endif()
if(violations)
  list(JOIN violations "\n  " text)
  message(FATAL_ERROR "layering:\n  ${text}")
endif()
