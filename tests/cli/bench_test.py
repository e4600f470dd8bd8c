# SPDX-License-Identifier: Apache-2.0
"""Timing kernels from the command line, and kernels that cannot run here."""

import json

from case import Case, PLUGINS


class Bench(Case):
    def setUp(self):
        super().setUp()
        (self.dir / "small.txt").write_text("n2_c4_i9x8_k6_f3x3_p1\nc3_i7x7x7_k4_f3x3x3\n")

    def bench(self, code, *arguments, says=""):
        return self.expect(code, "bench", "--suite", "small.txt", "--pass", "forward", "--precision", "f32", "--time", "0.01",
                           *arguments, says=says)

    def test_every_kernel_has_a_time_or_a_reason(self):
        text = self.bench(0, "--kernel", "optimized.*", "--kernel", "reference.direct").stdout
        self.assertRegex(text, r"optimized\.corr_mm +[\d.]+ +[\d.]+ +[\d.]+ ")
        self.assertIn("optimized.corr3d_mm          not timed: ", text)
        self.assertRegex(text, r"reference\.direct +2 problems  geomean [\d.]+ of the fastest, worst ")

    def test_lines_of_json_hold_every_time(self):
        text = self.bench(0, "--kernel", "optimized.corr_mm", "--kernel", "reference.direct", "--json",
                          "--against", "optimized.*", "--out", "out").stdout
        first = json.loads(text.splitlines()[0])
        self.assertEqual((self.dir / "out/bench.jsonl").read_text(), text)
        self.assertEqual(first["baseline"], "optimized.corr_mm")
        self.assertGreaterEqual(len(first["finishes"][1]["times_ms"]), 7)
        self.expect_one_line_error("bench", "--suite", "small.txt", "--kernel", "reference.direct", "--out", "out",
                                   says=["out/bench.jsonl exists"])

    def test_wrong_input_is_an_error_before_any_work(self):
        error = self.expect_one_line_error
        error("bench", "--suite", "nowhere.txt", says=["nowhere.txt"])
        error("bench", "--against", "optimised.*", "--kernel", "optimized.*", says=["--against optimised.*"])
        error("bench", "--kernel", PLUGINS / "direct.so", says=["is a plug-in"])
        error("bench", "--precision", "f33", says=["f33"])
        error("bench", "--time", "0", says=["--time 0 must be positive"])
        error("bench", "--batch", "-1", says=["--batch -1 must be 1 to 2^63 - 1"])
        done = self.bench(2, "--kernel", "reference.direct", "--batch", "100000000")
        self.assertIn("not timed: n100000000_c4_", done.stderr)


    def test_where_nothing_was_timed_the_reasons_are_told(self):
        (self.dir / "flat.txt").write_text("c4_i9x8_k6_f3x3\nc3_i7x7_k4_f3x3\n")
        done = self.expect(2, "bench", "--suite", "flat.txt", "--kernel", "optimized.corr3d_mm", "--pass", "forward",
                           "--precision", "f32", "--time", "0.01")
        self.assertRegex(done.stderr, r"^nothing was timed\n  2 × optimized\.corr3d_mm: \S")
        done = self.expect(2, "bench", "--suite", "flat.txt", "--kernel", "optimized.corr3d_mm", "--pass", "forward",
                           "--precision", "f16")
        self.assertIn("2 × no kernel computes forward in f16", done.stderr)


class AbsentKernels(Case):
    """Kernels for a GPU are listed in every build; without a GPU they are named, counted and left out."""

    def gpu_kernels(self):
        text = self.expect(0, "list", "--device", "gpu").stdout
        return text, "cannot run: " in text

    def test_kernels_say_why_they_cannot_run(self):
        text, absent = self.gpu_kernels()
        for name in ("gpu.corr_mm", "gpu.corr3d_mm", "gpu.cudnn", "gpu.implicit_gemm"):
            self.assertRegex(text, rf"(?m)^{name}$")
        if absent:
            self.assertRegex(text, r"(?m)^  here +cannot run: (built without CUDA|no CUDA device: )")

    def test_a_run_names_and_counts_them_and_goes_on(self):
        if not self.gpu_kernels()[1]:
            self.skipTest("a GPU is here")
        text = self.expect(0, "conform", "--kernel", "gpu.*", "--kernel", "optimized.corr_mm", "--cases", "50", "--out", "out").stdout
        self.assertIn("not run: gpu.cudnn, ", text)
        self.assertRegex(text, r"\d kernels cannot run here; see out")
        begin = json.loads((self.dir / "out/journal.jsonl").read_text().splitlines()[0])
        self.assertIn("gpu.implicit_gemm", begin["absent"])
        self.assertEqual(begin["kernels"], ["optimized.corr_mm"])
        self.assertIn("not run", (self.dir / "out/report.html").read_text())
        self.expect(0, "report", "out", says="cannot run here")

    def test_nothing_left_to_run_is_an_environment_error(self):
        if not self.gpu_kernels()[1]:
            self.skipTest("a GPU is here")
        for command in (["conform", "--device", "gpu"], ["fuzz", "--kernel", "gpu.corr_mm"], ["bench", "--kernel", "gpu.cudnn.engine0"]):
            self.expect(3, *command, says="cannot run here: ")
        self.expect(2, "conform", "--device", "tpu", says="it is cpu, gpu or emulated")
        self.expect(2, "conform", "--kernel", "optimized.*", "--device", "gpu", says="runs on a gpu")
        self.expect(3, "list", "--device-description")
