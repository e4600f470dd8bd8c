# The GPU folder, tried without a GPU.
# Kernels run on the host, one fiber per CUDA thread.
add_library(cuda_on_cpu STATIC cuda_on_cpu.cpp guarded_memory.cpp)
target_include_directories(cuda_on_cpu PUBLIC ${PROJECT_SOURCE_DIR})
target_compile_features(cuda_on_cpu PUBLIC cxx_std_20)
target_compile_options(cuda_on_cpu INTERFACE -Wno-unknown-pragmas)  # unroll, which nvcc knows
target_link_libraries(cuda_on_cpu PRIVATE fmt::fmt convict_flags)
convict_test(cuda_on_cpu DEPENDS cuda_on_cpu LABELS fast)

# The Toeplitz rows: their steps in host memory, their kernels, their calls of cuBLAS.
add_library(host_queue STATIC host_queue.cpp guarded_memory.cpp)
target_include_directories(host_queue PUBLIC ${PROJECT_SOURCE_DIR})
target_link_libraries(host_queue PUBLIC convict::gpu convict::reference convict::datasets
                                 PRIVATE fmt::fmt convict_flags)
convict_test(gpu_columns DEPENDS convict::gpu convict::datasets LABELS fast)
convict_test(gpu_toeplitz DEPENDS host_queue LABELS fast)
convict_test(gpu_toeplitz_kernels DEPENDS host_queue cuda_on_cpu LABELS fast)
if(convict_has_cuda)
  convict_test(gpu_toeplitz_blas DEPENDS host_queue LABELS fast)
endif()
