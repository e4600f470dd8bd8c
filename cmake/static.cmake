# CONVICT_STATIC: what a machine without development packages lacks becomes part of the program, so that it runs
# wherever libc, libstdc++ and libgcc are (cmake/bundle.cmake packs it). Plug-ins written in C++ share libstdc++.
option(CONVICT_STATIC "Link BLAS, HDF5, Boost, OpenMP and pugixml statically" OFF)

if(CONVICT_STATIC)
  set(HDF5_USE_STATIC_LIBRARIES ON)
  set(Boost_USE_STATIC_LIBS ON)
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=libgomp.a
                  OUTPUT_VARIABLE static_gomp OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(IS_ABSOLUTE "${static_gomp}")
    set(OpenMP_gomp_LIBRARY ${static_gomp} CACHE FILEPATH "OpenMP's run-time library")
  endif()
  # HDF5 names libraries for access over the network, which nothing here uses.
  add_link_options(-Wl,--as-needed)
endif()

# What a static HDF5 needs besides itself: CMake's module does not say.
set(convict_hdf5_needs "")
if(CONVICT_STATIC)
  foreach(library sz aec z)
    find_library(static_${library} lib${library}.a REQUIRED)
    list(APPEND convict_hdf5_needs $<BUILD_INTERFACE:${static_${library}}>)
  endforeach()
endif()
