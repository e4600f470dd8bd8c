# The GPU folder, tried without a GPU.
if(convict_has_cuda)
  convict_test(gpu_device DEPENDS convict::gpu LABELS fast gpu)
endif()

# Kernels run on the host, one fiber per CUDA thread.
add_library(cuda_on_cpu STATIC cuda_on_cpu.cpp fiber.cpp guarded_memory.cpp)
target_include_directories(cuda_on_cpu PUBLIC ${PROJECT_SOURCE_DIR})
target_compile_features(cuda_on_cpu PUBLIC cxx_std_20)
target_compile_options(cuda_on_cpu INTERFACE -Wno-unknown-pragmas)  # unroll, which nvcc knows
target_link_libraries(cuda_on_cpu PRIVATE fmt::fmt convict_flags)
convict_test(cuda_on_cpu DEPENDS cuda_on_cpu LABELS fast)
add_library(implicit_gemm_on_cpu STATIC implicit_gemm_on_cpu.cpp implicit_gemm_barriers.cpp)
target_link_libraries(implicit_gemm_on_cpu PUBLIC convict::gpu convict::reference cuda_on_cpu PRIVATE convict_flags fmt::fmt)
convict_test(gpu_implicit_gemm DEPENDS implicit_gemm_on_cpu rapidcheck LABELS fast)
convict_test(gpu_implicit_gemm_judge DEPENDS implicit_gemm_on_cpu convict::oracle LABELS fast)
convict_test(gpu_implicit_gemm_faults DEPENDS implicit_gemm_on_cpu LABELS fast)
convict_test(gpu_projection DEPENDS convict::gpu convict::oracle cuda_on_cpu LABELS fast)

# No kernel may spill registers: each .cu file's objects lie beside what ptxas said of them.
if(convict_has_cuda)
  add_test(NAME gpu_ptxas
           COMMAND ${CMAKE_COMMAND} -D "OBJECTS=$<TARGET_OBJECTS:convict_gpu>"
                   -P ${CMAKE_CURRENT_LIST_DIR}/gpu_ptxas.cmake)
  add_test(NAME gpu_ptxas_bites
           COMMAND ${CMAKE_COMMAND} -D NVCC=${CMAKE_CUDA_COMPILER} -D ROOT=${PROJECT_SOURCE_DIR}
                   -D WORK=${CMAKE_CURRENT_BINARY_DIR}/gpu_ptxas_bites
                   -P ${CMAKE_CURRENT_LIST_DIR}/gpu_ptxas_bites.cmake)
  set_tests_properties(gpu_ptxas gpu_ptxas_bites PROPERTIES LABELS fast)
endif()

# The Toeplitz rows: their steps in host memory, their kernels, their calls of cuBLAS.
add_library(host_queue STATIC host_queue.cpp toeplitz_cases.cpp guarded_memory.cpp)
target_include_directories(host_queue PUBLIC ${PROJECT_SOURCE_DIR})
target_link_libraries(host_queue PUBLIC convict::gpu convict::reference convict::datasets
                                 PRIVATE fmt::fmt convict_flags)
convict_test(gpu_columns DEPENDS convict::gpu convict::datasets LABELS fast)
convict_test(gpu_toeplitz DEPENDS host_queue LABELS fast)
convict_test(gpu_toeplitz_kernels DEPENDS host_queue cuda_on_cpu LABELS fast)
if(convict_has_cuda)
  convict_test(gpu_toeplitz_blas DEPENDS host_queue LABELS fast)
endif()

# cuDNN's layer: its plans are made without a device, its calls answered by a library that fails.
if(convict_has_cudnn)
  foreach(name faults choice)
    convict_test(gpu_cudnn_${name} SOURCES gpu_cudnn_fake.cpp DEPENDS convict::gpu LABELS fast)
    target_compile_definitions(gpu_cudnn_${name}_test PRIVATE CUDNN_WARN_DEPRECATED)
  endforeach()
  convict_test(gpu_cudnn DEPENDS convict::gpu convict::datasets LABELS fast)
  target_compile_definitions(gpu_cudnn_test PRIVATE
    H200_DEVICEPROP="${CMAKE_CURRENT_LIST_DIR}/data/h200_deviceprop.json" CUDNN_WARN_DEPRECATED)
  target_link_libraries(gpu_cudnn_test PRIVATE ${CMAKE_DL_LIBS})
  # Without a driver the library loses cuBLASLt's handles; whether ours come back gpu_cudnn_faults counts.
  set_tests_properties(gpu_cudnn PROPERTIES SKIP_RETURN_CODE 77 ENVIRONMENT ASAN_OPTIONS=detect_leaks=0)
endif()

# The archive that the workflow preset `bundle` made, if it did.
add_test(NAME bundle
         COMMAND ${CMAKE_CURRENT_LIST_DIR}/bundle.sh
                 ${PROJECT_SOURCE_DIR}/build/release/${convict_bundle}.tar.xz)
set_tests_properties(bundle PROPERTIES LABELS slow SKIP_RETURN_CODE 77 RUN_SERIAL ON)
