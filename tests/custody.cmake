# Programs that load plug-ins: they serve as their own workers (tests/plugin_program.hpp).
add_subdirectory(${CMAKE_CURRENT_LIST_DIR}/plugins plugins)

convict_test(custody_in_process DEPENDS convict::oracle LABELS fast)
convict_test(custody_device DEPENDS convict::oracle convict::reference LABELS fast)
foreach(name custody_examples custody_guard custody_load custody_hostile custody_plan custody_helped)
  convict_test(${name} DEPENDS convict::oracle convict::reference LABELS fast)
  add_dependencies(${name}_test test_plugins)
  target_compile_definitions(${name}_test PRIVATE CONVICT_TEST_PLUGINS="${test_plugins_dir}")
endforeach()
convict_test(custody_rows DEPENDS convict::fuzz convict::oracle convict::optimized convict::reference OpenMP::OpenMP_CXX LABELS fast)
add_executable(bench_custody EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/bench_custody.cpp)
add_dependencies(bench_custody test_plugins)
target_link_libraries(bench_custody PRIVATE convict::oracle convict::reference convict_flags fmt::fmt Threads::Threads)
