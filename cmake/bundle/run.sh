#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ./run.sh [--out DIR] [--time S] [--engines] [--cpu]: tries every GPU kernel of convict on this machine's GPU, then times them.
# Results are written to DIR as they come, so that an interrupted run still has them. --cpu tries the CPU kernels instead,
# which shows that the bundle works on a machine without a GPU. --engines also tries each engine of cuDNN.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
out=$PWD/convict-visit
seconds=600
device=gpu
engines=''

usage() {
  printf 'usage: %s [--out DIR] [--time SECONDS] [--engines] [--cpu]\n' "$0" >&2
  exit 2
}

while [ $# -gt 0 ]; do
  case $1 in
    --out) [ $# -ge 2 ] || usage; out=$2; shift 2 ;;
    --time) [ $# -ge 2 ] || usage; seconds=$2; shift 2 ;;
    --engines) engines=yes; shift ;;
    --cpu) device=cpu; shift ;;
    *) usage ;;
  esac
done

say() { printf '== %s\n' "$*"; }

# cuBLAS and cuDNN are searched in the folders of the Python wheels, of the CUDA toolkit and of the dynamic loader.
add_library_folder() {
  if [ -d "$1" ]; then
    LD_LIBRARY_PATH=$1${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    export LD_LIBRARY_PATH
  fi
}

find_cuda_libraries() {
  add_library_folder "${CUDA_HOME:-/usr/local/cuda}/lib64"
  python=$(command -v python3 || true)
  [ -n "$python" ] || return 0
  "$python" -c 'import site, sys; print("\n".join(site.getsitepackages() + [site.getusersitepackages()] + sys.path))' \
    2>/dev/null >"$out/site-packages" || return 0
  while IFS= read -r folder; do
    add_library_folder "$folder/nvidia/cudnn/lib"
    add_library_folder "$folder/nvidia/cu13/lib"
  done <"$out/site-packages"
  rm -f "$out/site-packages"
}

convict() { "$here/bin/convict" "$@"; }

# The first call of a process loads cuDNN's kernels, which takes time and the host's memory.
limits='--timeout 120 --memory 32768'

# Exit status of a step: 0 nothing found, 1 findings; anything else ends the script.
worst=0
step() {
  status=0
  "$@" || status=$?
  case $status in
    0) ;;
    1) worst=1 ;;
    *) exit "$status" ;;
  esac
}

if [ -e "$out" ]; then
  printf '%s exists; give another --out\n' "$out" >&2
  exit 2
fi
mkdir -p "$out"
[ "$device" = cpu ] || find_cuda_libraries

say 'environment'
convict list --device "$device" | tee "$out/kernels.txt"
if [ "$device" = gpu ] && ! grep -q '^  here  *runs' "$out/kernels.txt"; then
  printf 'No GPU kernel can run here: the reasons are above.\n' >&2
  exit 77
fi

say "correctness: the conformance suite, $seconds s at most"
# shellcheck disable=SC2086 # options
step convict conform --device "$device" $limits --time "$seconds" --out "$out/conform"

if [ "$device" = gpu ]; then
  convict list --device-description >"$out/device.json" || rm -f "$out/device.json"
  for suite in resnet50 unet3d cudnn_faults; do
    say "correctness: $suite"
    # shellcheck disable=SC2086
    step convict conform --device gpu --suite "$suite" $limits --time "$seconds" --out "$out/conform-$suite"
  done
  # One after the other: every kernel under test has a process that takes some of the device's memory.
  index=0
  while [ -n "$engines" ] && [ "$index" -lt 85 ]; do
    for kernel in "gpu.cudnn.engine$index" "gpu.cudnn.tensor_core.engine$index"; do
      say "correctness: $kernel"
      # shellcheck disable=SC2086
      convict conform --kernel "$kernel" --suite edge $limits --out "$out/conform-$kernel" || status=$?
      [ "${status:-0}" != 1 ] || worst=1
      status=0
    done
    index=$((index + 1))
  done
  if command -v compute-sanitizer >/dev/null 2>&1; then
    say 'correctness under compute-sanitizer: the first cases'
    for tool in memcheck racecheck initcheck synccheck; do
      # shellcheck disable=SC2086
      step compute-sanitizer --tool "$tool" --error-exitcode 1 --target-processes all \
        "$here/bin/convict" conform --device gpu --cases 200 --jobs 1 $limits --out "$out/conform-$tool"
    done
  else
    say 'not run: compute-sanitizer is not on this machine'
  fi
  for suite in resnet50 unet3d; do
    say "speed: $suite"
    batch=256
    [ "$suite" = resnet50 ] || batch=2
    step convict bench --device gpu --suite "$suite" --batch "$batch" --against 'gpu.cudnn*' --out "$out/bench-$suite"
  done
else
  say 'speed: two seconds of it'
  step convict bench --kernel optimized.corr_mm --suite alexnet --pass forward --precision f32 --time 0.1 \
    --out "$out/bench"
fi

say "done: $out"
exit "$worst"
