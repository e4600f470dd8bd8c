# SPDX-License-Identifier: Apache-2.0
"""Searches from the command line."""

import json
import re
import shlex
import shutil
import subprocess
import time

import h5py
import numpy as np

from case import Case, CONVICT, convict, PLUGINS


class Fuzz(Case):
    def test_a_right_kernel_is_searched_without_a_finding_and_every_feature_is_shown(self):
        text = self.expect(0, "fuzz", "--kernel", "optimized.corr_mm", "--cases", "900", "--out", "out").stdout
        self.assertIn("no finding", text.splitlines()[-1])
        self.assertRegex(text, r"asymmetric padding +\d+ +\d+ +\d+ +-")
        self.assertRegex(text, r"1-D as 1xN|3-D +refused +refused +refused")
        lines = self.journal()
        self.assertEqual({line["type"] for line in lines} - {"trial"}, {"run", "checkpoint", "end"})
        tally = lines[-1]["tally"]
        self.assertEqual(sum(tally.values()) - tally["ran"] - tally["calls"], 900)
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
                    says="Ended early (given up: each of its first ")
        # Each job may have one more call under way.
        self.assertRegex(self.journal()[-1]["reason"], "^given up: each of its first ([5-9]|[1-9][0-9]+) calls hung$")

    def test_built_in_kernels_have_the_same_verdicts_in_worker_processes(self):
        self.expect(0, "conform", "--kernel", "reference.direct", "--cases", "300", "--sandbox", "--out", "there")
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
