# The GPU folder, tried without a GPU.
# Kernels run on the host, one fiber per CUDA thread.
add_library(cuda_on_cpu STATIC cuda_on_cpu.cpp guarded_memory.cpp)
target_include_directories(cuda_on_cpu PUBLIC ${PROJECT_SOURCE_DIR})
target_compile_features(cuda_on_cpu PUBLIC cxx_std_20)
target_compile_options(cuda_on_cpu INTERFACE -Wno-unknown-pragmas)  # unroll, which nvcc knows
target_link_libraries(cuda_on_cpu PRIVATE fmt::fmt convict_flags)
convict_test(cuda_on_cpu DEPENDS cuda_on_cpu LABELS fast)

# The GPU rows' steps in host memory.
convict_test(gpu_toeplitz SOURCES host_queue.cpp guarded_memory.cpp
             DEPENDS convict::gpu convict::reference convict::datasets LABELS fast)
