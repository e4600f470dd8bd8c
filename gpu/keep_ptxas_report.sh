#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# keep_ptxas_report.sh COMPILER ARGUMENTS...: compiles, and writes what ptxas reports on the registers,
# memory and spills of each kernel to OBJECT.ptxas, which a test reads.
previous=
for argument; do
  if [ "$previous" = -o ]; then report=$argument.ptxas; fi
  previous=$argument
done
"$@" -Xptxas=-v 2>"$report"
status=$?
grep -v -e '^ptxas info ' -e 'bytes stack frame, ' "$report" >&2
exit $status
