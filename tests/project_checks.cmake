# Checks of the project itself: who includes whom, headers that stand alone, the installed package.
set(layering ${CMAKE_COMMAND} -D ROOT=${PROJECT_SOURCE_DIR} -P ${CMAKE_CURRENT_LIST_DIR}/layering.cmake)
add_custom_target(layering ALL COMMAND ${layering} COMMENT "Checking who includes whom")
add_test(NAME layering COMMAND ${layering})
add_test(NAME layering_bites
         COMMAND ${CMAKE_COMMAND} -D WORK=${CMAKE_CURRENT_BINARY_DIR}/layering_bites
                 -P ${CMAKE_CURRENT_LIST_DIR}/layering_bites.cmake)
set_tests_properties(layering layering_bites PROPERTIES LABELS fast)

add_test(NAME every_header_compiles_alone
         COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR} --parallel 2
                 --target all_verify_interface_header_sets)
set_tests_properties(every_header_compiles_alone PROPERTIES LABELS slow PROCESSORS 2)

add_test(NAME installed_package_serves_a_consumer
         COMMAND ${CMAKE_COMMAND} -D BUILD=${PROJECT_BINARY_DIR}
                 -D WORK=${CMAKE_CURRENT_BINARY_DIR}/consumer
                 -D "FLAGS=$<$<BOOL:${CONVICT_SANITIZE}>:-fsanitize=address$<COMMA>undefined>"
                 -P ${CMAKE_CURRENT_LIST_DIR}/consumer/check.cmake)
set_tests_properties(installed_package_serves_a_consumer PROPERTIES LABELS slow)

# Plug-in authors write C99; this object fails the build when plugin.h asks for more.
add_library(plugin_header_is_c99 OBJECT ${CMAKE_CURRENT_LIST_DIR}/plugin_header.c)
set_target_properties(plugin_header_is_c99 PROPERTIES C_STANDARD 99 C_EXTENSIONS OFF)
target_include_directories(plugin_header_is_c99 PRIVATE ${PROJECT_SOURCE_DIR})
target_compile_options(plugin_header_is_c99 PRIVATE -Wall -Wextra -Wpedantic -Werror)
