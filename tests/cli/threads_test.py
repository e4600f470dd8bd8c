# SPDX-License-Identifier: Apache-2.0
"""Runs with several jobs and threads, for ThreadSanitizer: it ends the program with exit code 66 at the first race."""

from case import Case, convict, PLUGINS

BUILT_IN = ["--kernel=reference.direct", "--kernel=optimized.corr_mm"]
PLUG_INS = [f"--kernel={PLUGINS / name}" for name in ("direct.so", "faulty.so")]
SELECTION = ["--pass", "forward", "--precision", "f32", "--jobs", "4"]


class Threads(Case):
    def expect_no_race(self, code, *arguments):
        done = convict(*arguments, *SELECTION, "--out", "out", cwd=self.dir)
        self.assertNotIn("ThreadSanitizer", done.stderr)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)

    def test_a_suite_with_four_jobs(self):
        (self.dir / "suite.txt").write_text("".join(
            f"c2_i6x5_k3_f3x2_d2/forward/f32/fill=flat,seed={seed},threads=3\n" for seed in range(60)))
        self.expect_no_race(1, "conform", *BUILT_IN, *PLUG_INS, "--suite", "suite.txt")

    def test_a_suite_in_workers(self):
        self.expect_no_race(0, "conform", "--sandbox", *BUILT_IN, "--suite", "edge", "--cases", "60")

    def test_a_search_with_four_jobs(self):
        self.expect_no_race(1, "fuzz", *BUILT_IN, PLUG_INS[1], "--cases", "100")
