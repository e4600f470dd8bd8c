#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tests/project/consumer/bare_root.sh: builds the folders that ops needs, installs them, and moves what was installed into a
# fresh root of the same Debian that holds a compiler, CMake and what ops links, nothing else; the consumer is built and run
# there. Not one of the tests that ctest runs: it needs root, debootstrap and the mirror that apt uses, and takes minutes.
set -eu

packages=g++,cmake,ninja-build,pkg-config,libopenblas-dev,libfmt-dev
components='core reference optimized gpu ops package'

give_up() {
  echo "bare_root.sh: $*" >&2
  exit 3
}
[ "$(id -u)" = 0 ] || give_up 'a root of its own needs root'
command -v debootstrap >/dev/null || give_up 'debootstrap is missing'
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
source=$(cd "$here/../../.." && pwd)
# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
# shellcheck disable=SC2016 # apt-get fills these in
mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' |
  awk -v release="$release" '$2 == release { print $1; exit }')
[ -n "$mirror" ] || give_up "apt knows no mirror of '$release'; apt-get update may help"

work=$(mktemp -d)
clean_up() {
  # debootstrap mounts these, and leaves them when it is interrupted.
  for mounted in "$work/root/proc" "$work/root/sys"; do
    if mountpoint -q "$mounted"; then umount "$mounted" || give_up "$mounted stays mounted; $work is left there"; fi
  done
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

echo '== building and installing ops'
cmake -S "$source" -B "$work/build" -G Ninja -D CMAKE_BUILD_TYPE=Release -D CONVICT_GPU=OFF -D CONVICT_TESTS=OFF >"$work/log" ||
  { cat "$work/log"; exit 1; }
cmake --build "$work/build" --target convict_ops >"$work/log" || { cat "$work/log"; exit 1; }
for component in $components; do
  cmake --install "$work/build" --prefix "$work/prefix" --component "$component" >/dev/null
done

echo "== a root of $release with $packages"
debootstrap --variant=minbase --include="$packages" "$release" "$work/root" "$mirror" >"$work/log" ||
  { tail -n 20 "$work/log"; exit 1; }
mv "$work/prefix" "$work/root/opt/elsewhere"
mkdir "$work/root/consumer"
cp "$here/CMakeLists.txt" "$here/main.cpp" "$work/root/consumer/"

in_root() {
  echo "-- $*"
  chroot "$work/root" /usr/bin/env PATH=/usr/sbin:/usr/bin:/sbin:/bin /bin/sh -ec "$*"
}
echo '== the consumer there: CMake, without the help of pkg-config'
in_root 'cmake -S /consumer -B /by_cmake -G Ninja -D CMAKE_PREFIX_PATH=/opt/elsewhere -D COMPONENTS=ops \
  -D CMAKE_DISABLE_FIND_PACKAGE_PkgConfig=ON'
in_root 'cmake --build /by_cmake'
in_root '/by_cmake/consumer && /by_cmake/whole'
echo '== pkg-config'
# shellcheck disable=SC2016 # expanded in the root
in_root 'PKG_CONFIG_PATH=$(dirname "$(find /opt/elsewhere -name convict-ops.pc)") && export PKG_CONFIG_PATH
  arguments=$(pkg-config --static --cflags --libs convict-ops) && echo "$arguments"
  g++ -std=c++20 /consumer/main.cpp $arguments -o /by_pkg_config && /by_pkg_config'
echo '== what is missing is said'
in_root 'if cmake -S /consumer -B /missing -G Ninja -D CMAKE_PREFIX_PATH=/opt/elsewhere -D COMPONENTS=reports >/log 2>&1
  then cat /log; exit 1; fi
  grep -A 1 "has no component .reports." /log'
echo 'bare_root.sh: passed'
