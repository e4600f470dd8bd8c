# convict_folder(NAME SOURCES ... HEADERS ... DEPENDS ... PRIVATE ...)
# The static library convict_NAME of one top-level folder. DEPENDS are public, PRIVATE link only.
add_library(convict_flags INTERFACE)
target_compile_options(convict_flags INTERFACE
  # -Wno-restrict: GCC 12 misfires on std::string concatenation (GCC bug 105651)
  $<$<COMPILE_LANGUAGE:C,CXX>:-Wall;-Wextra;-Wpedantic;-Wconversion;-Wshadow;-Wno-restrict>
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
  $<$<AND:$<COMPILE_LANGUAGE:C,CXX>,$<BOOL:${CONVICT_SANITIZE}>>:-fsanitize=address,undefined;-fno-omit-frame-pointer;-fno-sanitize-recover=undefined>)
target_link_options(convict_flags INTERFACE
  $<$<BOOL:${CONVICT_SANITIZE}>:-fsanitize=address,undefined>)

function(convict_folder name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;HEADERS;DEPENDS;PRIVATE")
  add_library(convict_${name} STATIC ${arg_SOURCES})
  add_library(convict::${name} ALIAS convict_${name})
  set_target_properties(convict_${name} PROPERTIES EXPORT_NAME ${name} VERIFY_INTERFACE_HEADER_SETS ON)
  target_sources(convict_${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${arg_HEADERS})
  target_compile_features(convict_${name} PUBLIC cxx_std_20)
  target_link_libraries(convict_${name}
    PUBLIC ${arg_DEPENDS}
    PRIVATE ${arg_PRIVATE} $<BUILD_INTERFACE:convict_flags>)
  install(TARGETS convict_${name} EXPORT convict-targets
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
          FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/convict)
endfunction()
