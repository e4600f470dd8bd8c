# SPDX-License-Identifier: Apache-2.0
"""Kernels of users, in C, C++, CUDA and Python."""

import functools
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from case import Case, CONVICT, PLUGINS, convict


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
        text = self.expect(0, "new-kernel", "mine", "--language", "cuda").stdout
        conform = ["convict", "conform", "--kernel", "./mine.so"]
        build = text.split("By hand: ")[1].split()
        build[0] = shutil.which("nvcc") or "/usr/local/cuda/bin/nvcc"
        self.run_here(build)
        self.assertIn("  convict conform --kernel ./mine.cu\n", text)
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

    def test_a_string_that_convolve_returns_is_a_refusal(self):
        self.script("def convolve(p, x, w, y):\n    y[...] = 7\n    return 'no tile for it'\n")
        self.expect(2, "replay", "--kernel", "./mine.py", "c1_i5_k1_f3/forward/f32",
                    says="refused in run: no tile for it")
        self.expect(2, "conform", "--kernel", "./mine.py", "--cases", "30", "--pass", "forward", "--precision", "f32",
                    says="was never called: ")

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

    def test_scripts_make_every_claim(self):
        kernel = "def convolve(p, x, w, y): pass\n"
        self.script("claims = {'arithmetic': 'winograd', 'winograd_tile': 4, 'winograd_taps': 3, 'transform_axes': [1, 2],"
                    " 'transform_fallback': 'that_axis', 'accumulator': 'f16', 'input_rounding': 'tf32',"
                    " 'accumulation_depth': 9, 'truncating_adds': True, 'truncation_block': 4, 'flush_to_zero': True,"
                    " 'denormals_are_zero': True, 'nondeterministic': False, 'bits_depend_on_threads': True,"
                    " 'required_alignment': 4, 'over_read': 2}\n" + kernel)
        self.expect(0, "list", "--kernel", "./mine.py",
                    says="Winograd F(4,3), along axes 1 and 2, axis by axis where it can, accumulates in f16, rounds inputs to tf32, "
                         "depth 9, truncating adds, flushes to zero, denormals are zero, bits depend on threads, aligned to 4, "
                         "reads 2 past the end")
        for claims, words in (("{'tile': 4}", ["'tile'", "winograd_tile"]),
                              ("{'arithmetic': 'fast'}", ["arithmetic 'fast'", "direct, winograd, fft"]),
                              ("{'over_read': -1}", ["over_read -1", "at least 0"]),
                              ("{'flush_to_zero': 2}", ["flush_to_zero 2", "True or False"]),
                              ("{'transform_axes': [3]}", ["transform_axes [3]", "0, 1 or 2"]),
                              ("{'accumulator': 'f8'}", ["accumulator 'f8'", "bf16"]),
                              ("[]", ["claims is []", "dict"]),
                              ("{'transform_axes': [2]}", ["transform_axes 4", "CONVICT_WINOGRAD"]),
                              ("{'nondeterministic': True}\ndeterministic = True", ["leave one of them out"])):
            self.script(f"claims = {claims}\n{kernel}")
            self.expect_one_line_error("list", "--kernel", "./mine.py", says=words)

    def test_a_script_gets_the_layouts_that_it_declares(self):
        convolve = """
def convolve(p, x, w, y):
    y[...] = 0
    for k in range(4):
        for u in range(p.filter[2]):
            for c in range(3):
                y[:, k] += w[k, 0, 0, 0, c, 0, 0, u] * x[:, c, :, :, u:u + p.output[2]]
"""
        replay = ["replay", "--kernel", "./mine.py"]
        trial = "n2_c3_i7_k4_f3/forward/f32"
        self.script('layouts = ["nhwc", "nchw:rsck:nchw"]' + convolve)
        self.expect(0, "list", "--kernel", "./mine.py", says="dense: nhwc, nchw:rsck:nchw")
        self.expect(0, *replay, trial + "/layout=nchw:rsck:nchw", says="verdict  pass")
        self.expect(2, *replay, trial, says="takes dense tensors in nhwc, nchw:rsck:nchw only")
        special = trial + "/steps=n*0.w*-1:k*-2:w*-1+2"
        self.script('special_strides = ["zero", "negative"]' + convolve)
        self.expect(0, *replay, special, says="verdict  pass")
        self.script(convolve)
        self.expect(2, *replay, special, says="takes no repeated operands")
        self.script('special_strides = ["diagonal"]' + convolve)
        self.expect_one_line_error("list", "--kernel", "./mine.py", says=["'diagonal'", "zero, negative"])

    def test_scripts_that_are_none_say_why(self):
        self.script("def convolve(p, x, w, y)\n")
        self.expect_one_line_error("list", "--kernel", "./mine.py", says=["SyntaxError", "mine.py"])
        self.script("x = 1\n")
        self.expect_one_line_error("list", "--kernel", "./mine.py", says=["no function convolve"])
        self.script("passes = 'sideways'\ndef convolve(p, x, w, y): pass\n")
        self.expect_one_line_error("list", "--kernel", "./mine.py", says=["'sideways'", "grad_input"])
        self.expect_one_line_error("list", "--kernel", "./absent.py", says=["absent.py"])


class Claims(Case):
    """One plug-in of kernels that claim as much as they can (claims.cpp), in one campaign."""

    SUITE = """
        c2_i6x6_k2_f3x3_p1/forward/f32/fill=exact
        c2_i6x6_k2_f3x3_p1/forward/f32/fill=flat
        c2_i6x6_k2_f3x3_p1/forward/f32/fill=special
        c2_i6x6_k2_f3x3_p1/forward/f32/fill=exact,guard=left
        c2_i6x6_k2_f3x3_p1/forward/f32/fill=flat,guard=right
        c300_i4x4_k1_f3x3_p1/forward/f32/fill=flat
        """

    def test_no_claim_excuses_a_wrong_answer_or_convicts_a_right_one(self):
        (self.dir / "suite.txt").write_text(self.SUITE)
        done = self.expect(1, "conform", "--kernel", PLUGINS / "claims.so", "--suite", "suite.txt", "--out", "out")
        found = {}
        for line in self.journal():
            if line["type"] == "trial":
                outcomes = found.setdefault(line["kernel"].split(":claims.")[1], [])
                outcomes.append(line["outcome"])
        self.assertEqual(len(found), 32)
        for kernel, outcomes in found.items():
            answer = kernel.split(".")[0]
            convicted = sum(outcome in ("fail", "crashed", "hung") for outcome in outcomes)
            if answer in ("nan", "infinity"):
                self.assertGreaterEqual(convicted, 5, (kernel, outcomes))
            elif answer in ("finite", "unwritten") or kernel == "evil.failure":
                self.assertGreaterEqual(convicted, 1, (kernel, outcomes))
            else:
                self.assertEqual(convicted, 0, (kernel, outcomes))
        self.assertRegex(done.stdout, r"right\.f40_3: the bound of its claims \(Winograd F\(40,3\)\) decides nothing")

    def test_words_of_a_plug_in_control_neither_a_terminal_nor_a_document(self):
        (self.dir / "suite.txt").write_text("c2_i6x6_k2_f3x3_p1/forward/f32\n")
        kernels = [option for name in ("refusal", "failure")
                   for option in ("--kernel", f"{PLUGINS / 'claims.so'}:claims.evil.{name}")]
        texts = [self.expect(1, "conform", *kernels, "--suite", "suite.txt", "--out", "out").stdout,
                 self.expect(1, "replay", *kernels[2:], "c2_i6x6_k2_f3x3_p1/forward/f32").stdout,
                 self.expect(0, "list", *kernels[:2], "--spec", "c2_i6x6_k2_f3x3_p1").stdout,
                 self.expect(1, "conform", *kernels, "--suite", "suite.txt", "--json").stdout,
                 self.expect(0, "report", "out", "--markdown", "-").stdout]
        texts += [(self.dir / "out" / name).read_text() for name in ("journal.jsonl", "junit.xml", "report.html")]
        for text in texts:
            self.assertNotRegex(text, "[\x00-\x08\x0b-\x1f\x7f-\x9f]")
            self.assertIn("[2J", text)
        self.assertNotIn("<b>x</b>", texts[-1])

    def test_what_a_file_says_is_escaped_in_errors(self):
        (self.dir / "suite.txt").write_text("c2_i6x6_k2_f3x3\x1b[2J\a/forward/f32\n")
        done = self.expect(2, "conform", "--kernel", PLUGINS / "claims.so", "--suite", "suite.txt")
        self.assertIn(r"c2_i6x6_k2_f3x3\x1b[2J\x07", done.stderr)
        self.assertNotRegex(done.stderr, "[\x00-\x08\x0b-\x1f]")
