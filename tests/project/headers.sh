#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# headers.sh ROOT LIST COMPILER [FLAG...]
# Every header of the project compiles alone, without warnings. LIST holds those that are installed, one path from ROOT a line; it must
# name every header in the folders that hold installed ones, and the headers of the tests are added to it. Headers for
# CUDA's compiler (.cuh, and those that include one) are compiled by the host's after the tests' definitions of __global__
# and the like. What needs CUDA's own headers is counted, not compiled, where there are none.
set -eu

root=$1 list=$2
shift 2
cd "$root"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# shellcheck disable=SC2046 # folder names without blanks
# (emulation/device is built on users' machines, with their kernels, and not installed)
find $(sed 's,/.*,,' "$list" | sort -u) -path emulation/device -prune -o \
  \( -name '*.hpp' -o -name '*.h' -o -name '*.cuh' \) -print | sort >"$work/found"
sort "$list" | comm -3 - "$work/found" >"$work/different"
if [ -s "$work/different" ]; then
  echo "headers: the list of installed headers and the files differ (left: only in the list, right: only a file):"
  cat "$work/different"
  exit 1
fi
find tests -path tests/project/consumer -prune -o -name '*.hpp' -print >>"$work/found"
[ "$(wc -l <"$work/found")" -gt 100 ] || { echo "headers: only $(wc -l <"$work/found") found under $root"; exit 1; }

cat >"$work/compile" <<'END'
#!/bin/sh
# compile OUT HEADER COMPILER FLAGS...
out=$1 header=$2
shift 2
prelude=''
case $header in
  */dynamic_shared.cuh) # declares what only a device has
    echo "$header" >>"$out/device_only"
    exit 0 ;;
esac
case $header in *.cuh) prelude=yes ;; esac
if grep -q '^#include "[^"]*[.]cuh"' "$header"; then prelude=yes; fi
{
  [ -z "$prelude" ] || echo '#include "tests/gpu/cuda_on_cpu.hpp"'
  echo "#include \"$header\""
} | "$@" ${prelude:+-Wno-unknown-pragmas} -fsyntax-only -I. -x c++ - >"$out/$$" 2>&1 && ! [ -s "$out/$$" ] && exit 0
if [ "${WITHOUT_CUDA-}" ] && grep -qE 'fatal error: (cuda|cublas|cudnn)[a-z_]*[.]h' "$out/$$"; then
  echo "$header" >>"$out/needs_cuda"
else
  { echo "$header:"; cat "$out/$$"; } >>"$out/failed"
fi
END
chmod +x "$work/compile"
xargs -P "$(nproc)" -I '{}' "$work/compile" "$work" '{}' "$@" <"$work/found"

for reason in device_only needs_cuda; do
  [ ! -e "$work/$reason" ] || echo "not compiled ($reason): $(wc -l <"$work/$reason") headers:" "$(tr '\n' ' ' <"$work/$reason")"
done
if [ -e "$work/failed" ]; then
  cat "$work/failed"
  echo "headers: these do not compile alone: $(grep -c ':$' "$work/failed")"
  exit 1
fi
echo "$(wc -l <"$work/found") headers compile alone"
