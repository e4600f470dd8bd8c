# The package that find_package(convict) reads, with the packages its libraries link to. Each folder installs its own
# library and headers (cmake/folder.cmake), cli the program.
include(CMakePackageConfigHelpers)

# Appends one find_dependency line to convict_dependencies when a library here links a target of that package.
function(convict_depends_on pattern find_dependency)
  foreach(folder IN LISTS convict_folders)
    if(NOT TARGET convict_${folder})
      continue()
    endif()
    get_target_property(links convict_${folder} LINK_LIBRARIES)
    if("${links}" MATCHES "${pattern}")
      set(convict_dependencies "${convict_dependencies}find_dependency(${find_dependency})\n" PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

set(convict_dependencies "")
convict_depends_on("fmt::" "fmt")
convict_depends_on("OpenMP::" "OpenMP COMPONENTS CXX")
convict_depends_on("Threads::" "Threads")
convict_depends_on("hdf5::" "HDF5 COMPONENTS C")
if(convict_dependencies MATCHES "HDF5")
  string(PREPEND convict_dependencies "enable_language(C)  # FindHDF5 compiles a C program\n")
endif()
convict_depends_on("BLAS::" "BLAS")
convict_depends_on("nlohmann_json::" "nlohmann_json")
convict_depends_on("pugixml::" "pugixml")
convict_depends_on("rapidcheck" "rapidcheck")
convict_depends_on("dnnl|DNNL::" "dnnl")
convict_depends_on("SQLite::" "SQLite3")
convict_depends_on("CUDA::" "CUDAToolkit")

set(convict_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/convict)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/convict-config.cmake.in
                              ${PROJECT_BINARY_DIR}/convict-config.cmake
                              INSTALL_DESTINATION ${convict_package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/convict-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/convict-config.cmake
              ${PROJECT_BINARY_DIR}/convict-config-version.cmake
        DESTINATION ${convict_package_dir})
install(EXPORT convict-targets NAMESPACE convict:: DESTINATION ${convict_package_dir})
