"""Drives the program as a user does: arguments in, text, files and exit codes out.

usage: cli_test.py CONVICT PLUGIN_DIR     (python3-h5py and python3-numpy)
"""

import functools
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import h5py
import numpy as np

CONVICT = sys.argv.pop(1)
PLUGINS = Path(sys.argv.pop(1))


def convict(*arguments, cwd=None, timeout=300):
    return subprocess.run([CONVICT, *map(str, arguments)], capture_output=True, text=True, cwd=cwd,
                          timeout=timeout, stdin=subprocess.DEVNULL)


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.dir = Path(self.folder.name)

    def expect(self, code, *arguments, says=""):
        done = convict(*arguments, cwd=self.dir)
        text = done.stdout + done.stderr
        self.assertEqual(done.returncode, code, f"{arguments}: {text}")
        self.assertIn(says, text)
        return done

    def expect_one_line_error(self, *arguments, says=()):
        done = self.expect(2, *arguments)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for words in says:
            self.assertIn(words, done.stderr)


class Help(Case):
    def test_every_command_shows_its_options_and_examples(self):
        listing = self.expect(0, "--help").stdout
        names = re.findall(r"^  ([\w-]+) ", listing, re.MULTILINE)
        self.assertEqual(names, ["conform", "fuzz", "audit", "new-kernel", "list", "show", "replay", "export", "run", "op",
                                 "dataset", "report"])
        for name in names:
            text = self.expect(0, name, "--help").stdout
            self.assertIn(f"usage: convict {name}", text)
            self.assertIn("Examples:\n  convict ", text)

    def test_no_command_or_an_unknown_one_is_a_usage_error(self):
        self.expect(2)
        self.expect_one_line_error("acquit", says=["no command 'acquit'"])
        self.expect_one_line_error("show", says=["SPEC is missing"])
        self.expect_one_line_error("conform", "--kernle", "x", says=["kernle"])
        self.expect(0, "--version", says="convict ")


class Show(Case):
    def test_derived_shapes_of_a_spec(self):
        text = self.expect(0, "show", "n2_c6_i12x9_k9_f5x6_s1x2_d2x1_p1:0x2:1_g3_flip").stdout
        self.assertTrue(text.startswith("n2_c6_i12x9_k9_f5x6_s1x2_d2x1_p1:0x2:1_g3_flip\n"))
        self.assertRegex(text, r"output +2 x 9 x 5 x 4 ")
        self.assertRegex(text, r"filters +9 x 2 x 5 x 6 ")
        # 2 * N K oH oW C/G kH kW
        self.assertIn(f"flops    {2 * 2 * 9 * 5 * 4 * 2 * 5 * 6} ", text)

    def test_malformed_specs_say_what_is_wrong_and_where(self):
        for text, words in {
            "n9999999999999999999_c1_i4_k1_f1": "batch n does not fit in 64 bits at column 2",
            "c1_i4_f1": "expected '_k'",
            "c-1_i4_k1_f1": "column 2",
            "c1_i4_k1_f1_z3": "'_z3'",
            "c1_i4_k1_f1_s0": "stride of axis 0 is 0",
            "c1_i4_k1_f9": "output extent of axis 0 is -4",
            "c4_i4_k6_f1_g4": "out_channels is 6",
            "c1_i4_k1_f1_s01": "leading zero",
        }.items():
            self.expect_one_line_error("show", text, says=[text, words])


class List(Case):
    def test_rows_and_who_takes_a_spec(self):
        self.assertIn("reference.direct\n", self.expect(0, "list").stdout)
        text = self.expect(0, "list", "--spec", "c3_i8x8x8_k4_f3x3x3").stdout
        self.assertRegex(text, r"optimized.corr_mm\n +forward +f\d+ +no: ")
        self.assertRegex(text, r"optimized.corr3d_mm\n +forward +f\d+ +yes")
        self.assertRegex(text, r"selection by the library functions[\s\S]*forward: optimized.corr3d_mm")

    def test_single_engines_of_cudnn_are_found_by_name_and_by_pattern(self):
        self.assertEqual(self.expect(0, "list", "--kernel", "gpu.cudnn.engine12").stdout.count("\ngpu."), 0)
        self.assertNotIn("engine", self.expect(0, "list", "--kernel", "gpu.*").stdout)
        text = self.expect(0, "list", "--kernel", "gpu.cudnn.engine1?").stdout
        self.assertEqual(re.findall(r"^gpu.cudnn.engine(\d+)$", text, re.M), [str(i) for i in range(10, 20)])

    def test_an_unknown_kernel_lists_the_known(self):
        self.expect_one_line_error("list", "--kernel", "reference.inverse", says=["reference.direct"])
        self.expect_one_line_error("list", "--kernel", "./absent.so", says=["absent.so"])


def correlate(x, w, stride, pad, groups):
    """y[n,k,i,j] = sum_c,u,v w[k,c,u,v] x~[n, g C/G + c, i s + u, j s + v], by shifted slices."""
    x = np.pad(x.astype(np.float64), ((0, 0), (0, 0), pad[0], pad[1]))
    n, c, h, wd = x.shape
    k, cg, kh, kw = w.shape
    oh, ow = (h - kh) // stride[0] + 1, (wd - kw) // stride[1] + 1
    y = np.zeros((n, k, oh, ow))
    for g in range(groups):
        ks = slice(g * k // groups, (g + 1) * k // groups)
        xs = x[:, g * cg:(g + 1) * cg]
        for u in range(kh):
            for v in range(kw):
                window = xs[:, :, u:u + stride[0] * (oh - 1) + 1:stride[0],
                            v:v + stride[1] * (ow - 1) + 1:stride[1]]
                y[:, ks] += np.einsum("kc,nchw->nkhw", w[ks, :, u, v].astype(np.float64), window)
    return y


class Run(Case):
    SPEC = "n2_c4_i7x6_k6_f3x2_s2x1_p1:0x0:2_g2"
    ARGUMENTS = dict(stride=(2, 1), pad=((1, 0), (0, 2)), groups=2)

    def operands(self, dtype=np.float32):
        rng = np.random.default_rng(5)
        x = rng.integers(-9, 10, (2, 4, 7, 6)).astype(dtype)
        w = rng.integers(-9, 10, (6, 2, 3, 2)).astype(dtype)
        y = correlate(x, w, **self.ARGUMENTS)
        t = rng.integers(-9, 10, y.shape).astype(dtype)
        return x, w, y, t

    def write(self, **tensors):
        with h5py.File(self.dir / "operands.h5", "w") as file:
            for name, values in tensors.items():
                file[name] = values

    def result(self, name, *arguments):
        self.expect(0, "run", self.SPEC, "--in", "operands.h5", "--out", "result.h5", *arguments, says="pass")
        with h5py.File(self.dir / "result.h5") as file:
            return file[name][()]

    def test_forward_agrees_with_numpy_in_every_precision(self):
        for dtype in (np.float64, np.float32, np.float16):
            x, w, y, _ = self.operands(dtype)
            self.write(input=x, filters=w)
            kernels = ["reference.direct"] + (["optimized.corr_mm"] if dtype != np.float16 else [])
            for kernel in kernels:
                got = self.result("output", "--kernel", kernel)
                self.assertEqual(got.dtype, dtype)
                np.testing.assert_array_equal(got, y.astype(dtype))

    def test_gradients_agree_with_the_derivative_numpy_finds(self):
        # The sum of t * conv(x, w) is linear in x and in w: a step of 1 is the derivative.
        x, w, y, t = self.operands()
        self.write(input=x, filters=w, grad_output=t)
        for kernel in ("reference.direct", "optimized.corr_mm"):
            for name, point in (("grad_input", x), ("grad_weights", w)):
                got = self.result(name, "--pass", name, "--kernel", kernel)
                self.assertEqual(got.shape, point.shape)
                rng = np.random.default_rng(1)
                for index in rng.integers(0, point.size, 60):
                    moved = point.copy()
                    moved.flat[index] += 1
                    operands = (moved, w) if name == "grad_input" else (x, moved)
                    derivative = (t * (correlate(*operands, **self.ARGUMENTS) - y)).sum()
                    self.assertEqual(got.flat[index], derivative)

    def test_alpha_and_beta(self):
        x, w, y, t = self.operands()
        self.write(input=x, filters=w, old_result=t)
        got = self.result("output", "--kernel", "optimized.corr_mm", "--alpha", "2", "--beta", "-1")
        np.testing.assert_array_equal(got, 2 * y - t)

    def test_bad_files_give_one_clear_error(self):
        x, w, _, _ = self.operands()
        arguments = ("run", self.SPEC, "--kernel", "reference.direct", "--in", "operands.h5", "--out", "r.h5")
        self.expect_one_line_error(*arguments, says=["operands.h5"])
        (self.dir / "operands.h5").write_text("not HDF5")
        self.expect_one_line_error(*arguments, says=["operands.h5"])
        self.write(input=x)
        self.expect_one_line_error(*arguments, says=["filters"])
        self.write(input=x, filters=w[:, :, :2])
        self.expect_one_line_error(*arguments, says=["filters"])
        self.write(input=x, filters=w.astype(np.float64))
        self.expect_one_line_error(*arguments, says=["precision"])
        self.assertFalse((self.dir / "r.h5").exists())

    def test_a_refusal_is_an_error_with_the_kernels_words(self):
        self.write(input=np.ones((1, 1, 3, 3, 3), np.float32), filters=np.ones((1, 1, 1, 1, 1), np.float32))
        self.expect_one_line_error("run", "c1_i3x3x3_k1_f1x1x1", "--kernel", "optimized.corr_mm", "--in",
                                   "operands.h5", "--out", "r.h5", says=["does not take this problem"])


class Op(Case):
    def write(self, **tensors):
        with h5py.File(self.dir / "o.h5", "w") as file:
            for name, values in tensors.items():
                file[name] = values

    def result(self, *arguments):
        self.expect(0, "op", *arguments, "--in", "o.h5", "--out", "y.h5")
        with h5py.File(self.dir / "y.h5") as file:
            return file["result"][()]

    def test_every_operation_is_listed_and_has_help(self):
        names = re.findall(r"^  (\w[\w.]*)\(", self.expect(0, "op", "--help").stdout, re.MULTILINE)
        self.assertGreater(len(names), 20)
        for name in names:
            self.assertIn("--in", self.expect(0, "op", name, "--help").stdout)

    def test_conv2d_flips_by_default_and_takes_the_parameters_of_the_seeds(self):
        rng = np.random.default_rng(3)
        x = rng.integers(-9, 10, (2, 4, 7, 6)).astype(np.float32)
        w = rng.integers(-9, 10, (6, 2, 3, 2)).astype(np.float32)
        self.write(input=x, filters=w)
        flipped = correlate(x, w[:, :, ::-1, ::-1], (2, 1), ((1, 1), (0, 3)), 2)
        options = ("--border_mode", "(1,(0,3))", "--subsample", "2,1", "--num_groups", "2")
        np.testing.assert_array_equal(self.result("conv2d", *options), flipped)
        plain = correlate(x, w, (2, 1), ((1, 1), (0, 3)), 2)
        np.testing.assert_array_equal(self.result("conv2d", *options, "--filter_flip", "False"), plain)

    def test_causal_conv1d_gives_the_golden_vector(self):
        x = np.array([[[2, 4, 9, 5, 8], [0, 0, 4, 0, 5]], [[2, 5, 8, 5, 5], [1, 3, 0, 7, 9]],
                      [[7, 0, 7, 1, 0], [0, 1, 4, 7, 2]]], np.float64)
        w = np.array([[[5, 3, 1], [3, 1, 0]], [[6, 4, 9], [2, 2, 7]]], np.float64)
        self.write(input=x, filters=w)
        y = self.result("causal_conv1d", "--filter_shape", "2,2,3", "--filter_dilation", "2")
        np.testing.assert_array_equal(y[0], [[10, 20, 63, 37, 88], [12, 24, 70, 46, 120]])

    def test_errors_name_the_argument(self):
        self.write(input=np.ones((1, 1, 4, 4), np.float32), filters=np.ones((1, 1, 3, 3), np.float32))
        files = ("--in", "o.h5", "--out", "y.h5")
        self.expect_one_line_error("op", "conv2b", *files, says=["conv2d"])
        self.expect_one_line_error("op", "conv2d", *files, "--border_mode", "haff", says=["border_mode", "haff"])
        self.expect_one_line_error("op", "conv2d", *files, "--strides", "2", says=["strides"])
        self.expect_one_line_error("op", "conv3d", *files, says=["img", "rank 5"])
        self.assertFalse((self.dir / "y.h5").exists())


class Conform(Case):
    def test_our_own_kernels_pass_and_leave_their_files(self):
        text = self.expect(0, "conform", "--cases", "700", "--out", "out").stdout
        self.assertIn("no finding", text.splitlines()[-1])
        lines = [json.loads(line) for line in (self.dir / "out/journal.jsonl").read_text().splitlines()]
        self.assertEqual(lines[0]["type"], "run")
        self.assertEqual(lines[-1]["type"], "end")
        self.assertEqual(len(lines) - 2, 700 * len(lines[0]["kernels"]))
        for name in ("junit.xml", "report.html"):
            self.assertGreater((self.dir / "out" / name).stat().st_size, 1000)
        self.expect_one_line_error("conform", "--cases", "1", "--out", "out", says=["journal.jsonl"])

    def test_a_plug_in_is_tried_and_its_planted_fault_convicted_again_by_the_repro_line(self):
        good, faulty = PLUGINS / "direct.so", PLUGINS / "faulty.so"
        selection = ("--pass", "forward", "--precision", "f32", "--cases", "400")
        self.expect(0, "conform", "--kernel", good, *selection, "--out", "good", says="no finding")

        text = self.expect(1, "conform", "--kernel", faulty, *selection, "--out", "faulty").stdout

        repro = re.search(r"^ *(convict replay .*)$", text, re.MULTILINE).group(1)
        again = self.expect(1, *shlex.split(repro)[1:])
        self.assertIn("verdict  fail", again.stdout)
        self.assertRegex(again.stdout, r"element +subject +truth +error +bound +error/bound")
        self.assertRegex(again.stdout, r"pattern  \S")

    def test_hostile_plug_ins_end_as_verdicts_and_the_run_goes_on(self):
        hostile = PLUGINS / "hostile.so"
        (self.dir / "small.txt").write_text("".join(f"c2_i{n}_k3_f2\n" for n in range(4, 9)))
        for row, outcome in {"segfaults": "crashed", "exits_0": "crashed", "throws": "crashed", "loops": "hung",
                             "returns_3": "fail", "refuses_by_segfault": "crashed", "overflows_its_stack": "crashed",
                             "scribbles_and_faults": "crashed", "kills_itself": "crashed"}.items():
            done = convict("conform", "--kernel", f"{hostile}:hostile.{row}", "--suite", "small.txt", "--pass",
                           "forward", "--precision", "f32", "--timeout", "0.3", "--jobs", "1", "--json", cwd=self.dir)
            self.assertEqual(done.returncode, 1, done.stderr)
            tally = json.loads(done.stdout)["tally"]
            self.assertEqual(sum(tally.values()), 15)
            self.assertEqual(tally[outcome], 3 if outcome == "hung" else 15, f"{row}: {tally}")

    def test_memory_that_a_plug_in_must_not_touch_is_named_by_its_repro_line_too(self):
        kernel = f"{PLUGINS / 'trespassing.so'}:trespassing.reads_behind_input"
        trial = "n2_c3_i7x9_k4_f3x2/forward/f32/guard=right"
        self.expect(1, "replay", "--kernel", kernel, trial,
                    says="signal 11 (Segmentation fault) 0 bytes behind the end of input during run")
        self.expect(0, "replay", "--kernel", kernel, trial.removesuffix("/guard=right"))

    def test_a_plug_in_that_takes_all_memory_is_ended_and_the_run_goes_on(self):
        (self.dir / "small.txt").write_text("".join(f"c2_i{n}_k3_f2\n" for n in range(4, 6)))
        kernel = f"{PLUGINS / 'hostile.so'}:hostile.allocates_without_end"
        done = self.expect(1, "conform", "--kernel", kernel, "--suite", "small.txt", "--pass", "forward",
                           "--precision", "f32", "--memory", "200", "--jobs", "1")
        self.assertRegex(done.stdout, r"killed at \d+ MiB of memory during run")
        self.assertRegex(done.stdout, r"convict replay .*allocates_without_end")
        self.expect_one_line_error("conform", "--memory", "0", says=["--memory 0"])

    def test_machine_readable_output_is_one_object(self):
        done = self.expect(0, "conform", "--cases", "50", "--json", "--kernel", "reference.direct")
        self.assertEqual(json.loads(done.stdout)["tally"]["fail"], 0)

    def test_kernels_of_one_run_are_compared_with_each_other(self):
        (self.dir / "small.txt").write_text("c2_i4x3_k2_f1x1_d3x5\nc2_i5x6_k3_f2x3\n")
        faulty, direct = PLUGINS / "faulty.so", PLUGINS / "direct.so"
        done = self.expect(1, "conform", "--suite", "small.txt", "--kernel", direct, "--kernel", faulty, "--kernel",
                           "reference.direct", "--pass", "forward", "--precision", "f32", "--json")
        pairs = {(pair["first"], pair["second"]): pair for pair in json.loads(done.stdout)["agreement"]["pairs"]}
        self.assertEqual(pairs[f"{direct}:direct.forward", "reference.direct"]["one_wrong"], 0)
        self.assertEqual(pairs[f"{direct}:direct.forward", f"{faulty}:faulty.forward"]["shared"], 6)
        self.assertEqual(pairs[f"{direct}:direct.forward", f"{faulty}:faulty.forward"]["one_wrong"], 3)
        self.assertEqual(pairs["the truth", f"{faulty}:faulty.forward"]["one_wrong"], 3)

    def test_shape_sets_and_files_are_suites(self):
        (self.dir / "mine.txt").write_text("c3_i6x5_k2_f3x3_phalf  # mine\n")
        self.expect(0, "conform", "--suite", "mine.txt", "--kernel", "reference.direct", says="18 trials")
        self.expect_one_line_error("conform", "--suite", "resnet51", says=["resnet50"])
        (self.dir / "bad.txt").write_text("c3_i6x5_k2\n")
        self.expect_one_line_error("conform", "--suite", "./bad.txt", says=["bad.txt:1"])
        (self.dir / "void.txt").write_text("c3_i2_k2_f5\n")
        self.expect_one_line_error("conform", "--suite", "void.txt", says=["c3_i2_k2_f5"])

    def test_kept_findings_are_carried_out_before_the_suite_ever_after(self):
        faulty = PLUGINS / "faulty.so"
        kept = self.dir / "convict-regressions.txt"
        self.expect(1, "fuzz", "--kernel", faulty, "--cases", "150", "--keep", kept.name)
        lines = kept.read_text().splitlines()
        self.assertEqual(len(lines) % 2, 0)
        self.assertTrue(all(line.startswith(f"# {faulty}:faulty.forward, fail: ") for line in lines[::2]), lines)
        trials = lines[1::2]
        self.expect(1, "fuzz", "--kernel", faulty, "--cases", "150", "--keep", kept.name)
        self.assertEqual(kept.read_text().splitlines(), lines)

        done = self.expect(1, "conform", "--kernel", faulty, "--cases", "1", "--out", "out")

        self.assertIn("FAIL (regression) ", done.stdout)
        self.assertIn(f"regressions: {len(trials)} trial", done.stdout)
        journal = [json.loads(line) for line in (self.dir / "out/journal.jsonl").read_text().splitlines()]
        told = [line for line in journal if line["type"] == "trial"]
        self.assertEqual([line["trial"] for line in told if line.get("source") == "regression"], trials)
        self.assertNotIn("source", told[len(trials)])
        self.assertIn('name="regression forward ', (self.dir / "out/junit.xml").read_text())
        done = self.expect(0, "conform", "--kernel", PLUGINS / "direct.so", "--cases", "1", "--first", kept.name,
                           "--json")
        self.assertEqual(json.loads(done.stdout)["regressions"]["pass"], len(trials))

    def test_a_broken_file_of_findings_stops_everything_before_it_begins(self):
        kept = self.dir / "convict-regressions.txt"
        for text, says in {"# fine\nc1_i4_k1_f1/forward/f32\nc1_i4/forward/f32\n": ":3: ",
                           "c1_i4_k1_f1/forward/f32/fill=purple\n": ":1: fill 'purple'",
                           "c1_i2_k1_f3/forward/f32\n": ":1: output extent of axis 0 is 0",
                           "c1_i2_k1_f1/forward/f32/check=mate\n": ":1: check 'mate'"}.items():
            kept.write_text(text)
            self.expect_one_line_error("conform", "--cases", "1", says=[kept.name + says])
            self.expect_one_line_error("fuzz", "--cases", "1", "--keep", kept.name, says=[kept.name + says])
        kept.unlink()
        self.expect_one_line_error("conform", "--cases", "1", "--first", "absent.txt", says=["absent.txt"])
        self.assertFalse((self.dir / "convict-out").exists())

    def test_bad_values_are_named(self):
        self.expect_one_line_error("conform", "--pass", "sideways", says=["sideways", "forward"])
        self.expect_one_line_error("conform", "--precision", "f8", says=["f8", "bf16"])
        self.expect_one_line_error("conform", "--jobs", "0", says=["--jobs 0"])
        self.expect_one_line_error("conform", "--time", "-3", says=["--time"])

    def test_nothing_tried_is_not_a_pass(self):
        self.expect(2, "conform", "--kernel", "optimized.corr3d_mm", "--suite", "wavenet")

    def test_ctrl_c_finishes_and_reports(self):
        run = subprocess.Popen([CONVICT, "conform", "--suite", "full", "--out", "out"], cwd=self.dir,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        journal = self.dir / "out/journal.jsonl"
        deadline = time.time() + 120
        while time.time() < deadline and (not journal.exists() or journal.stat().st_size < 5000):
            time.sleep(0.05)
        run.send_signal(signal.SIGINT)
        text, _ = run.communicate(timeout=120)
        self.assertEqual(run.returncode, 130, text)
        self.assertIn("Interrupted", text)
        self.assertTrue((self.dir / "out/report.html").exists())

    def test_a_killed_run_can_still_be_reported(self):
        run = subprocess.Popen([CONVICT, "conform", "--suite", "full", "--out", "out", "--quiet"], cwd=self.dir)
        journal = self.dir / "out/journal.jsonl"
        deadline = time.time() + 120
        while time.time() < deadline and (not journal.exists() or journal.stat().st_size < 5000):
            time.sleep(0.05)
        run.kill()
        run.wait()
        self.expect(0, "report", "out", says="report.html")

    def test_a_full_disk_is_an_environment_error(self):
        os.symlink("/dev/full", self.dir / "full.h5.partial")
        done = convict("dataset", "make", "full.h5", "--cases", "3", cwd=self.dir)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("full.h5", done.stderr)


class Fuzz(Case):
    def journal(self, folder="out"):
        return [json.loads(line) for line in (self.dir / folder / "journal.jsonl").read_text().splitlines()]

    def test_a_right_kernel_is_searched_without_a_finding_and_every_regime_is_shown(self):
        text = self.expect(0, "fuzz", "--kernel", "optimized.corr_mm", "--cases", "900", "--out", "out").stdout
        self.assertIn("no finding", text.splitlines()[-1])
        self.assertRegex(text, r"asymmetric padding +\d+ +\d+ +\d+ +-")
        self.assertRegex(text, r"1-D as 1xN|3-D +refused +refused +refused")
        lines = self.journal()
        self.assertEqual({line["type"] for line in lines} - {"trial"}, {"run", "checkpoint", "end"})
        self.assertEqual(sum(lines[-1]["tally"].values()), 900)
        self.assertGreater((self.dir / "out/report.html").stat().st_size, 1000)
        self.assertRegex((self.dir / "out/junit.xml").read_text(), r'<testsuite name="optimized.corr_mm" tests="4"')
        self.expect(0, "report", "out", "--markdown", "-", says="| optimized.corr\\_mm | ")
        self.expect(0, "report", "out", "--markdown", "out/summary.md")
        self.assertIn("**1 kernel, ", (self.dir / "out/summary.md").read_text())
        self.expect_one_line_error("fuzz", "--cases", "9", "--out", "out", says=["journal.jsonl", "--resume"])

    def test_a_planted_fault_is_found_shrunk_and_shown_again_by_its_repro_line(self):
        faulty = PLUGINS / "faulty.so"
        text = self.expect(1, "fuzz", "--kernel", faulty, "--cases", "150", "--out", "out").stdout

        repro = re.search(r"shrunk from .*\n *(convict replay .*)$", text, re.MULTILINE).group(1)
        self.assertLess(len(shlex.split(repro)[-1]), 60)
        self.expect(1, *shlex.split(repro)[1:], says="verdict  fail")
        self.assertRegex(text, r"\d+ more like this one")

    def test_evidence_holds_the_data_and_is_carried_out_again(self):
        faulty = PLUGINS / "faulty.so"
        self.expect(1, "fuzz", "--kernel", faulty, "--cases", "150", "--out", "out")

        path = self.dir / "out/evidence/0001.h5"
        with h5py.File(path) as file:
            self.assertEqual(set(file) - {"old_result"}, {"input", "filters", "truth", "bound", "result"})
            self.assertFalse(np.array_equal(file["result"][()].astype(np.float64), file["truth"][()]))
            repro = file.attrs["repro"]
        self.assertIn("convict replay", repro.decode() if isinstance(repro, bytes) else repro)
        self.expect(1, "replay", path, says="verdict  fail")
        self.expect(0, "replay", path, "--kernel", "reference.direct", says="verdict  pass")
        path.write_bytes(path.read_bytes()[:400])
        self.expect_one_line_error("replay", path, says=["0001.h5"])
        self.expect_one_line_error("replay", "c1_i1_k1_f1/forward/f32", says=["--kernel"])

    def test_a_killed_search_goes_on_with_the_same_trials(self):
        arguments = ("fuzz", "--kernel", PLUGINS / "faulty.so", "--seed", "3", "--shard", "2/3", "--jobs", "2")
        self.expect(1, *arguments, "--cases", "600", "--out", "whole")
        run = subprocess.Popen([CONVICT, *map(str, arguments), "--out", "cut", "--quiet"], cwd=self.dir,
                               stdout=subprocess.DEVNULL)
        journal = self.dir / "cut/journal.jsonl"
        deadline = time.time() + 60
        while time.time() < deadline and (not journal.exists() or journal.stat().st_size < 3000):
            time.sleep(0.01)
        run.kill()
        run.wait()
        before = {line["trial"] for line in self.journal("cut") if line["type"] == "trial"}

        self.expect(1, *arguments, "--cases", "600", "--out", "cut", "--resume")

        findings = [line["trial"] for line in self.journal("cut") if line["type"] == "trial"]
        wanted = [line["trial"] for line in self.journal("whole") if line["type"] == "trial"]
        self.assertEqual(findings[:len(wanted)], wanted)
        self.assertLessEqual(before, set(findings))
        self.expect(0, "report", "cut", "whole", says="report.html")

    def test_another_search_cannot_be_resumed(self):
        arguments = ("fuzz", "--kernel", "reference.direct", "--cases", "30", "--out", "out")
        self.expect(0, *arguments, "--seed", "1")
        self.expect_one_line_error(*arguments, "--resume", "--seed", "2", says=["--seed", "'2'", "'1'"])
        self.expect_one_line_error(*arguments, "--resume", "--seed", "1", "--shard", "1/2", says=["shard"])
        self.expect_one_line_error("fuzz", "--kernel", "optimized.corr_mm", "--cases", "30", "--out", "out",
                                   "--resume", "--seed", "1", says=["--kernel"])
        self.expect_one_line_error("fuzz", "--resume", says=["--out"])
        self.expect_one_line_error("fuzz", "--resume", "--out", "nowhere", says=["nowhere/journal.jsonl"])

    def test_a_plug_in_whose_contents_changed_cannot_be_resumed(self):
        kernel = self.dir / "mine.so"
        shutil.copy(PLUGINS / "direct.so", kernel)
        arguments = ("fuzz", "--kernel", kernel, "--cases", "30", "--out", "out")
        self.expect(0, *arguments)
        self.expect(0, *arguments, "--resume")
        kernel.unlink()
        shutil.copy(PLUGINS / "direct.so", kernel)
        with open(kernel, "ab") as file:
            file.write(b"\0")
        self.expect_one_line_error(*arguments, "--resume", says=["mine.so", "changed"])
        journal = self.dir / "out/journal.jsonl"
        lines = self.journal()
        self.assertEqual(list(lines[0].pop("files")), [str(kernel)])
        journal.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))
        self.expect(0, *arguments, "--resume")  # as an older version wrote it

    def test_a_search_of_a_kernel_that_always_hangs_ends_and_says_why(self):
        self.expect(1, "fuzz", "--kernel", f"{PLUGINS / 'hostile.so'}:hostile.loops", "--timeout", "0.2", "--out", "out",
                    says="Ended early (every kernel hung 3 times): ")
        self.assertEqual(self.journal()[-1]["reason"], "every kernel hung 3 times")

    def test_rows_here_run_in_custody_when_asked(self):
        self.expect(0, "conform", "--kernel", "reference.direct", "--cases", "300", "--custody", "--out", "there")
        self.expect(0, "conform", "--kernel", "reference.direct", "--cases", "300", "--out", "here")
        verdicts = [[(line["trial"], line["outcome"], line.get("reason")) for line in self.journal(out)
                     if line["type"] == "trial"] for out in ("here", "there")]
        self.assertEqual(verdicts[0], verdicts[1])
        trial = "c3_i8x8_k4_f3x3_phalf/forward/f32/fill=flat,seed=7"
        shown = [self.expect(0, "replay", "--kernel", "optimized.corr_mm", trial, *where).stdout
                 for where in ((), ("--in-process",))]
        self.assertEqual(shown[0], shown[1])

    def test_bad_values_are_named(self):
        for shard in ("0/2", "3/2", "2", "a/b", "1/"):
            self.expect_one_line_error("fuzz", "--shard", shard, says=[f"--shard {shard}", "I/N"])
        self.expect_one_line_error("fuzz", "--time", "0", says=["--time"])
        self.expect_one_line_error("fuzz", "--kernel", "reference.direct", "--precision", "tf32", says=["--precision"])

    def test_machine_readable_output_is_one_object(self):
        done = self.expect(0, "fuzz", "--kernel", "reference.direct", "--cases", "60", "--json")
        self.assertEqual(sum(json.loads(done.stdout)["tally"].values()), 60)
def commands_of(text):
    """The commands that convict printed, indented by two blanks, ready to be run."""
    lines = [shlex.split(line) for line in text.splitlines() if line.startswith("  ")]
    return [[CONVICT] + words[1:] if words[0] == "convict" else words for words in lines]


@functools.cache
def speaks_python():
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
        if not speaks_python():
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
        if not speaks_python():
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

    def test_scripts_that_are_none_say_why(self):
        self.script("def convolve(p, x, w, y)\n")
        self.expect_one_line_error("list", "--kernel", "./mine.py", says=["SyntaxError", "mine.py"])
        self.script("x = 1\n")
        self.expect_one_line_error("list", "--kernel", "./mine.py", says=["no function convolve"])
        self.script("passes = 'sideways'\ndef convolve(p, x, w, y): pass\n")
        self.expect_one_line_error("list", "--kernel", "./mine.py", says=["'sideways'", "grad_input"])
        self.expect_one_line_error("list", "--kernel", "./absent.py", says=["absent.py"])


class Export(Case):
    STRICT = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g")

    def built(self, *arguments):
        subprocess.run(["cc", *self.STRICT, *map(str, arguments), "-o", "repro", "-lm", "-ldl"], cwd=self.dir,
                       check=True, timeout=60)

    def repro(self, code, *arguments, says):
        done = subprocess.run(["./repro", *map(str, arguments)], cwd=self.dir, capture_output=True, text=True,
                              timeout=60)
        text = done.stdout + done.stderr
        self.assertEqual(done.returncode, code, text)
        self.assertIn(says, text)

    def test_a_wrong_trial_is_wrong_on_its_own_and_right_by_a_right_kernel(self):
        trial = "c2_i4x3_k2_f1x1_d3x5/forward/f32"
        faulty = PLUGINS / "faulty.so"
        self.expect(0, "export", trial, "--kernel", faulty, "--c", "-o", "repro.c", says="cc -g repro.c")
        self.built("repro.c")
        self.repro(1, faulty, says="12 of 24 elements wrong\n(0, 1, 1, 2): 0 instead of ")
        self.repro(0, PLUGINS / "direct.so", says="0 of 24 elements wrong")
        self.repro(2, PLUGINS / "direct.so", "backward", says="no kernel 'backward'")
        self.repro(2, says="usage:")

    def test_a_kernel_compiled_in_needs_no_shared_object(self):
        trial = "n2_c4_i5x6_k6_f3x2_d2x1_p1:0x1_g2_flip/forward/f32/fill=flat,alpha=2,beta=-1,layout=nhwc,pitch=3,align=5"
        self.expect(0, "export", trial, "--kernel", PLUGINS / "direct.so:direct.forward", "--c", "-o", "repro.c")
        examples = Path(__file__).parent.parent / "docs/examples"
        self.built("-fsanitize=address", f"-I{examples.parent.parent / 'core'}", "repro.c", examples / "direct.c")
        self.repro(0, says="0 of ")

    def test_every_pass_and_precision_is_judged(self):
        for pass_name in ("forward", "grad_input", "grad_weights"):
            (self.dir / "repro.c").unlink(missing_ok=True)
            trial = f"n2_c2_i5x4_k2_f2x3_p1_unshared/{pass_name}/f64/fill=flat,beta=3"
            self.expect(0, "export", trial, "--kernel", PLUGINS / "direct_all.so", "--c", "-o", "repro.c")
            self.built("repro.c")
            self.repro(0, PLUGINS / "direct_all.so", says="0 of ")
        # A kernel of one tap on one channel copies; f16 and bf16 are compared as their bits say.
        (self.dir / "copy.c").write_text('''
#include "plugin.h"
#include <string.h>
static int run(const convict_problem* p, const convict_buffers* b) {
  memcpy(b->output, b->input, (size_t)(2 * p->input[2]));
  if (p->input[2] > 8) *(unsigned short*)b->output ^= 1;
  return 0;
}
static const convict_kernel copy = {.size = sizeof copy, .name = "copy", .passes = CONVICT_FORWARD,
                                    .precisions = CONVICT_F16 | CONVICT_BF16, .run = run};
static const convict_kernel* const kernels[] = {&copy};
static const convict_plugin plugin = {sizeof plugin, CONVICT_PLUGIN_ABI, 1, kernels};
const convict_plugin* convict_plugin_v1(void);
const convict_plugin* convict_plugin_v1(void) { return &plugin; }
''')
        core = Path(__file__).parent.parent / "core"
        subprocess.run(["cc", "-shared", "-fPIC", f"-I{core}", "copy.c", "-o", "copy.so"], cwd=self.dir, check=True)
        for precision in ("f16", "bf16"):
            for extent, code in {8: 0, 9: 1}.items():
                (self.dir / "repro.c").unlink(missing_ok=True)
                self.expect(0, "export", f"c1_i{extent}_k1_f1/forward/{precision}/fill=flat", "--kernel", "./copy.so",
                            "--c", "-o", "repro.c")
                text = (self.dir / "repro.c").read_text()
                one = {"f16": "0x3c00", "bf16": "0x3f80"}[precision]
                text = re.sub(r"filter_values\[\] = \{\w+\}", f"filter_values[] = {{{one}}}", text)
                (self.dir / "repro.c").write_text(text)
                self.built("repro.c")
                self.repro(code, "./copy.so", says=f"{code} of {extent} elements wrong")

    def test_evidence_is_exported_with_its_kernel_and_data(self):
        shutil.copy(PLUGINS / "faulty.so", self.dir)
        self.expect(1, "fuzz", "--kernel", "./faulty.so", "--cases", "150", "--out", "out")
        path = "out/evidence/0001.h5"
        with h5py.File(self.dir / path) as file:
            wrong = (file["result"][()].astype(np.float64) != file["truth"][()]).sum()
            total = file["truth"].size
            del_data = [name for name in file]
        self.expect(0, "export", path, "--c", "-o", "repro.c", says="cc -g repro.c")
        self.built("repro.c")
        self.repro(1, "./faulty.so", says=f"{wrong} of {total} elements wrong")
        self.repro(0, PLUGINS / "direct.so", says=f"0 of {total} elements wrong")
        with h5py.File(self.dir / path, "r+") as file:  # as for findings whose data are too many
            for name in del_data:
                del file[name]
        (self.dir / "repro.c").unlink()
        self.expect(0, "export", path, "--kernel", "./faulty.so", "--c", "-o", "repro.c")
        self.built("repro.c")
        self.repro(1, "./faulty.so", says=f"{wrong} of {total} elements wrong")

    def test_of_a_check_the_first_wrong_call_is_exported(self):
        trial = "c2_i4x3_k2_f1x1_d3x5/forward/f32/check=impulse"
        text = self.expect(0, "export", trial, "--kernel", PLUGINS / "faulty.so", "--c", "-o", "repro.c").stdout
        self.assertIn(f"on data of a call of {trial}", text)
        self.built("repro.c")
        self.repro(1, PLUGINS / "faulty.so", says="2 of 24 elements wrong")
        self.repro(0, PLUGINS / "direct.so", says="0 of 24 elements wrong")

    def test_a_check_that_takes_several_calls_to_fail_says_so(self):
        source = (Path(__file__).parent.parent / "docs/examples/direct.c").read_text()
        (self.dir / "tired.c").write_text("static int calls;\n" + source.replace(
            "static int run(", "static int run_right(", 1).replace(
            "static const convict_kernel ", """static int run(const convict_problem* p, const convict_buffers* b) {
  const int status = run_right(p, b);
  if (++calls == 3) ((float*)b->output)[0] += 1;
  return status;
}
static const convict_kernel """, 1))
        core = Path(__file__).parent.parent / "core"
        subprocess.run(["cc", "-shared", "-fPIC", f"-I{core}", "tired.c", "-o", "tired.so"], cwd=self.dir, check=True)
        tired = ("--kernel", "./tired.so", "--c")
        self.expect_one_line_error("export", "c1_i5_k1_f3/forward/f32/check=repeat", *tired,
                                   says=["check=repeat", "only after others"])
        self.expect_one_line_error("export", "c1_i5_k1_f3/forward/f32/check=batch_split", *tired,
                                   says=["unsupported", "only one image"])

    def test_what_cannot_be_exported_says_why(self):
        faulty = ("--kernel", PLUGINS / "faulty.so", "--c")
        trial = "c1_i5x5_k1_f3x3/forward/f32"
        self.expect_one_line_error("export", "c64_i300x300_k64_f3x3/forward/f32", *faulty, says=["smaller tensors"])
        self.expect_one_line_error("export", trial + "/check=linearity", *faulty, says=["linearity"])
        self.expect_one_line_error("export", trial + "/check=additivity", *faulty, says=["ends as pass"])
        self.expect_one_line_error("export", trial + "/check=must_refuse", *faulty, says=["makes no call"])
        self.expect_one_line_error("export", trial, "--c", says=["--kernel is missing"])
        self.expect_one_line_error("export", trial, "--kernel", "reference.direct", "--c", says=["reference.direct"])
        self.expect_one_line_error("export", trial, "--kernel", PLUGINS / "faulty.so", says=["--c"])
        self.expect_one_line_error("export", "c1_i2x2_k1_f3x3/forward/f32", *faulty,
                                   says=["output extent of axis 0 is 0"])
        (self.dir / "there.c").write_text("mine")
        self.expect_one_line_error("export", trial, *faulty, "-o", "there.c", says=["there.c exists"])

    def test_a_case_of_a_file_is_exported_with_the_files_data(self):
        self.expect(0, "dataset", "make", "g.h5", "--cases", "8", "--largest", "200")
        with h5py.File(self.dir / "g.h5") as file:
            trials = [file[name].attrs["trial"] for name in file]
        trials = [text.decode() if isinstance(text, bytes) else text for text in trials]
        direct = ("--kernel", PLUGINS / "direct.so", "--c")
        self.expect_one_line_error("export", "g.h5", *direct, says=["8 cases", "--trial"])
        text = self.expect(0, "export", "g.h5", "--trial", trials[0], *direct).stdout
        self.assertIn(f"trial    {trials[0]}\n", text)


class Dataset(Case):
    def test_made_files_check_and_damaged_ones_do_not(self):
        self.expect(0, "dataset", "make", "g.h5", "--cases", "20", "--largest", "200", says="20 cases")
        self.expect(0, "dataset", "check", "g.h5", says="20 cases")
        whole = (self.dir / "g.h5").read_bytes()
        (self.dir / "short.h5").write_bytes(whole[:len(whole) // 2])
        self.expect_one_line_error("dataset", "check", "short.h5", says=["short.h5"])
        with h5py.File(self.dir / "g.h5", "r+") as file:
            name = next(name for name in file if file[name]["truth"].size > 0)
            file[name]["truth"][...] = file[name]["truth"][()] + 1
        self.expect_one_line_error("dataset", "check", "g.h5", says=["the file says"])
        self.expect_one_line_error("dataset", "mend", "g.h5", says=["'mend'"])


if __name__ == "__main__":
    unittest.main()
