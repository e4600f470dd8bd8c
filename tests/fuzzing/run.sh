#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/fuzzing/run.sh [--seconds S | --runs N] [--fast] [--keep DIR] [TARGET...]
# Builds the fuzzers with clang's libFuzzer and sanitizers (the preset fuzzing), and lets each search for S seconds (default
# 60) or N executions, from the corpus in the tree. Installs clang where it is missing. Inputs that reach new code are kept in
# DIR (build/fuzzing/found), from which the next run goes on; findings are there, too, as TARGET-crash-*, -leak-*, ...
# --fast leaves the sanitizers out, for many executions: go on with a run without it, which tries what was kept under them.
#   tests/fuzzing/run.sh                          # every target, a minute each
#   tests/fuzzing/run.sh --runs 4000000 spec      # one target, by executions
# Exit status: 0 nothing found, 1 findings, 2 usage, 3 clang or the build is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/tests/fuzzing

limit=-max_total_time=60 kept=$PWD/build/fuzzing/found build=build/fuzzing sanitize=ON targets=''
while [ $# -gt 0 ]; do
  case $1 in
    --seconds) limit=-max_total_time=${2:?--seconds needs a number}; shift ;;
    --runs) limit=-runs=${2:?--runs needs a number}; shift ;;
    --fast) build=build/fuzzing-fast sanitize=OFF ;;
    --keep) kept=${2:?--keep needs a folder}; shift ;;
    -h | --help) sed -n '3,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    -*) echo "run.sh: unknown option '$1'; run.sh --help lists them" >&2; exit 2 ;;
    *)
      [ -e "$here/$1_target.cpp" ] || { echo "run.sh: there is no $1_target.cpp in $here" >&2; exit 2; }
      targets="$targets $1" ;;
  esac
  shift
done
if [ -z "$targets" ]; then
  for file in "$here"/*_target.cpp; do
    name=${file##*/}
    targets="$targets ${name%_target.cpp}"
  done
fi

if ! command -v clang++ >/dev/null; then
  echo 'run.sh: installing clang libclang-rt-dev libomp-dev' >&2
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends clang libclang-rt-dev libomp-dev; } >&2 ||
    { echo 'run.sh: clang is not installed' >&2; exit 3; }
fi
mkdir -p build "$kept"
# shellcheck disable=SC2046,SC2086 # lists of words
{ cmake --preset fuzzing -B "$build" -D CONVICT_SANITIZE=$sanitize &&
  cmake --build "$build" --target $(printf 'fuzz_%s ' $targets); } >"$build.log" 2>&1 ||
  { tail -n 30 "$build.log" >&2; echo "run.sh: the build failed (all of it in $build.log)" >&2; exit 3; }

# The longest input of a target, in bytes: parsers of one line need few, files more.
longest() {
  case $1 in
    spec | trial | printable) echo 200 ;;
    plugin_table | suite) echo 800 ;;
    *) echo 4000 ;;
  esac
}
stat() { sed -n "s/^stat::$1: *//p" "$2"; }

# An input may take a second, and a GiB of memory.
search() {
  "$build/tests/fuzzing/fuzz_$1" "$limit" -max_len="$(longest "$1")" -timeout=5 -report_slow_units=1 -rss_limit_mb=1024 \
    -malloc_limit_mb=1024 -print_final_stats=1 -artifact_prefix="$kept/$1-" "$kept/$1" "$here/corpus/$1" >"$2" 2>&1 </dev/null
}

# driver.cpp tries whole files (tests/fuzzing/CMakeLists.txt says why); about 500 a second.
drive() {
  case $limit in
    -runs=*) runs=${limit#-runs=} ;;
    *) runs=$((${limit#-max_total_time=} * 500)) ;;
  esac
  seed=$(date +%s)
  (cd "$kept" && "$here/../../$build/tests/fuzzing/fuzz_$1" "$here/corpus/$1" "$runs" "$seed") >"$2" 2>&1 </dev/null ||
    { mv "$kept/fuzz_$1.input" "$kept/$1-crash-$seed"; return 1; }
  echo "stat::number_of_executed_units: $runs" >>"$2"
}

status=0
printf '%-14s %12s %10s %10s %8s %10s  %s\n' target executions 'a second' inputs 'code' 'peak MiB' findings
for target in $targets; do
  mkdir -p "$kept/$target"
  log=$kept/$target.log
  if [ "$target" = hdf5 ]; then
    drive "$target" "$log" || status=1
  else
    search "$target" "$log" || status=1
  fi
  found=$(find "$kept" -maxdepth 1 -name "$target-*" -newer "$build.log" | wc -l)
  [ "$found" = 0 ] || status=1
  code=$(sed -n 's/^#.*cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
  printf '%-14s %12s %10s %10s %8s %10s  %s\n' "$target" "$(stat number_of_executed_units "$log")" \
    "$(stat average_exec_per_sec "$log")" "$(find "$kept/$target" -type f | wc -l)" "${code:--}" "$(stat peak_rss_mb "$log")" "$found"
done
if [ "$status" != 0 ]; then
  echo "run.sh: findings; see $kept/TARGET.log, and try again with $build/tests/fuzzing/fuzz_TARGET INPUT" >&2
fi
exit "$status"
