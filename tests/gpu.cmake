# The GPU folder, tried without a GPU.
if(convict_has_cudnn)
  convict_test(gpu_cudnn_faults SOURCES gpu_cudnn_fake.cpp DEPENDS convict::gpu LABELS fast)
  target_compile_definitions(gpu_cudnn_faults_test PRIVATE H200_DEVICEPROP="" CUDNN_WARN_DEPRECATED)
  convict_test(gpu_cudnn DEPENDS convict::gpu convict::datasets LABELS fast)
  target_compile_definitions(gpu_cudnn_test PRIVATE
    H200_DEVICEPROP="${CMAKE_CURRENT_LIST_DIR}/data/h200_deviceprop.json" CUDNN_WARN_DEPRECATED)
  target_link_libraries(gpu_cudnn_test PRIVATE ${CMAKE_DL_LIBS})
  set_tests_properties(gpu_cudnn PROPERTIES SKIP_RETURN_CODE 77)
endif()
