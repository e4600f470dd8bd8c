# The GPU folder, tried without a GPU.
if(convict_has_cuda)
  convict_test(gpu_device DEPENDS convict::gpu LABELS fast gpu)
endif()

# The archive that the workflow preset `bundle` made, if it did.
add_test(NAME bundle
         COMMAND ${CMAKE_CURRENT_LIST_DIR}/bundle.sh
                 ${PROJECT_SOURCE_DIR}/build/release/${CPACK_PACKAGE_FILE_NAME}.tar.xz)
set_tests_properties(bundle PROPERTIES LABELS slow SKIP_RETURN_CODE 77 RUN_SERIAL ON)
