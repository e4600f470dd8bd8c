# SPDX-License-Identifier: Apache-2.0
"""Kernels of users, in C, C++, CUDA and Python."""

import functools
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from case import Case, CONVICT, convict


def commands_of(text):
    """The commands that convict printed, indented by two blanks, ready to be run."""
    lines = [shlex.split(line) for line in text.splitlines() if line.startswith("  ")]
    return [[CONVICT] + words[1:] if words[0] == "convict" else words for words in lines]


@functools.cache
def has_python():
    """Whether this convict was built with Python."""
    return Path(CONVICT).with_name("python_kernel.so").exists()


class NewKernel(Case):
    def made(self, name, *arguments):
        return commands_of(self.expect(0, "new-kernel", name, *arguments, says="right but slow").stdout)

    def run_here(self, command):
        done = subprocess.run(command, cwd=self.dir, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, f"{command}: {done.stdout}{done.stderr}")
        return done.stdout

    def test_a_skeleton_in_c_and_cpp_builds_and_passes_as_printed(self):
        for language, suffix in {"c": "c", "c++": "cpp"}.items():
            build, conform = self.made("mine", "--language", language, "--out", f"a folder/{suffix}")
            self.run_here(build[:1] + ["-Wall", "-Wextra", "-Werror"] + build[1:])
            text = self.run_here(conform + ["--cases", "200"])
            self.assertRegex(text, r"1 kernel, [1-9]\d* trials run: no finding")
            self.assertIn("mine.forward", text)
            source = (self.dir / f"a folder/{suffix}/mine.{suffix}").read_text()
            self.assertNotIn("direct.", source)
            self.assertNotIn("<prefix>", source)

    def test_a_skeleton_in_cuda_builds_and_runs_or_says_why_not(self):
        if shutil.which("nvcc") is None and not Path("/usr/local/cuda/bin/nvcc").exists():
            self.skipTest("there is no nvcc")
        build, conform = self.made("mine", "--language", "cuda")
        build[0] = shutil.which("nvcc") or "/usr/local/cuda/bin/nvcc"
        self.run_here(build)
        done = convict("replay", "--kernel", "./mine.so", "c1_i5_k1_f3/forward/f32", cwd=self.dir)
        if "unsupported" in done.stdout:
            self.assertRegex(done.stdout, "verdict  unsupported[^\n]*\nreason   no CUDA device")
        else:
            self.run_here(conform + ["--cases", "200"])

    def test_a_script_in_python_passes_as_printed(self):
        if not has_python():
            self.skipTest("built without Python")
        (conform,) = self.made("mine", "--language", "python")
        text = self.run_here(conform + ["--cases", "600"])
        self.assertRegex(text, r"1 kernel, [1-9]\d* trials run: no finding")
        self.assertIn("./mine.py:mine.convolve", text)

    def test_nothing_is_overwritten_and_names_are_checked(self):
        self.made("mine")
        (self.dir / "mine.c").write_text("my work")
        self.expect_one_line_error("new-kernel", "mine", says=["mine.c exists"])
        self.assertEqual((self.dir / "mine.c").read_text(), "my work")
        for name in ("my-kernel", "7up", "", "a/b", "x" * 65):
            self.expect_one_line_error("new-kernel", name, says=[f"NAME '{name}'"])
        self.expect_one_line_error("new-kernel", "mine", "--language", "fortran", says=["fortran", "cuda"])


class PythonKernel(Case):
    def setUp(self):
        super().setUp()
        if not has_python():
            self.skipTest("built without Python")

    def script(self, text):
        (self.dir / "mine.py").write_text(text)

    def test_errors_are_failures_with_their_line(self):
        self.script("def convolve(p, x, w, y):\n    return 1 / 0\n")
        self.expect(1, "replay", "--kernel", "./mine.py", "c1_i5_k1_f3/forward/f32",
                    says="ZeroDivisionError: division by zero (line 2 of mine.py)")

    def test_inputs_are_read_only_and_sys_exit_is_no_way_out(self):
        self.script("def convolve(p, x, w, y):\n    x[0] = 1\n")
        self.expect(1, "replay", "--kernel", "./mine.py", "c1_i5_k1_f3/forward/f32", says="read-only")
        self.script("import sys\ndef convolve(p, x, w, y):\n    sys.exit(0)\n")
        self.expect(1, "replay", "--kernel", "./mine.py:mine.convolve", "c1_i5_k1_f3/forward/f32", says="SystemExit")

    def test_gradients_and_refusals_are_the_scripts_own(self):
        self.script("""
import numpy as np
passes, precisions = ["grad_weights"], ["f64", "f16"]
def refuses(p):
    return None if (p.rank, p.stride, p.pad_before, p.groups) == (1, (1, 1, 1), (0, 0, 0), 1) else "too hard"
def convolve(p, x, w, y):
    for u in range(p.filter[2]):
        w[:, 0, 0, 0, :, 0, 0, u] = np.einsum("nko,nco->kc", y[:, :, 0, 0].astype(float),
                                              x[:, :, 0, 0, u:u + p.output[2]].astype(float))
""")
        for precision in ("f64", "f16"):
            self.expect(0, "replay", "--kernel", "./mine.py", f"n2_c3_i7_k4_f3/grad_weights/{precision}",
                        says="verdict  pass")
        self.expect(2, "replay", "--kernel", "./mine.py", "n2_c3_i7_k4_f3_s2/grad_weights/f64", says="too hard")
        self.expect(2, "replay", "--kernel", "./mine.py", "n2_c3_i7_k4_f3/forward/f64", says="does not compute forward")

    def test_a_script_makes_every_claim_that_a_kernel_in_c_can(self):
        self.script("""
arithmetic, winograd_tile, winograd_taps = "winograd", 2, 3
accumulator, input_rounding = "f64", "tf32"
accumulation_depth, truncation_block, required_alignment, over_read = 12, 4, 8, 3
truncating_adds = flush_to_zero = denormals_are_zero = deterministic = True
any_strides = False
def convolve(p, x, w, y): pass
""")
        text = self.expect(0, "list", "--kernel", "./mine.py").stdout
        for words in ("tf32", "12", "8", "3"):
            self.assertIn(words, text)
        # Rounded to bf16 and claimed: right where a kernel without that claim is wrong.
        rounds = """
import numpy as np
def narrow(a):
    bits = np.ascontiguousarray(a).view(np.uint32)
    return ((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000).astype(np.uint32).view(np.float32)
def convolve(p, x, w, y):
    y[...] = p.alpha * np.einsum("nc,kc->nk", narrow(x[:, :, 0, 0, 0]), narrow(w[:, 0, 0, 0, :, 0, 0, 0]))[:, :, None, None, None]
"""
        trial = "n2_c5_i1_k4_f1/forward/f32/fill=flat"
        self.script(rounds)
        self.expect(1, "replay", "--kernel", "./mine.py", trial, says="verdict  fail")
        self.script("input_rounding = 'bf16'\n" + rounds)
        self.expect(0, "replay", "--kernel", "./mine.py", trial, says="verdict  pass")

    def test_claims_that_are_none_say_why(self):
        for claim, words in {"accumulator = 'f80'": ["accumulator is 'f80'", "f16a16"],
                             "arithmetic = 'karatsuba'": ["arithmetic is 'karatsuba'", "winograd"],
                             "accumulation_depth = -1": ["accumulation_depth is -1", "at least 0"],
                             "over_read = True": ["over_read is True", "whole number"],
                             "flush_to_zero = 1": ["flush_to_zero is 1", "True or False"]}.items():
            self.script(claim + "\ndef convolve(p, x, w, y): pass\n")
            self.expect_one_line_error("list", "--kernel", "./mine.py", says=words)

    def test_scripts_that_are_none_say_why(self):
        self.script("def convolve(p, x, w, y)\n")
        self.expect_one_line_error("list", "--kernel", "./mine.py", says=["SyntaxError", "mine.py"])
        self.script("x = 1\n")
        self.expect_one_line_error("list", "--kernel", "./mine.py", says=["no function convolve"])
        self.script("passes = 'sideways'\ndef convolve(p, x, w, y): pass\n")
        self.expect_one_line_error("list", "--kernel", "./mine.py", says=["'sideways'", "grad_input"])
        self.expect_one_line_error("list", "--kernel", "./absent.py", says=["absent.py"])
