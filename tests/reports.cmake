# What leaves a run: journal, console, summary, JUnit, Markdown, page.
convict_test(reports_words DEPENDS convict::reports LABELS fast)
convict_test(reports_journal DEPENDS convict::reports LABELS fast)
convict_test(reports_console DEPENDS convict::reports nlohmann_json::nlohmann_json LABELS fast)
convict_test(reports_regimes DEPENDS convict::reports LABELS fast)
convict_test(reports_summary DEPENDS convict::reports LABELS fast)
convict_test(reports_search DEPENDS convict::reports LABELS fast)
convict_test(reports_agreement DEPENDS convict::reports convict::oracle convict::reference LABELS fast)
convict_test(reports_page DEPENDS convict::reports nlohmann_json::nlohmann_json pugixml::pugixml LABELS fast)

add_executable(make_report_page make_report_page.cpp)
target_link_libraries(make_report_page PRIVATE convict::reports convict_flags fmt::fmt)
add_test(NAME report_page
         COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/report_page_test.py $<TARGET_FILE:make_report_page>)
set_tests_properties(report_page PROPERTIES LABELS browser SKIP_RETURN_CODE 77
                     ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)
