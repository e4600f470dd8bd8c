# SPDX-License-Identifier: Apache-2.0
"""Memory from the command line: the trials of a run together take a part of what is available."""

import json
import os
import subprocess
import time
from pathlib import Path

from case import Case, CONVICT, PLUGINS

MEMORY = PLUGINS / "memory.so"
GIBIBYTE = 1 << 30
FORWARD = ("--pass", "forward", "--precision", "f32")


def memory_of(root):
    """Bytes of `root` and the processes below it, each page once."""
    total = 0
    below = [root]
    for process in below:
        for task in os.listdir(f"/proc/{process}/task"):
            below += map(int, Path(f"/proc/{process}/task/{task}/children").read_text().split())
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


class Memory(Case):
    def peak_of(self, *arguments):
        run = subprocess.Popen([CONVICT, *map(str, arguments), "--out", "out", "--json"], cwd=self.dir,
                               stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        peak = 0
        while run.poll() is None:
            try:
                peak = max(peak, memory_of(run.pid))
            except (OSError, ValueError):
                pass  # a process ended meanwhile
            if peak > 2 * GIBIBYTE:
                run.kill()
            time.sleep(0.05)
        return peak, run.returncode

    def test_a_kernel_that_copies_huge_padding_does_not_take_the_machine(self):
        (self.dir / "padded.txt").write_text("".join(
            f"c1_i3_k2_f2_d{dilation + 1}_p{dilation}:0/forward/f32/seed={seed}\n"
            for dilation in (2**24, 2**32, 2**33, 2**40) for seed in range(4)))
        kernel = f"--kernel={MEMORY}:memory.copies_its_padding"

        peak, code = self.peak_of("conform", kernel, "--suite", "padded.txt", "--jobs", "2")

        self.assertEqual(code, 0)
        self.assertLess(peak, GIBIBYTE)
        trials = [line for line in self.journal() if line["type"] == "trial"]
        self.assertEqual([line["outcome"] for line in trials], ["pass"] * 4 + ["unsupported"] * 12)
        self.assertRegex(trials[4]["reason"], "^too large here: the kernel asks for a workspace of 17179869196 bytes")

    def test_a_kernel_that_leaks_is_found_by_a_search_and_stopped_at_the_limit(self):
        peak, code = self.peak_of("fuzz", f"--kernel={MEMORY}:memory.leaks_10_mib", *FORWARD, "--memory", "100", "--cases",
                                  "20", "--jobs", "1")

        self.assertEqual(code, 1)
        self.assertLess(peak, GIBIBYTE)
        reasons = [line["reason"] for line in self.journal() if line["type"] == "trial" and line["outcome"] == "crashed"]
        self.assertTrue(reasons)
        for reason in reasons:
            self.assertRegex(reason, r"killed at 1[0-4]\d MiB of memory")

    def test_a_small_leak_is_found_by_conform_and_its_replay(self):
        (self.dir / "small.txt").write_text("c2_i4x5_k3_f2x3/forward/f32/check=leak\n")
        done = self.expect(1, "conform", f"--kernel={MEMORY}:memory.leaks_64_kib", "--suite", "small.txt", "--out", "out")
        self.assertRegex(done.stdout, r"its memory grew by 6\d KiB a call over \d+ equal calls")
        self.expect(0, "conform", f"--kernel={MEMORY}:memory.caches_64_calls", "--suite", "small.txt", "--out", "out2")
        self.assertEqual(json.loads((self.dir / "out2/journal.jsonl").read_text().splitlines()[1])["outcome"], "pass")
