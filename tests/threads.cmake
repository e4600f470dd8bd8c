# SPDX-License-Identifier: Apache-2.0
# The tests that start threads. They have the label "threads", and ./convictw test --tsan builds and runs them with
# ThreadSanitizer (the preset tsan); everything else in the tests has one thread, and nothing to find there.
#
# Left out, and why:
#   sandbox_hostile, sandbox_memory, cli_zoo, cli_ends, cli_memory, cli_limits: kernels that break their process, and what
#     their memory amounts to; ThreadSanitizer breaks at once with them, and its own memory is ten times theirs
#   kill_campaign: processes killed at random; what is left of them is the journal, which one thread writes
#   sandbox_load, sandbox_narrow: they start no thread, and take ThreadSanitizer minutes
#   built_in_test/a_kernel_has_as_many_threads_as_the_problem_says: its threads are OpenMP's
#   projection_test/results_of_more_than_two_to_the_31_elements_...: one thread's work, for most of an hour
# OpenMP is left out with GCC's libgomp, which is built without ThreadSanitizer: it reports every loop. Those of `optimized` run
# on threads of the standard library instead (optimized/parallel.cpp), the one of `reference` on one thread. OpenBLAS, built
# without it as well, keeps to the thread that calls it.
set(tests_with_threads
  core_memory_budget datasets_trials optimized_optimized
  sandbox_built_in sandbox_device sandbox_examples sandbox_guard sandbox_helped sandbox_in_process sandbox_plan sandbox_ranges
  oracle_checks oracle_checks_faults oracle_edges oracle_evidence oracle_judge oracle_known_answers oracle_oracle oracle_profile
  oracle_projection oracle_ring oracle_truth
  mutants_mutants timing_timing run_watched_run fuzz_campaign fuzz_confirm fuzz_region fuzz_shrink
  cli_threads)

if(CONVICT_SANITIZE_THREADS)
  add_custom_target(tests_with_threads)
endif()

# convict_tried_with_threads(TEST PROGRAM): marks the test if it is one of them.
function(convict_tried_with_threads test program)
  if(NOT test IN_LIST tests_with_threads)
    return()
  endif()
  set_property(TEST ${test} APPEND PROPERTY LABELS threads)
  if(CONVICT_SANITIZE_THREADS)
    add_dependencies(tests_with_threads ${program} test_plugins)
    set_property(TEST ${test} APPEND PROPERTY ENVIRONMENT
                 "TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1" OPENBLAS_NUM_THREADS=1)
  endif()
endfunction()
