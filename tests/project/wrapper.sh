#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tests/project/wrapper.sh CHECKOUT: convictw says its version and what it can do where there is nothing but sh and sed, and
# builds nothing for it.
set -eu
checkout=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

mkdir "$root/bin" "$root/cli"
cp "$checkout/convictw" "$checkout/CMakeLists.txt" "$root/"
cp "$checkout/cli/main.cpp" "$root/cli/"
for tool in sh sed dirname cat; do ln -s "$(command -v "$tool")" "$root/bin/"; done

ask() { # CODE [ARGUMENT]: what it says, if it ends with CODE
  wanted=$1
  shift
  status=0
  said=$(PATH=$root/bin "$root/convictw" "$@" 2>&1) || status=$?
  [ "$status" = "$wanted" ] || { echo "convictw $*: exit code $status instead of $wanted: $said"; exit 1; }
}
has() {
  case $said in
    *"$1"*) ;;
    *) echo "'$1' is not in: $said"; exit 1 ;;
  esac
}

ask 0 --version
version=$(sed -n 's/.*convict VERSION \([0-9.]*\).*/\1/p' "$checkout/CMakeLists.txt")
[ "$said" = "convict ${version:-?}" ] || { echo "the version is said as: $said"; exit 1; }
for asked in --help -h help; do
  ask 0 "$asked"
  has "convict $version"
  has '  test [--tsan] [CTEST ARGUMENTS]'
  has '  conform    test kernels on the conformance suite'
  has '  report     one page'
done
ask 2
has 'usage: ./convictw'
ask 3 list # needs apt, which is not here
[ ! -e "$root/build" ] || { echo 'something was built'; exit 1; }
