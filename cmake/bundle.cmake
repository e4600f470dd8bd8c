# SPDX-License-Identifier: Apache-2.0
# cmake --workflow --preset bundle: one archive with the program and all it needs on a machine with a GPU driver and
# CUDA's libraries, but without development packages. run.sh in it does the whole visit.
set(bundle_source ${CMAKE_CURRENT_LIST_DIR}/bundle)

# The same in the build, or CMake pads the path there with empty entries, which mean the current folder. An old-style
# path (RPATH) also serves what the libraries in lib need themselves.
set_target_properties(convict PROPERTIES INSTALL_RPATH "$ORIGIN/../lib" BUILD_WITH_INSTALL_RPATH ON)
target_link_options(convict PRIVATE -Wl,--disable-new-dtags)
install(TARGETS convict RUNTIME DESTINATION bin COMPONENT bundle EXCLUDE_FROM_ALL)
install(FILES ${PROJECT_SOURCE_DIR}/datasets/golden.h5 DESTINATION share/convict COMPONENT bundle EXCLUDE_FROM_ALL)
install(PROGRAMS ${bundle_source}/run.sh DESTINATION . COMPONENT bundle EXCLUDE_FROM_ALL)
install(FILES ${bundle_source}/README.txt ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION . COMPONENT bundle EXCLUDE_FROM_ALL)
# What stayed shared (fmt, and HDF5 where a static one does not link) and what that needs, except the C and C++ libraries.
install(CODE [[
  set(of_the_system "^(ld-linux.*|lib(c|m|dl|rt|pthread|resolv|util|anl|mvec|nsl|nss_[a-z]+|stdc[+][+]|gcc_s))[.]so")
  file(GET_RUNTIME_DEPENDENCIES EXECUTABLES "$<TARGET_FILE:convict>" RESOLVED_DEPENDENCIES_VAR found
       PRE_EXCLUDE_REGEXES "${of_the_system}")
  foreach(library IN LISTS found)
    file(INSTALL "${library}" DESTINATION "${CMAKE_INSTALL_PREFIX}/lib" TYPE SHARED_LIBRARY FOLLOW_SYMLINK_CHAIN)
  endforeach()
]] COMPONENT bundle EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR TXZ)
set(CPACK_PACKAGE_NAME convict)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
string(TOLOWER convict-${PROJECT_VERSION}-${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR} convict_bundle)
set(CPACK_PACKAGE_FILE_NAME ${convict_bundle})  # CPack leaves another name in it
set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL bundle)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_COMPONENT_INCLUDE_TOPLEVEL_DIRECTORY ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_THREADS 0)
include(CPack)
