#!/bin/sh
# keep_ptxas_report.sh COMPILER ARGUMENTS...: compiles, and keeps in OBJECT.ptxas what ptxas says of
# each kernel's registers, memory and spills, which the build has no use for and a test does.
previous=
for argument; do
  if [ "$previous" = -o ]; then report=$argument.ptxas; fi
  previous=$argument
done
"$@" -Xptxas=-v 2>"$report"
status=$?
grep -v -e '^ptxas info ' -e 'bytes stack frame, ' "$report" >&2
exit $status
