# SPDX-License-Identifier: Apache-2.0
"""The conformance suite from the command line."""

import json
import os
import re
import shlex
import signal
import subprocess
import time

from case import Case, CONVICT, convict, PLUGINS


class Conform(Case):
    def test_our_own_kernels_pass_and_leave_their_files(self):
        text = self.expect(0, "conform", "--cases", "250", "--out", "out").stdout
        self.assertIn("no finding", text.splitlines()[-1])
        lines = [json.loads(line) for line in (self.dir / "out/journal.jsonl").read_text().splitlines()]
        self.assertEqual(lines[0]["type"], "run")
        self.assertEqual(lines[-1]["type"], "end")
        self.assertEqual(len(lines) - 2, 250 * len(lines[0]["kernels"]))
        for name in ("junit.xml", "report.html"):
            self.assertGreater((self.dir / "out" / name).stat().st_size, 1000)
        self.expect_one_line_error("conform", "--cases", "1", "--out", "out", says=["journal.jsonl"])

    def test_the_planted_fault_of_a_plug_in_is_found_and_found_again_by_the_replay_line(self):
        good, faulty = PLUGINS / "direct.so", PLUGINS / "faulty.so"
        selection = ("--pass", "forward", "--precision", "f32", "--cases", "400")
        self.expect(0, "conform", "--kernel", good, *selection, "--out", "good", says="no finding")

        text = self.expect(1, "conform", "--kernel", faulty, *selection, "--out", "faulty").stdout

        repro = re.search(r"^ *(convict replay .*)$", text, re.MULTILINE).group(1)
        again = self.expect(1, *shlex.split(repro)[1:])
        self.assertRegex(again.stdout, r"verdict  fail \(decided by: [a-z ]+\)")
        self.assertRegex(again.stdout, r"element +subject +truth +error +bound +error/bound")
        self.assertRegex(again.stdout, r"pattern  \S")

    def test_hostile_plug_ins_end_as_verdicts_and_the_run_goes_on(self):
        hostile = PLUGINS / "hostile.so"
        (self.dir / "small.txt").write_text("".join(f"c2_i{n}_k3_f2\n" for n in range(4, 9)))
        for name, outcome in {"segfaults": "crashed", "exits_0": "crashed", "throws": "crashed", "loops": "hung",
                              "returns_3": "fail", "refuses_by_segfault": "crashed", "overflows_its_stack": "crashed",
                              "scribbles_and_faults": "crashed", "kills_itself": "crashed"}.items():
            done = convict("conform", "--kernel", f"{hostile}:hostile.{name}", "--suite", "small.txt", "--pass",
                           "forward", "--precision", "f32", "--timeout", "0.3", "--jobs", "1", "--json", cwd=self.dir)
            self.assertEqual(done.returncode, 1, done.stderr)
            tally = json.loads(done.stdout)["tally"]
            self.assertEqual(sum(tally.values()), 15)
            self.assertEqual(tally[outcome], 5 if outcome == "hung" else 15, f"{name}: {tally}")
            self.assertEqual(tally["not_tried"], 10 if outcome == "hung" else 0, f"{name}: {tally}")

    def test_an_out_of_bounds_read_is_reported_by_its_replay_line_too(self):
        kernel = f"{PLUGINS / 'out_of_bounds.so'}:out_of_bounds.reads_behind_input"
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
        self.expect_one_line_error("conform", "--suite", "void.txt", says=["void.txt:1: output extent of axis 0 is -2"])

    def test_trials_are_a_suite_too(self):
        (self.dir / "mine.txt").write_text("c1_i5_k1_f3/forward/f64/fill=flat,seed=7  # mine\n\nc3_i6x5_k2_f3x3_phalf\n"
                                           "c1_i2_k1_f3/forward/f32/check=must_refuse\n")
        self.expect(0, "conform", "--suite", "mine.txt", "--kernel", "reference.direct", "--out", "out", says="20 trials")
        trials = [line["trial"] for line in self.journal() if line["type"] == "trial"]
        self.assertEqual(trials[0], "c1_i5_k1_f3/forward/f64/fill=flat,seed=7")
        self.assertEqual(trials[-1], "c1_i2_k1_f3/forward/f32/check=must_refuse")
        for text, says in {"# fine\nc1_i4_k1_f1\nc1_i4/forward/f32\n": ":3: ",
                           "c1_i4_k1_f1/forward/f32/fill=purple\n": ":1: fill 'purple'",
                           "c1_i2_k1_f3/forward/f32\n": ":1: output extent of axis 0 is 0",
                           "c1_i2_k1_f1/forward/f32/check=mate\n": ":1: check 'mate'"}.items():
            (self.dir / "bad.txt").write_text(text)
            self.expect_one_line_error("conform", "--suite", "bad.txt", says=["bad.txt" + says])

    def test_a_kernel_that_was_never_called_passes_nothing(self):
        refuses = f"{PLUGINS / 'hostile.so'}:hostile.refuses_with_a_reason"
        for command in (("conform", "--cases", "400"), ("fuzz", "--cases", "400")):
            done = self.expect(2, *command, "--kernel", refuses, "--out", command[0], says="nothing ran")
            self.assertRegex(done.stdout, r"was never called: [0-9,]+ × (not on|does not take|does not compute|does not offer)")
            self.assertRegex(done.stdout, r"refuses_with_a_reason +- +- +- +- +- +[0-9,]+ +- +- +[0-9]+ +-")
            end = self.journal(command[0])[-1]["tally"]
            self.assertEqual((end["pass"], end["ran"], end["calls"]), (0, 0, 0))
            self.assertGreater(end["uncalled"], 0)

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
        lines = [line for line in journal if line["type"] == "trial"]
        self.assertEqual([line["trial"] for line in lines if line.get("source") == "regression"], trials)
        self.assertNotIn("source", lines[len(trials)])
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
        self.expect_one_line_error("conform", "--time", "-3", says=["--time -3 must be positive"])
        self.expect_one_line_error("conform", "--time", "3x", says=["--time 3x", "500ms, 90s, 5m, 1h"])
        self.expect_one_line_error("conform", "--timeout", "1e10", says=["--timeout 1e10 is longer than a year"])
        self.expect_one_line_error("conform", "--timeout", "inf", says=["--timeout inf is longer than a year"])
        self.expect_one_line_error("conform", "--timeout", "nan", says=["--timeout nan must be positive"])
        self.expect_one_line_error("conform", "--cases", "-1", says=["--cases -1 must be 1 to 2^63 - 1"])
        self.expect_one_line_error("conform", "--cases", "9223372036854775808", says=["--cases 9223372036854775808"])
        self.expect_one_line_error("conform", "--seed", "-1", says=["--seed -1 must be 0 to 2^64 - 1"])
        self.expect_one_line_error("conform", "--jobs", "4.5", says=["--jobs 4.5 is no whole number"])
        self.expect_one_line_error("conform", "--jobs", "100000", says=["--jobs 100000 must be 1 to 1024"])
        self.expect_one_line_error("conform", "--memory", "0", says=["--memory 0 must be 1 to 1048576"])

    def test_lengths_of_time_have_units(self):
        for time in ("60s", "1m", "60000ms", "0.02h"):
            self.expect(0, "conform", "--kernel", "reference.direct", "--cases", "5", "--time", time, "--out", time)

    def test_what_was_probably_meant(self):
        self.expect_one_line_error("conform", "--kernal", "x", says=["'--kernal'", "did you mean '--kernel'?"])
        self.expect_one_line_error("confrom", says=["'confrom'", "did you mean 'conform'?"])
        self.expect_one_line_error("conform", "--kernel", "optmized.corr_mm", says=["(did you mean 'optimized.corr_mm'?)"])
        self.expect_one_line_error("conform", "--suite", "cor", says=["(did you mean 'core'?)", "resnet50"])
        for kernel in ("./mine.so", "mine.py", "./mine.so:mine.forward"):
            self.expect_one_line_error(kernel, says=[f"convict conform --kernel {kernel}"])
            self.expect_one_line_error("fuzz", kernel, says=[f"'{kernel}' is not expected here", f"say --kernel {kernel}"])
        self.expect_one_line_error("--kernel", "./mine.so", says=["convict COMMAND --kernel"])
        # What nobody meant is not suggested.
        for words in (("xyzzy",), ("conform", "-x"), ("conform", "--zzzzzzzz"), ("conform", "--suite", "zzzzzzzzzz")):
            self.assertNotIn("did you mean", self.expect(2, *words).stderr)
        example = "a spec is like c64_i56x56_k64_f3x3_p1"
        self.expect_one_line_error("show", "nonsense", says=["'nonsense'", example])
        self.expect_one_line_error("show", "nonsense/forward/f32", says=["'nonsense'", example])
        self.expect_one_line_error("list", "--spec", "nonsense", says=["'nonsense'", example])
        self.expect_one_line_error("replay", "nonsense", "--kernel", "reference.direct",
                                   says=["'nonsense'", "such as c64_i56x56_k64_f3x3_p1/forward/f32"])
        self.expect(0, "show", "c64_i56x56_k64_f3x3_p1")
        self.expect(0, "show", "c64_i56x56_k64_f3x3_p1/forward/f32")
        whole = self.expect(0, "help", "conform").stdout
        self.assertEqual(whole, self.expect(0, "conform", "--help").stdout)
        self.assertIn("--time SEC", whole)

    def test_a_trial_that_is_listed_twice_is_tried_and_its_failure_told_once(self):
        trial = "c2_i4x3_k2_f1x1_d3x5/forward/f32"
        (self.dir / "convict-regressions.txt").write_text(f"{trial}\n{trial}\n")
        (self.dir / "mine.txt").write_text(f"{trial}\n{trial}\n")
        text = self.expect(1, "conform", "--kernel", PLUGINS / "faulty.so", "--suite", "mine.txt", "--out", "out").stdout
        self.assertEqual(text.count(f"'{trial}'"), 1, text)
        self.assertEqual([line["trial"] for line in self.journal() if line["type"] == "trial"], [trial])
        (self.dir / "not.so").write_text("no shared object\n")
        self.assertEqual(self.expect(2, "list", "--kernel", "./not.so").stderr.count("not.so"), 1)

    def test_nothing_tried_is_not_a_pass(self):
        self.expect(2, "conform", "--kernel", "optimized.corr3d_mm", "--suite", "wavenet")

    def test_ctrl_c_finishes_and_reports(self):
        run = subprocess.Popen([CONVICT, "conform", "--out", "out"], cwd=self.dir,
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
        run = subprocess.Popen([CONVICT, "conform", "--out", "out", "--quiet"], cwd=self.dir)
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
