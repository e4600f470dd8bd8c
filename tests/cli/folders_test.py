# SPDX-License-Identifier: Apache-2.0
"""Run folders: who may write to them, what becomes of runs that are disturbed, and journals that were."""

import json
import os
import shutil
import signal
import subprocess
import time

from case import Case, CONVICT, PLUGINS

PAIRS = int(os.environ.get("CONVICT_TEST_PAIRS", "5"))  # by hand: 20
LONG = ("--kernel", "reference.direct", "--suite", "edge", "--out", "out", "--jobs", "1")


class Folder(Case):
    def start(self, *arguments):
        return subprocess.Popen([CONVICT, *map(str, arguments)], cwd=self.dir, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                stdin=subprocess.DEVNULL, text=True)

    def started(self, *arguments, enough=3000, folder="out"):
        """A run whose journal has so many bytes."""
        run = self.start(*arguments)
        self.addCleanup(run.communicate)
        self.addCleanup(run.kill)
        journal = self.dir / folder / "journal.jsonl"
        deadline = time.time() + 60
        while time.time() < deadline and run.poll() is None and (not journal.exists() or journal.stat().st_size < enough):
            time.sleep(0.01)
        self.assertIsNone(run.poll(), "the run ended by itself")
        return run

    def ended(self, run, code, *says):
        text, errors = run.communicate(timeout=60)
        self.assertEqual(run.returncode, code, text + errors)
        for words in says:
            self.assertIn(words, text + errors)
        return text, errors


class Exclusion(Folder):
    def test_a_second_run_in_a_folder_is_refused_until_the_first_one_is_gone(self):
        search = ("fuzz", *LONG, "--quiet")
        first = self.started(*search)
        for second in (("fuzz", *LONG), ("fuzz", *LONG, "--resume"), ("conform", *LONG)):
            self.expect_one_line_error(*second, says=["out/journal.jsonl: another run is writing to it"])
        first.send_signal(signal.SIGSTOP)
        self.expect_one_line_error(*search, "--resume", says=["another run is writing to it"])
        first.kill()
        first.wait()
        self.expect(0, *search, "--resume", "--time", "500ms")
        lines = self.journal()
        self.assertEqual([line["type"] for line in lines if line["type"] in ("run", "end")], ["run", "end"])

    def test_of_two_runs_that_start_together_one_is_refused(self):
        for number in range(PAIRS):
            folder = f"pair-{number}"
            search = ["fuzz", "--kernel", "reference.direct", "--out", folder, "--jobs", "1", "--quiet", "--seed", str(number)]
            if number % 2 == 1:  # one that was killed within its first line goes on, twice
                (self.dir / folder).mkdir()
                (self.dir / folder / "journal.jsonl").write_bytes(b"" if number % 4 == 1 else b'{"type":"ru')
                search.append("--resume")
            pair = [self.start(*search), self.start(*search)]
            deadline = time.time() + 60
            while all(run.poll() is None for run in pair) and time.time() < deadline:
                time.sleep(0.01)
            refused, other = sorted(pair, key=lambda run: run.poll() is None)
            said = refused.communicate(timeout=60)[1]
            self.assertEqual((refused.returncode, other.poll()), (2, None), said)
            self.assertIn("journal.jsonl", said.splitlines()[-1])
            time.sleep(0.1)
            other.send_signal(signal.SIGINT)
            self.ended(other, 130)
            lines = self.journal(folder)
            kinds = [line["type"] for line in lines]
            self.assertEqual((kinds[0], kinds[-1], kinds.count("run"), kinds.count("end")), ("run", "end", 1, 1))
            counted = sum(sum(count for name, count in of["tally"].items() if name not in ("ran", "calls"))
                          for line in lines for of in line.get("counted", [])) + kinds.count("trial")
            tally = lines[-1]["tally"]
            self.assertEqual(counted, sum(tally.values()) - tally["ran"] - tally["calls"])


class Disturbed(Folder):
    def test_hang_ups_and_files_too_large_end_a_run_as_ctrl_c_does(self):
        for number in (signal.SIGHUP, signal.SIGXFSZ, signal.SIGTERM):
            run = self.started("conform", *LONG)
            run.send_signal(number)
            self.ended(run, 130, "Interrupted: 1 kernel")
            self.assertTrue(self.journal()[-1]["interrupted"])
            self.assertIn("Interrupted", (self.dir / "out/report.html").read_text())
            shutil.rmtree(self.dir / "out")

    def test_a_run_that_nohup_started_outlives_its_terminal(self):
        run = subprocess.Popen(["nohup", CONVICT, "fuzz", *LONG, "--time", "2"], cwd=self.dir, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        deadline = time.time() + 60
        while not (self.dir / "out/journal.jsonl").exists() and run.poll() is None and time.time() < deadline:
            time.sleep(0.01)
        run.send_signal(signal.SIGHUP)
        self.ended(run, 0, "no finding")

    def test_a_folder_that_vanishes_is_told_at_once(self):
        for command, vanish in (("conform", shutil.rmtree), ("fuzz", lambda folder: os.rename(folder, self.dir / "elsewhere"))):
            run = self.started(command, *LONG)
            vanish(self.dir / "out")
            begin = time.time()
            _, errors = self.ended(run, 3)
            self.assertEqual(errors, "convict: out/journal.jsonl was deleted or moved while the run was writing to it\n")
            self.assertLess(time.time() - begin, 20)

    def test_a_plug_in_that_is_rebuilt_during_a_run_ends_it_with_its_page(self):
        kernel = self.dir / "mine.so"
        def in_place():  # under the worker that has it mapped
            kernel.write_bytes((PLUGINS / "faulty.so").read_bytes())

        def replaced():
            kernel.unlink()
            shutil.copy(PLUGINS / "faulty.so", kernel)

        for number, (command, rebuild) in enumerate((("conform", in_place), ("fuzz", in_place), ("conform", replaced))):
            out = f"out-{number}"
            kernel.unlink(missing_ok=True)
            shutil.copy(PLUGINS / "direct.so", kernel)
            run = self.started(command, "--kernel", "./mine.so", "--suite", "edge", "--out", out, "--jobs", "2", folder=out)
            rebuild()
            text, errors = self.ended(run, 2, "Ended early (an error): 1 kernel")
            self.assertEqual(errors.count("\n"), 1, errors)
            self.assertIn("mine.so: changed while it was under test; start again", errors)
            self.assertNotIn("CRASHED", text)
            self.assertIn("changed while it was under test", self.journal(out)[-1]["reason"])
            self.assertIn("changed while it was under test", (self.dir / out / "report.html").read_text())


class Journals(Folder):
    def setUp(self):
        super().setUp()
        self.search = ("fuzz", "--kernel", "reference.direct", "--cases", "30", "--precision", "f32", "--out", "out", "--quiet")
        self.expect(0, *self.search)
        self.path = self.dir / "out/journal.jsonl"
        self.whole = self.path.read_bytes()

    def test_what_can_be_read_around_is_told_and_read_around(self):
        first = self.whole.index(b"\n") + 1
        lines = self.whole.count(b"\n")
        headline = self.expect(0, "report", "out").stdout
        for damaged, said in ((self.whole[:first] + b"\n \n" + self.whole[first:], ":2: left out: a blank line (2 lines have this)"),
                              (self.whole[:first] + b"\0" * 500 + b"\n" + self.whole[first:], ":2: left out: NUL bytes"),
                              (self.whole[:first] + b"\0" * 500 + self.whole[first:], ":2: left out: NUL bytes"),
                              (self.whole + self.whole[:first], f":{lines + 1}: left out: a line behind the end")):
            self.path.write_bytes(damaged)
            done = self.expect(0, "report", "out")
            self.assertEqual(done.stdout, headline)
            self.assertIn("convict: out/journal.jsonl" + said, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            done = self.expect(0, *self.search[:4], "40", *self.search[5:], "--resume")
            self.assertIn("out/journal.jsonl" + said, done.stderr)
            tally = [line for line in (self.path.read_bytes().splitlines()) if b'"type":"end"' in line]
            self.assertEqual(len(tally), 1)

    def test_a_search_that_was_killed_within_its_first_line_starts_anew(self):
        for left in (b"", b'{"type":"run","for'):
            self.path.write_bytes(left)
            self.expect_one_line_error("report", "out", says=["out/journal.jsonl has no line"])
            done = self.expect(0, *self.search, "--resume")
            self.assertEqual(done.stderr, "convict: out/journal.jsonl was killed before its first line; the search starts anew\n")
            self.assertEqual(self.journal()[0]["type"], "run")
            self.assertEqual(self.journal()[-1]["tally"], json.loads(self.whole.splitlines()[-1])["tally"])
