#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tests/emulation/corpus.sh CONVICT [GLOB]...: tries each kernel of tests/emulation/kernels (all, or those whose name the
# GLOBs match) on the emulated device and prints a line for each. The first line of a kernel says what must be found:
#   // expected: right            no finding
#   // expected: WORDS | WORDS    a finding in whose words one of these is
# CONVICT is the program; exit code 1 when a verdict is not the expected one.
set -u

convict=$1
shift
folder=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/kernels
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
wrong=0

# try FILE: runs the kernel; the words of its findings go to $out/words.
try() {
  rm -rf "$out/run"
  "$convict" conform --kernel "$1" --pass forward --precision f32 --cases "${CORPUS_CASES:-150}" --out "$out/run" \
    >"$out/words" 2>&1
}

one_of() { # one_of 'WORDS | WORDS': whether one of them is in the words of the findings; sets seen to the first that is
  rest="$1 | "
  while [ -n "$rest" ]; do
    seen=${rest%% | *}
    rest=${rest#* | }
    if grep '^FAIL' "$out/words" | grep -qF -- "$seen"; then return 0; fi
  done
  return 1
}

for glob in "${@:-*}"; do
  for file in "$folder"/$glob.cu; do
    [ -e "$file" ] || { echo "no kernel $glob" >&2; exit 2; }
    name=$(basename "$file" .cu)
    expected=$(sed -n '1s,^// expected: ,,p' "$file")
    try "$file"
    status=$?
    if [ "$expected" = right ] && [ $status -eq 0 ]; then
      verdict=ok seen=right
    elif [ "$expected" != right ] && [ $status -eq 1 ] && one_of "$expected"; then
      verdict=ok
    else
      verdict=BAD wrong=1
      seen="exit $status: $(grep -E '^FAIL|^convict:|error' "$out/words" | head -n 2 | tr '\n' ' ' | cut -c1-400)"
    fi
    echo "$verdict | $name | $expected | $seen"
    if [ -n "${CORPUS_KEEP:-}" ]; then cp "$out/words" "$CORPUS_KEEP/$name.txt"; fi
  done
done
exit $wrong
