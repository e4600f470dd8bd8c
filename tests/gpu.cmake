# The GPU folder, tried without a GPU.
if(convict_has_cuda)
  convict_test(gpu_device DEPENDS convict::gpu LABELS fast gpu)
endif()
