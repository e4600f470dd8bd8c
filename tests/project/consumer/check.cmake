# SPDX-License-Identifier: Apache-2.0
# cmake -D BUILD=<built tree> -D WORK=<scratch folder> -D FLAGS=<sanitizer flags> -D CXX=<compiler> -D CUDA=<built in?>
#       -D COMPONENTS=<all, in order, with commas> -P tests/project/consumer/check.cmake
# Installs BUILD, moves what was installed, and lets a project of its own build and run against nothing but that.
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE "${WORK}")
set(ops_components core reference optimized gpu ops)
string(REPLACE "," " " all_components "${COMPONENTS}")

# Runs a command; what it prints is in `output`, its exit status in `result`.
function(attempt)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  set(output "${output}" PARENT_SCOPE)
  set(result "${result}" PARENT_SCOPE)
endfunction()

function(run)
  attempt(${ARGV})
  if(NOT result EQUAL 0)
    list(JOIN ARGV " " command)
    message(FATAL_ERROR "${command}: ${result}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(expect_output words)
  string(REGEX REPLACE "[ \n]+" " " flat "${output}")
  if(NOT flat MATCHES "${words}")
    message(FATAL_ERROR "expected \"${words}\" in:\n${output}")
  endif()
endfunction()

# In configure: the command that configures the consumer in `build` against `prefix`.
function(configure_command build prefix)
  set(configure ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${WORK}/${build} -G Ninja
      -D CMAKE_PREFIX_PATH=${prefix} -D CMAKE_CXX_COMPILER=${CXX} -D CMAKE_CXX_FLAGS=${FLAGS} ${ARGN} PARENT_SCOPE)
endfunction()

function(build_and_run build)
  run(${CMAKE_COMMAND} --build ${WORK}/${build})
  foreach(program consumer whole)
    run(${WORK}/${build}/${program})
    expect_output("^(2 outputs: 21 42 )+$")
  endforeach()
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/installed)
file(RENAME ${WORK}/installed ${WORK}/moved)
set(prefix ${WORK}/moved)

# Nothing in the package names a place of this machine, but CUDA's folder in a pkg-config variable, and the prefix /usr in
# what CMake writes for it (a moved package does not use that).
file(GLOB_RECURSE package_files ${prefix}/lib*/*.cmake ${prefix}/lib*/*.pc)
if(NOT package_files)
  message(FATAL_ERROR "no package was installed in ${prefix}")
endif()
foreach(file IN LISTS package_files)
  file(STRINGS ${file} absolute REGEX "(^|-[LI]|[^A-Za-z0-9_}.)/])/+[A-Za-z0-9_]")
  list(FILTER absolute EXCLUDE REGEX "^cuda_libdir=|^#|(_realOrig|_IMPORT_PREFIX) \"/usr/")
  if(absolute)
    message(FATAL_ERROR "${file} has absolute paths:\n${absolute}")
  endif()
endforeach()

# ops, where nothing else that convict can use is to be had.
set(without -D CMAKE_DISABLE_FIND_PACKAGE_HDF5=ON -D CMAKE_DISABLE_FIND_PACKAGE_nlohmann_json=ON
    -D CMAKE_DISABLE_FIND_PACKAGE_pugixml=ON -D CMAKE_DISABLE_FIND_PACKAGE_rapidcheck=ON)
if(NOT CUDA)
  list(APPEND without -D CMAKE_DISABLE_FIND_PACKAGE_CUDAToolkit=ON)
endif()
configure_command(ops ${prefix} -D COMPONENTS=ops ${without})
run(${configure})
expect_output("components: core reference optimized gpu ops -- Configuring done")
build_and_run(ops)

# The whole package.
configure_command(all ${prefix})
run(${configure})
expect_output("components: ${all_components} -- Configuring done")
build_and_run(all)

# What cannot be had fails with words.
configure_command(unknown ${prefix} -D COMPONENTS=nonsense)
attempt(${configure})
expect_output("convict has no component 'nonsense'. Installed are: core, emulation, sandbox, .*, reports")
configure_command(missing ${prefix} -D COMPONENTS=fuzz ${without})
attempt(${configure})
expect_output("The component 'datasets' of convict needs the package HDF5, which was not found")

configure_command(optional ${prefix} -D COMPONENTS=ops -D OPTIONAL=nonsense,fuzz ${without})
run(${configure})
expect_output("components: core sandbox reference optimized gpu ops -- Configuring done")

# Folders can be installed alone.
foreach(component IN LISTS ops_components ITEMS package)
  run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/part --component ${component})
endforeach()
configure_command(part ${WORK}/part ${without})
run(${configure})
expect_output("components: core reference optimized gpu ops -- Configuring done")
configure_command(not_installed ${WORK}/part -D COMPONENTS=reports)
attempt(${configure})
expect_output("convict has no component 'reports'. Installed are: core, reference, optimized, gpu, ops")

# pkg-config, with and without --static.
find_program(pkg_config pkg-config REQUIRED)
file(GLOB_RECURSE pc_file ${prefix}/lib*/convict.pc)
cmake_path(GET pc_file PARENT_PATH pc_dir)
cmake_path(RELATIVE_PATH pc_dir BASE_DIRECTORY ${prefix} OUTPUT_VARIABLE pc_dir)
separate_arguments(flags UNIX_COMMAND "${FLAGS}")
foreach(asked "moved;convict;--static" "moved;convict-ops;--static" "part;convict-ops;")
  list(GET asked 0 where)
  list(GET asked 1 package)
  list(GET asked 2 static)
  set(ENV{PKG_CONFIG_PATH} ${WORK}/${where}/${pc_dir})
  run(${pkg_config} ${static} --cflags --libs ${package})
  separate_arguments(arguments UNIX_COMMAND "${output}")
  run(${CXX} -std=c++20 ${flags} ${CMAKE_CURRENT_LIST_DIR}/main.cpp ${arguments} -o ${WORK}/by_pkg_config)
  run(${WORK}/by_pkg_config)
  expect_output("^(2 outputs: 21 42 )+$")
endforeach()

foreach(header plugin.h plugin.hpp)
  if(NOT EXISTS ${prefix}/include/convict/core/${header})
    message(FATAL_ERROR "${header} was not installed")
  endif()
endforeach()
if(EXISTS ${BUILD}/cli/convict)
  run(${prefix}/bin/convict --help)
endif()
file(REMOVE_RECURSE "${WORK}")
