# SPDX-License-Identifier: Apache-2.0
"""Our kernels for a GPU on the emulated device, right and with planted faults.

rows_test.py FAULT ... plants only these faults, `all` every one.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CONVICT = os.environ["CONVICT"]
SOURCE = Path(os.environ["CONVICT_SOURCE_DIR"])
GEMM = "gpu/implicit_gemm/kernel.cuh"

# Fault: file, what stands there, what is planted, the kernel, how many trials of the suite, words of which a finding
# must have one.
FAULTS = {
    "remainder": (GEMM, "if (row >= product.rows) continue;", "if (row > product.rows) continue;",
                  "gpu.implicit_gemm", 150, ["wrong", "behind the end", "race"]),
    "barrier": (GEMM, "staging.depth[half]);\n    __syncthreads();", "staging.depth[half]);", "gpu.implicit_gemm", 150, ["race"]),
    "split": (GEMM, "split < product.splits; ++split", "split < product.splits - (product.splits > 1); ++split",
              "gpu.implicit_gemm", 3000, ["wrong"]),
    "narrow_index": (GEMM, "of_column + index_t{row} * product.c_row;",
                     "of_column + static_cast<short>(row * product.c_row);", "gpu.implicit_gemm", 3000, ["wrong", "before"]),
    "edge": ("gpu/toeplitz/columns.hpp", "inside && g.inside_input(2, i2) ?", "inside ?", "gpu.corr_mm", 150, ["wrong"]),
}
IN_CI = ["barrier", "edge"]


class Rows(unittest.TestCase):
    planted = IN_CI

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = Path(folder.name)

    def convict(self, code, *arguments, **variables):
        done = subprocess.run([CONVICT, *map(str, arguments)], capture_output=True, text=True, cwd=self.dir,
                              timeout=1200, stdin=subprocess.DEVNULL, env={**os.environ, **variables})
        text = done.stdout + done.stderr
        self.assertEqual(done.returncode, code, text)
        return text

    def test_right_ones_are_right(self):
        text = self.convict(0, "conform", "--kernel", "*@emulated", "--cases", 120, "--out", "out")
        self.assertIn("no finding", text)
        ran = {}
        for line in (self.dir / "out/journal.jsonl").read_text().splitlines():
            entry = json.loads(line)
            if entry["type"] == "trial" and entry["calls"] > 0:
                ran[entry["kernel"]] = ran.get(entry["kernel"], 0) + 1
        self.assertEqual(set(ran), {f"gpu.{name}@emulated" for name in (
            "corr3d_mm", "corr3d_mm.tensor_core", "corr_mm", "corr_mm.tensor_core", "implicit_gemm")})
        text = self.convict(0, "replay", "--kernel", "gpu.implicit_gemm@emulated", "c3_i8x8_k4_f3x3_p1/forward/f32")
        self.assertIn("verdict  pass", text)

    def test_planted_faults_are_found(self):
        for fault in self.planted:
            with self.subTest(fault):
                self.plant(*FAULTS[fault])

    def plant(self, file, right, wrong, kernel, cases, words):
        tree = self.dir / "tree"
        shutil.rmtree(tree, ignore_errors=True)
        for folder in ("core", "gpu"):
            shutil.copytree(SOURCE / folder, tree / folder)
        text = (tree / file).read_text()
        self.assertEqual(text.count(right), 1, right)
        (tree / file).write_text(text.replace(right, wrong))
        rows = tree / "gpu/emulated/rows.cu"
        told = self.convict(1, "conform", "--kernel", f"{rows}@emulated:rows.{kernel}", "--pass", "forward",
                            "--precision", "f32", "--cases", cases, "--out", tree / "out",
                            NVCC_APPEND_FLAGS=f"-std=c++20 -I {tree}")
        findings = [line for line in told.splitlines() if line.startswith("FAIL")]
        self.assertTrue(any(word in line for line in findings for word in words), told)


if __name__ == "__main__":
    Rows.planted = [fault for asked in sys.argv[1:] for fault in (FAULTS if asked == "all" else [asked])] or IN_CI
    unittest.main(argv=sys.argv[:1], verbosity=2)
