#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tests/project/bundle.sh ARCHIVE: unpacks the bundle into a root that holds a shell, a few tools and the C and C++ libraries, and
# runs its CPU part there. 77: no archive was made, or this machine allows no such root; what is missing is said.
set -eu

archive=$1
skip() {
  echo "not run: $*"
  exit 77
}
[ -e "$archive" ] || skip "$archive is not there; cmake --workflow --preset bundle makes it"

root=$(mktemp -d)
proc_mounted=''
clean_up() {
  [ -z "$proc_mounted" ] || umount "$root/proc"
  rm -rf "$root"
}
trap clean_up EXIT

mkdir -p "$root/proc" "$root/tmp" "$root/bin" "$root/dev"
# CMake, which is here, needs no xz.
archive=$(readlink -f "$archive")
(cd "$root" && cmake -E tar -xf "$archive" && mv convict-* visit)

libraries_of() { # FILE...: what the loader finds for them
  ldd "$@" | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p' | sort -u
}
# The bundle has all that the program needs, but for the C and C++ libraries.
from_the_machine=$(libraries_of "$root/visit/bin/convict" | grep -v "^$root/" || true)
not_carried=$(printf '%s\n' "$from_the_machine" |
  grep -v -E '/(ld-linux[^/]*|lib(c|m|dl|rt|pthread|resolv|stdc\+\+|gcc_s))\.so[^/]*$' || true)
[ -z "$not_carried" ] || { printf 'the bundle lacks\n%s\n' "$not_carried"; exit 1; }
tools=''
for tool in sh dirname mkdir tee grep rm; do tools="$tools $(command -v "$tool")"; done
for tool in $tools; do cp -L "$tool" "$root/bin/"; done
# shellcheck disable=SC2086 # a list of paths
for library in $from_the_machine $(libraries_of $tools); do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done
mknod "$root/dev/null" c 1 3 2>/dev/null || : >"$root/dev/null"

if [ "$(id -u)" = 0 ]; then
  mount --bind /proc "$root/proc" 2>/dev/null || skip 'this machine allows no mounts'
  proc_mounted=yes
  set -- chroot "$root"
else
  unshare -r -m true 2>/dev/null || skip 'this machine allows neither chroot nor user namespaces'
  # shellcheck disable=SC2016 # expanded by the inner shell
  set -- unshare -r -m sh -c 'mount --rbind /proc "$0/proc" && exec chroot "$0" "$@"' "$root"
fi

"$@" /bin/sh -c 'cd /tmp && PATH=/bin /visit/run.sh --cpu --time 8 --out /tmp/results'
for result in kernels.txt conform/journal.jsonl conform/report.html bench/bench.jsonl; do
  [ -s "$root/tmp/results/$result" ] || { echo "the visit left no $result"; exit 1; }
done

echo 'and with few addresses, which programs with sanitizers cannot have, it says so at once:'
# ulimit -v in KiB, exit status, what is said
few_addresses() {
  kib=$1 wanted=$2 words=$3
  shift 3
  status=0
  said=$( (ulimit -v "$kib" && exec timeout 60 "$root/visit/bin/convict" "$@") 2>&1 >/dev/null) || status=$?
  [ "$status" = "$wanted" ] || { echo "ulimit -v $kib: convict $* ended with $status instead of $wanted: $said"; exit 1; }
  case $said in
    *"$words"*) ;;
    *) echo "ulimit -v $kib: convict $* said: $said"; exit 1 ;;
  esac
}
for kib in 60000 100000 200000; do few_addresses $kib 3 'address space is limited' list; done
few_addresses 300000 0 '' list
few_addresses 3000000 3 '600 jobs at once take' audit --jobs 600
few_addresses 1500000 0 '' conform --kernel optimized.corr_mm --cases 150 --jobs 2 --out "$root/tmp/few"

echo 'and without a GPU it says so:'
status=0
"$@" /bin/sh -c 'cd /tmp && PATH=/bin /visit/run.sh --out /tmp/gpu' || status=$?
if "$@" /bin/sh -c '/bin/grep -q "^  here  *runs" /tmp/gpu/kernels.txt'; then
  echo "a GPU is here: the visit ended with $status"
  [ "$status" -le 1 ]
else
  [ "$status" = 77 ] || { echo "run.sh ended with $status instead of 77"; exit 1; }
fi
