# The search: what it draws, how it shrinks, what it loses when it is killed.
convict_test(fuzz_generator DEPENDS convict::fuzz LABELS fast)
convict_test(fuzz_shrink DEPENDS convict::fuzz convict::reference LABELS fast)
convict_test(fuzz_campaign DEPENDS convict::fuzz convict::reference convict::reports LABELS fast)
add_executable(bench_search EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/bench_search.cpp)
target_link_libraries(bench_search PRIVATE convict::fuzz convict::oracle convict::optimized convict_flags fmt::fmt Threads::Threads)
