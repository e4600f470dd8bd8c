# SPDX-License-Identifier: Apache-2.0
# The target OpenBLAS::OpenBLAS. OpenBLAS has a CMake package of its own, but its names and what it defines differ between
# versions and distributions. Asks pkg-config first, where there is one, then looks in the usual places.
# OpenBLAS_USE_STATIC_LIBRARIES: the archive, where there is one. The build uses this module, and so does the installed package.
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_check_modules(OpenBLAS_PC QUIET openblas)
endif()

# Several libraries have a cblas.h; only OpenBLAS has this header beside it.
find_path(OpenBLAS_INCLUDE_DIR openblas_config.h
  HINTS ${OpenBLAS_PC_INCLUDE_DIRS} ${OpenBLAS_PC_INCLUDEDIR}
  PATH_SUFFIXES openblas openblas-pthread openblas-openmp openblas-serial)
set(OpenBLAS_kind SHARED)
set(OpenBLAS_names openblas)
if(OpenBLAS_USE_STATIC_LIBRARIES)
  set(OpenBLAS_kind STATIC)
  set(OpenBLAS_names libopenblas.a openblas)
endif()
find_library(OpenBLAS_${OpenBLAS_kind}_LIBRARY NAMES ${OpenBLAS_names}
  HINTS ${OpenBLAS_PC_LIBRARY_DIRS} ${OpenBLAS_PC_LIBDIR}
  PATH_SUFFIXES openblas openblas-pthread openblas-openmp openblas-serial)
mark_as_advanced(OpenBLAS_INCLUDE_DIR OpenBLAS_${OpenBLAS_kind}_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenBLAS
  REQUIRED_VARS OpenBLAS_${OpenBLAS_kind}_LIBRARY OpenBLAS_INCLUDE_DIR
  VERSION_VAR OpenBLAS_PC_VERSION)
if(OpenBLAS_FOUND AND NOT TARGET OpenBLAS::OpenBLAS)
  add_library(OpenBLAS::OpenBLAS UNKNOWN IMPORTED)
  set_target_properties(OpenBLAS::OpenBLAS PROPERTIES
    IMPORTED_LOCATION "${OpenBLAS_${OpenBLAS_kind}_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${OpenBLAS_INCLUDE_DIR}")
endif()
