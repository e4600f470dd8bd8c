# SPDX-License-Identifier: Apache-2.0
# convict_has_cuda: the CUDA kernels are compiled where nvcc is. Whether a device is there shows when they run.
set(CONVICT_GPU AUTO CACHE STRING "Build the CUDA kernels: AUTO, ON or OFF")
set_property(CACHE CONVICT_GPU PROPERTY STRINGS AUTO ON OFF)

set(convict_has_cuda OFF)
if(NOT CONVICT_GPU STREQUAL "OFF")
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    # sm_90 code, and PTX that newer devices compile for themselves.
    if(NOT CMAKE_CUDA_ARCHITECTURES)
      set(CMAKE_CUDA_ARCHITECTURES 90)
    endif()
    enable_language(CUDA)
    # CMake 3.25 does not know that nvcc takes these.
    foreach(kind STANDARD EXTENSION)
      if(NOT CMAKE_CUDA20_${kind}_COMPILE_OPTION)
        set(CMAKE_CUDA20_${kind}_COMPILE_OPTION -std=c++20)
      endif()
    endforeach()
    find_package(CUDAToolkit REQUIRED)
    set(convict_has_cuda ON)
  elseif(CONVICT_GPU STREQUAL "ON")
    message(FATAL_ERROR "CONVICT_GPU is ON, but there is no CUDA compiler (nvcc on PATH, or CUDACXX)")
  endif()
endif()
message(STATUS "GPU rows: CUDA ${convict_has_cuda} (CONVICT_GPU=${CONVICT_GPU})")

