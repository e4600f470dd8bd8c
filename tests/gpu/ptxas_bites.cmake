# SPDX-License-Identifier: Apache-2.0
# cmake -D NVCC=<nvcc> -D ROOT=<checkout> -D WORK=<folder> -P tests/gpu/ptxas_bites.cmake
# One kernel, compiled with all the registers it wants and with too few: tests/gpu/ptxas.cmake must accept the first and
# reject the second.
cmake_minimum_required(VERSION 3.25)
file(MAKE_DIRECTORY "${WORK}")
file(WRITE "${WORK}/many_sums.cu" [[
__global__ void many_sums(const float* x, float* y, int n) {
  float sums[48] = {};
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < 48; ++j) sums[j] += x[i * 48 + j] * x[i];
  for (int j = 0; j < 48; ++j) y[threadIdx.x * 48 + j] = sums[j];
}
]])

function(judge name result output)
  set(object "${WORK}/${name}.cu.o")
  execute_process(COMMAND ${ROOT}/gpu/keep_ptxas_report.sh ${NVCC} -arch=sm_90 ${ARGN} -c ${WORK}/many_sums.cu -o ${object}
                  COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${CMAKE_COMMAND} -D OBJECTS=${object} -P ${ROOT}/tests/gpu/ptxas.cmake
                  RESULT_VARIABLE code OUTPUT_VARIABLE text ERROR_VARIABLE text)
  set(${result} ${code} PARENT_SCOPE)
  set(${output} "${text}" PARENT_SCOPE)
endfunction()

judge(roomy code text)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "gpu_ptxas_bites: a kernel without spills was rejected:\n${text}")
endif()
judge(cramped code text -maxrregcount=24)
if(code EQUAL 0 OR NOT text MATCHES "many_sums: stack frame [0-9]+, spill stores [1-9]")
  message(FATAL_ERROR "gpu_ptxas_bites: a kernel with spills was not rejected with a message:\n${text}")
endif()
message(STATUS "accepted without spills, rejected with:\n${text}")
