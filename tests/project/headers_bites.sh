#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# headers_bites.sh ROOT LIST COMPILER [FLAG...]
# headers.sh must object to a list that lacks a header, to one that names a header too many, and to a header that does not
# compile alone.
set -eu

root=$1 list=$2
shift 2
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "headers_bites: $*"
  exit 1
}
rejects() { # WHAT PATTERN ROOT LIST FLAGS...: it must fail and say so
  what=$1 pattern=$2
  shift 2
  if "$here/headers.sh" "$@" >"$work/said" 2>&1; then fail "$what was accepted: $(cat "$work/said")"; fi
  grep -q "$pattern" "$work/said" || fail "$what was not rejected in words: $(cat "$work/said")"
}

removed=$(sed -n '7p' "$list")
sed '7d' "$list" >"$work/shorter"
rejects "a list without $removed" "$removed" "$root" "$work/shorter" "$@"
{ cat "$list"; echo core/imagined.hpp; } >"$work/longer"
rejects 'a list with a header that does not exist' 'core/imagined.hpp' "$root" "$work/longer" "$@"

# A tree of many small headers, one of which needs another to be included first.
mkdir -p "$work/tree/core" "$work/tree/tests"
for i in $(seq 1 120); do printf '#pragma once\nint f%d();\n' "$i" >"$work/tree/core/h$i.hpp"; done
(cd "$work/tree" && find core -name '*.hpp') >"$work/small"
"$here/headers.sh" "$work/tree" "$work/small" "$@" >"$work/said" 2>&1 || fail "good headers were rejected: $(cat "$work/said")"
printf '#pragma once\ninline std::string g() { return {}; }\n' >"$work/tree/core/h7.hpp"
rejects 'a header that lacks an include' '^core/h7.hpp:' "$work/tree" "$work/small" "$@"
echo 'a missing, an imagined and a dependent header were rejected'
