# SPDX-License-Identifier: Apache-2.0
# The package that find_package(convict COMPONENTS ...) and pkg-config read. Each folder is a component and installs its own
# library and headers (cmake/folder.cmake), cli the program; what is found here is what they link.
include(CMakePackageConfigHelpers)
set(convict_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/convict)
set(convict_pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# What a folder links, and what that means to a consumer: TARGET | words for find_package | pkg-config's name | linker flags.
# OpenBLAS by its linker flag: its .pc file asks for Fortran's library under --static, which only its archive needs.
set(convict_packages
  "fmt::fmt|fmt|fmt|"
  "OpenMP::OpenMP_CXX|OpenMP COMPONENTS CXX||${OpenMP_CXX_FLAGS}"
  "Threads::Threads|Threads||-pthread"
  "OpenBLAS::OpenBLAS|OpenBLAS MODULE||-lopenblas"
  "hdf5::hdf5|HDF5 COMPONENTS C|hdf5|"
  "pugixml::pugixml|pugixml|pugixml|"
  "rapidcheck|rapidcheck||-lrapidcheck"
  "CUDA::cudart_static|CUDAToolkit||-L\${cuda_libdir} -lcudart_static -lrt -ldl -pthread"
  "dl|||-ldl")

# In needs, packages, pc_requires and pc_libs: what a consumer of `folder` needs besides its library.
function(convict_read_links folder)
  set(needs "")
  set(packages "")
  set(pc_requires "")
  set(pc_libs "")
  get_target_property(links convict_${folder} LINK_LIBRARIES)
  foreach(link IN LISTS links)
    if(link MATCHES "^[$]<BUILD_INTERFACE:")
      continue()
    endif()
    string(REGEX REPLACE "^[$]<INSTALL_INTERFACE:(.*)>$" "\\1" link "${link}")
    if(link MATCHES "^convict::(.+)$")
      list(APPEND needs ${CMAKE_MATCH_1})
      list(APPEND pc_requires convict-${CMAKE_MATCH_1})
      continue()
    endif()
    set(known ${convict_packages})
    list(FILTER known INCLUDE REGEX "^${link}[|]")
    if(NOT known MATCHES "^[^|]*[|]([^|]*)[|]([^|]*)[|]([^|]*)$")
      message(FATAL_ERROR "${folder} links ${link}, and cmake/install.cmake does not say where a consumer finds it")
    endif()
    list(APPEND packages ${CMAKE_MATCH_1})
    list(APPEND pc_requires ${CMAKE_MATCH_2})
    list(APPEND pc_libs ${CMAKE_MATCH_3})
  endforeach()
  foreach(result needs packages pc_requires pc_libs)
    set(${result} "${${result}}" PARENT_SCOPE)
  endforeach()
endfunction()

# NAME.pc, installed with `component`. There are only static libraries, so that what they need is public: it is there with
# and without --static. Relative to the file itself, as long as the folders of the installation are relative.
function(convict_pc_file pc_name component pc_description requires libs)
  list(JOIN requires ", " pc_requires)
  list(JOIN libs " " pc_libs)
  cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig OUTPUT_VARIABLE up)
  set(pc_prefix "\${pcfiledir}/${up}")
  foreach(kind libdir includedir)
    string(TOUPPER CMAKE_INSTALL_${kind} folder)
    set(pc_${kind} "\${prefix}/${${folder}}")
    if(IS_ABSOLUTE "${${folder}}")
      set(pc_${kind} "${${folder}}")
    endif()
  endforeach()
  set(pc_variables "")
  if(libs MATCHES "cuda_libdir")
    set(pc_variables "cuda_libdir=${CUDAToolkit_LIBRARY_DIR}\n")
  endif()
  configure_file(${PROJECT_SOURCE_DIR}/cmake/convict.pc.in ${PROJECT_BINARY_DIR}/${pc_name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${pc_name}.pc DESTINATION ${convict_pc_dir} COMPONENT ${component})
endfunction()

set(convict_components "")
set(convict_needs "")
foreach(folder IN LISTS convict_folders)
  if(NOT TARGET convict::${folder})
    continue()  # cli is a program
  endif()
  convict_read_links(${folder})
  list(TRANSFORM packages REPLACE "(.+)" "\"\\1\"")
  list(JOIN needs " " needs)
  list(JOIN packages " " packages)
  list(APPEND convict_components ${folder})
  string(APPEND convict_needs "set(_convict_${folder}_needs ${needs})\nset(_convict_${folder}_packages ${packages})\n")
  convict_pc_file(convict-${folder} ${folder} "${PROJECT_DESCRIPTION}: ${folder}" "${pc_requires}"
                  "-L\${libdir};-lconvict_${folder};${pc_libs}")
  install(EXPORT convict-${folder}-targets NAMESPACE convict:: DESTINATION ${convict_package_dir} COMPONENT ${folder})
endforeach()
set(all_components ${convict_components})
list(TRANSFORM all_components PREPEND convict-)
convict_pc_file(convict package "${PROJECT_DESCRIPTION}" "${all_components}" "")

list(JOIN convict_components " " convict_components)
configure_file(${CMAKE_CURRENT_LIST_DIR}/convict-config.cmake.in ${PROJECT_BINARY_DIR}/convict-config.cmake @ONLY)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/convict-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/convict-config.cmake ${PROJECT_BINARY_DIR}/convict-config-version.cmake
              ${CMAKE_CURRENT_LIST_DIR}/FindOpenBLAS.cmake
        DESTINATION ${convict_package_dir} COMPONENT package)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT package)
