# SPDX-License-Identifier: Apache-2.0
"""Kernels that attack the run from the command line: it goes on, names them, and leaves no process."""

import os
import subprocess
import time
import uuid
from pathlib import Path

from case import Case, CONVICT, PLUGINS

HOSTILE = PLUGINS / "hostile.so"
SIGNALS = "sent a signal to a process that is not its own"
# kernel: its outcome, and what is said of it
ENDS = {
    "stops_its_parent": ("crashed", SIGNALS),
    "stops_the_program": ("crashed", SIGNALS),
    "kills_the_program": ("crashed", SIGNALS),
    "signals_every_process": ("crashed", SIGNALS),
    "stops_its_parent_unseen": ("crashed", "stopped the process that started it"),
    "stops_its_parent_unseen_and_exits": ("crashed", "stopped the process that started it"),
    "starts_a_daemon_and_kills_its_parent_unseen": ("crashed", "killed the process that started it"),
    "starts_a_daemon_and_faults": ("crashed", "signal 11"),
    "starts_a_daemon_and_loops": ("hung", "no answer within"),
    "stops_itself": ("hung", "no answer within"),
}


def marked(mark):
    """The living processes that have the mark in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (process / "environ").read_bytes():
                found.append(int(process.name))
        except OSError:
            pass  # it has ended, or is another user's
    return found


class Ends(Case):
    def run_marked(self, *arguments):
        """The run, which must end by itself, and the processes that it left."""
        mark = f"{uuid.uuid4()}"
        done = subprocess.run([CONVICT, *map(str, arguments)], capture_output=True, text=True, cwd=self.dir, timeout=120,
                              stdin=subprocess.DEVNULL, env=os.environ | {"CONVICT_MARK": mark})
        self.assertEqual(marked(mark), [], f"{arguments}: left processes")
        return done

    def kernels(self):
        return [f"--kernel={HOSTILE}:hostile.{name}" for name in ENDS]

    def judgements(self):
        lines = [line for line in self.journal() if line["type"] == "trial"]
        self.assertEqual(self.journal()[-1]["type"], "end")
        return {kernel: [line for line in lines if line["kernel"] == kernel] for kernel in {line["kernel"] for line in lines}}

    def test_a_suite_goes_on_and_names_what_each_kernel_did(self):
        (self.dir / "small.txt").write_text("c2_i4_k3_f2/forward/f32\nc2_i5_k3_f2/forward/f32\n")

        done = self.run_marked("conform", *self.kernels(), f"--kernel={PLUGINS / 'direct.so'}", "--suite", "small.txt",
                               "--timeout", "0.5", "--out", "out")

        self.assertEqual(done.returncode, 1, done.stderr)
        judged = self.judgements()
        for name, (outcome, words) in ENDS.items():
            lines = judged[f"{HOSTILE}:hostile.{name}"]
            self.assertEqual([line["outcome"] for line in lines], [outcome] * 2, name)
            self.assertIn(words, lines[0]["reason"])
        self.assertEqual([line["outcome"] for line in judged[f"{PLUGINS / 'direct.so'}:direct.forward"]], ["pass"] * 2)
        self.assertTrue((self.dir / "out/report.html").exists())

    def test_a_search_goes_on_and_names_what_each_kernel_did(self):
        done = self.run_marked("fuzz", *self.kernels(), f"--kernel={PLUGINS / 'direct.so'}", "--cases", "10", "--timeout",
                               "0.2", "--pass", "forward", "--precision", "f32", "--out", "out")

        self.assertEqual(done.returncode, 1, done.stderr)
        judged = self.judgements()
        for name, (outcome, words) in ENDS.items():
            reasons = [line["reason"] for line in judged[f"{HOSTILE}:hostile.{name}"] if line["outcome"] == outcome]
            self.assertTrue(any(words in reason for reason in reasons), f"{name}: {reasons}")

    def test_a_replay_ends_soon_after_the_time_limit(self):
        for name in ("starts_a_daemon_and_loops", "stops_its_parent_unseen_and_exits", "stops_itself"):
            begin = time.monotonic()
            done = self.run_marked("replay", f"--kernel={HOSTILE}:hostile.{name}", "c1_i4_k1_f2/forward/f32", "--timeout",
                                   "0.5")
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(ENDS[name][1], done.stdout)
            self.assertLess(time.monotonic() - begin, 15)  # 5 s after the limit, on a machine that is busy

    def test_a_kill_leaves_no_process(self):
        mark = f"{uuid.uuid4()}"
        command = [CONVICT, "fuzz", f"--kernel={HOSTILE}:hostile.starts_a_daemon_and_loops", "--timeout", "60", "--out", "out"]
        run = subprocess.Popen(command, cwd=self.dir, stdout=subprocess.DEVNULL, env=os.environ | {"CONVICT_MARK": mark})
        deadline = time.monotonic() + 60
        while len(marked(mark)) < 4 and time.monotonic() < deadline:  # convict, fork server, worker, daemon
            time.sleep(0.02)
        self.assertGreaterEqual(len(marked(mark)), 4)
        run.kill()
        run.wait()
        deadline = time.monotonic() + 20
        while marked(mark) and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(marked(mark), [])
