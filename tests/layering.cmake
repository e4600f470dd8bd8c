# cmake -D ROOT=<checkout> -P tests/layering.cmake
# An include may only point to a lower level: fails on every #include that its folder may not have.
cmake_minimum_required(VERSION 3.25)

# The whole architecture: what each folder may include besides itself.
set(may_include_core "")
set(may_include_reference core)
set(may_include_optimized core)
set(may_include_gpu core)
set(may_include_datasets core)
set(may_include_ops core reference optimized gpu)
set(may_include_oracle core reference datasets)
set(may_include_fuzz core datasets oracle)
set(may_include_reports core oracle)
set(may_include_cli core reference optimized gpu datasets ops oracle fuzz reports)
set(folders core reference optimized gpu datasets ops oracle fuzz reports cli)

# Third-party doors: a header, and the only files that may include it (regular expressions).
set(doors
  "fmt/"                      "^(core/.*[.]cpp|(reference|optimized|gpu|datasets|ops|oracle|fuzz|reports|cli)/.*)$"
  "(hdf5[.]h|hdf5_hl[.]h|H5)" "^datasets/hdf5_[a-z]+[.][ch]pp$"
  "(cblas|openblas)"          "^optimized/gemm[.]cpp$"
  "nlohmann/"                 "^reports/.*[.]cpp$"
  "pugixml"                   "^reports/"
  "boost/program_options"     "^cli/"
  "boost/test/"               "^tests/"
  "rapidcheck"                "^fuzz/"
  "omp[.]h"                   "^(reference|optimized|oracle)/"
  "Python[.]h"                "^cli/python_kernel/"
  "(cuda|cublas|cudnn)"       "^gpu/"
  "(dnnl|oneapi/dnnl)"        "^optimized/peers/"
  "libxsmm"                   "^optimized/"
  "sqlite3"                   "^ops/.*[.]cpp$"
  "google/protobuf"           "^datasets/.*[.]cpp$")

set(violations "")

# A quoted path must start at the project root: one that exists beside its includer bypasses the table.
function(check_project_include file folder header)
  string(REGEX MATCH "^[^/]+" target "${header}")
  if(header MATCHES "/" AND target IN_LIST folders)
    set(allowed ${folder} ${may_include_${folder}})
    if(NOT target IN_LIST allowed)
      list(JOIN may_include_${folder} " " names)
      list(APPEND violations
           "${file} includes ${header}: ${folder} may include ${folder} ${names}, not ${target}")
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

function(check_file file folder)
  file(STRINGS "${ROOT}/${file}" lines REGEX "^[ \t]*#[ \t]*include[ \t]*[<\"]")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^[ \t]*#[ \t]*include[ \t]*[<\"]([^>\"]*)[>\"].*$" "\\1" header "${line}")
    check_project_include("${file}" ${folder} "${header}")
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
  foreach(file IN LISTS files)
    check_file("${file}" ${folder})
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
