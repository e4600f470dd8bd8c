#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every source says its licence: an SPDX line near its start.
set -eu
cd "$(dirname "$0")/../.."
without=$(git ls-files '*.cpp' '*.hpp' '*.h' '*.c' '*.cu' '*.cuh' '*.py' '*.sh' '*.cmake' '*.js' '*.css' '*CMakeLists.txt' convictw .ci/run .ci/tidy |
  while IFS= read -r file; do
    head -n 4 "$file" | grep -q 'SPDX-License-Identifier: Apache-2[.]0' || echo "$file"
  done)
[ -z "$without" ] || { echo "no SPDX-License-Identifier: Apache-2.0 in the first lines of:"; echo "$without"; exit 1; }
