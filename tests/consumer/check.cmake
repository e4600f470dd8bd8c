# cmake -D BUILD=<built tree> -D WORK=<scratch folder> -D FLAGS=<sanitizer flags> -P tests/consumer/check.cmake
# Installs BUILD and lets a project of its own build and run against nothing but the installed package.
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE "${WORK}")

function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    list(JOIN ARGV " " command)
    message(FATAL_ERROR "${command}: ${result}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${WORK}/build -G Ninja
    -D CMAKE_PREFIX_PATH=${WORK}/prefix "-DCMAKE_CXX_FLAGS=${FLAGS}")
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/consumer)
if(NOT output MATCHES "^(2 outputs: 21 42\n)+$")
  message(FATAL_ERROR "the consumer printed: ${output}")
endif()
if(NOT EXISTS ${WORK}/prefix/include/convict/core/plugin.h)
  message(FATAL_ERROR "plugin.h was not installed")
endif()
if(EXISTS ${BUILD}/cli/convict)
  run(${WORK}/prefix/bin/convict --help)
endif()
file(REMOVE_RECURSE "${WORK}")
