# SPDX-License-Identifier: Apache-2.0
"""A zoo of hostile kernels in one run: each ends with the right verdict, the next kernel is tried, no process is left, no
memory beyond the limit is taken, and all that soon after the time limit. The kinds are tests/sandbox/plugins/zoo/*.cpp and those
of hostile.cpp that attack the run (ends_test.py); kinds with false claims have a run of their own (kernels_test.py)."""

import os
import re
import shutil
import subprocess
import threading
import time
import uuid
from pathlib import Path

from case import Case, CONVICT, PLUGINS
from ends_test import ENDS, HOSTILE, marked

ZOO = PLUGINS / "zoo.so"
TIMEOUT_S = 1
MEMORY_MIB = 128
SUITE = "c2_i4_k3_f2/forward/f32\nc2_i5_k3_f2/forward/f32/seed=1\n"

SEGV = r"signal 11 \(Segmentation fault\)"
HUNG = "no answer within 1 s during "
TOO_MUCH = r"killed at [12]\d\d MiB of memory"
# How each kind ends: the outcome of both trials, and what the first reason says.
KINDS = {
    # answers
    "answers_nan": ("fail", "9 of 9 elements wrong"),
    "answers_infinity": ("fail", "9 of 9 elements wrong"),
    "answers_zeros": ("fail", "9 of 9 elements wrong"),
    "answers_nothing": ("fail", "9 of 9 elements never written"),
    "answers_half": ("fail", "1 of 9 elements never written"),
    "answers_by_chance": ("fail", "two runs on the same operands differ"),
    "answers_and_says_no": ("fail", "reported failure: status -1"),
    "answers_and_refuses": ("unsupported", "refused in run"),
    "overwrites_its_input": ("fail", "modified its operand input"),
    "overwrites_its_filters": ("fail", "modified its operand filters"),
    "writes_one_too_many": ("fail", "0 bytes behind the end of output"),
    "writes_before_its_output": ("fail", "4 bytes before the start of output"),
    "adds_what_lies_behind": ("fail", "holds what lay behind the end of input"),
    "adds_its_workspace": ("fail", "holds what was in the workspace"),
    "changes_its_arguments": ("pass", ""),
    "remembers_its_first_answer": ("pass fail", ""),
    "unprotects_its_operands": ("fail", "modified its operand input"),
    # ends
    "locks_twice": ("hung", HUNG + "run"),
    "waits_for_a_child": ("hung", HUNG + "run"),
    "reads_a_pipe": ("hung", HUNG + "run"),
    "sleeps_in_pieces": ("hung", HUNG + "run"),
    "spins": ("hung", HUNG + "run"),
    "steals_the_next_request": ("hung", HUNG + "run"),
    "answers_the_request_itself": ("crashed", "wrote into the worker's connection"),
    "hangs_up": ("crashed", "closed descriptors that are not its own"),
    "puts_a_pipe_over_its_connection": ("crashed", "closed descriptors that are not its own"),
    "becomes_another_program": ("hung", HUNG + "run"),
    "becomes_a_program_that_ends": ("crashed", "exited with status 0 during run"),
    "exits_quickly": ("crashed", "exited with status 0 during run"),
    "exits_in_a_thread": ("crashed", "exited with status 3 during run"),
    "cancels_its_thread": ("crashed", "signal 6"),
    "sets_an_alarm": ("crashed", "signal 14"),
    "uses_up_its_processor_time": ("crashed", "signal 27"),
    "hangs_at_exit": ("pass", ""),
    "hangs_at_exit_and_exits": ("hung", HUNG + "run"),
    "sleeps_when_asked": ("hung", HUNG + "refuses"),
    "loops_when_asked_for_workspace": ("hung", HUNG + "workspace_bytes"),
    "plans_for_ever": ("hung", HUNG + "planning"),
    "destroys_its_plan_for_ever": ("pass hung", ""),
    # faults
    "divides_by_zero": ("crashed", "signal 8"),
    "executes_nonsense": ("crashed", "signal 4"),
    "executes_data": ("crashed", SEGV + " in output during run"),
    "calls_null": ("crashed", SEGV + " during run"),
    "writes_to_its_constants": ("crashed", SEGV + " during run"),
    "reads_beyond_a_file": ("crashed", "signal 7"),
    "writes_to_a_closed_pipe": ("crashed", "signal 13"),
    "stops_at_a_breakpoint": ("crashed", "signal 5"),
    "hangs_up_its_terminal": ("crashed", r"signal 1 \(Hangup\)"),
    "interrupts_itself": ("crashed", r"signal 2 \(Interrupt\)"),
    "terminates_itself": ("crashed", "signal 15"),
    "sends_itself_a_real_time_signal": ("crashed", "real-time"),
    "writes_a_file_that_is_too_large": ("crashed", "signal 25"),
    "frees_twice": ("crashed", "signal 6|double-free"),
    "frees_its_output": ("crashed", "signal (6|11)|bad-free"),
    "overruns_its_heap": ("crashed", "signal (6|11)|overflow"),
    "recurses_without_end": ("crashed", SEGV + " during run"),
    "unmaps_its_buffers": ("crashed", "cannot protect shared memory"),
    "throws_without_an_exception": ("crashed", "signal 6"),
    "breaks_a_promise": ("crashed", "signal 6"),
    "recovers_from_its_fault": ("pass", ""),
    "reasons_with_a_wild_pointer": ("crashed", SEGV + " during refuses"),
    "faults_when_asked_for_workspace": ("crashed", SEGV + " during workspace_bytes"),
    "plans_nothing": ("fail", "plan_create returned null"),
    "faults_when_it_plans": ("crashed", SEGV + " during planning"),
    "faults_when_it_destroys": ("pass crashed", ""),
    # memory
    "takes_heap": ("crashed", TOO_MUCH),
    "takes_pages": ("crashed", TOO_MUCH),
    "takes_shared_pages": ("crashed", TOO_MUCH),
    "takes_files_in_memory": ("crashed", TOO_MUCH),
    "takes_segments": ("crashed", TOO_MUCH),
    "takes_crumbs": ("crashed", TOO_MUCH),
    "takes_memory_in_a_thread": ("crashed", TOO_MUCH),
    "takes_memory_in_a_child": ("crashed", TOO_MUCH),
    "takes_memory_in_four_children": ("crashed", TOO_MUCH),
    "grows_a_string": ("crashed", TOO_MUCH),
    "takes_and_gives_back": ("pass", ""),
    "reserves_addresses": ("pass", ""),
    "asks_for_everything": ("unsupported", "too large here"),
    "asks_for_a_tebibyte": ("unsupported", "too large here"),
    # processes and threads
    "leaves_a_daemon": ("pass", ""),
    "leaves_a_daemon_that_ignores_signals": ("pass", ""),
    "leaves_a_daemon_that_works": ("pass", ""),
    "leaves_a_child": ("pass", ""),
    "leaves_a_dead_child": ("pass", ""),
    "leaves_a_family": ("pass", ""),
    "leaves_a_stopped_child": ("pass", ""),
    "leaves_its_group": ("pass", ""),
    "outlives_its_parent": ("pass", ""),
    "answers_from_two_processes": ("pass", ""),
    "leaves_sleeping_threads": ("pass", ""),
    "leaves_a_thread_that_writes": ("pass crashed", ""),
    "leaves_a_thread_that_forks": ("pass", ""),
    # the process's own state
    "changes_its_directory": ("pass", ""),
    "changes_its_umask": ("pass", ""),
    "rounds_towards_zero": ("pass", ""),
    "flushes_subnormals": ("pass", ""),
    "traps_invalid_sums": ("pass", ""),
    "changes_its_locale": ("pass", ""),
    "empties_its_environment": ("pass", ""),
    "closes_standard_streams": ("pass", ""),
    "opens_many_files": ("pass", ""),
    "uses_up_its_descriptors": ("pass", ""),
    "lowers_its_limits": ("pass", ""),
    "lowers_its_priority": ("pass", ""),
    "binds_itself_to_a_processor": ("pass", ""),
    "replaces_all_handlers": ("pass", ""),
    "blocks_all_signals": ("pass", ""),
    "takes_its_signal_stack_away": ("pass", ""),
    "renames_itself": ("pass", ""),
    "hides_from_proc": ("pass", ""),
    "locks_its_memory": ("pass", ""),
    "loads_itself_again": ("pass", ""),
    "unloads_itself": ("crashed", SEGV),
    "protects_its_buffers": ("pass", ""),
    # words
    "floods_standard_output": ("pass", ""),
    "floods_standard_error": ("pass", ""),
    "floods_and_aborts": ("crashed", "signal 6"),
    "dies_with_control_characters": ("crashed", r"signal 6.*\\x1b\[2J"),
    "fails_with_control_characters": ("fail", r"status 3: \\x1b\[2J"),
    "fails_with_words_without_an_end": ("fail", "status 3: x{511}$"),
    "throws_a_mebibyte": ("crashed", "std::runtime_error: x+$"),
    "throws_control_characters": ("crashed", r"\\x1b\[2J"),
    "throws_without_words": ("crashed", "Wordless"),
    "throws_what_cannot_be_read": ("crashed", SEGV),
    "throws_a_string": ("crashed", "basic_string"),
    "refuses_in_a_mebibyte": ("unsupported", "^x{511}$"),
    "refuses_without_words": ("unsupported", "^$"),
    "refuses_with_control_characters": ("unsupported", r"\\x1b\[2J"),
}
# What passes and leaves processes is told.
LEAVES = ("leaves_a_daemon", "leaves_a_daemon_that_ignores_signals", "leaves_a_daemon_that_works", "leaves_a_child",
          "leaves_a_family", "leaves_a_stopped_child", "leaves_a_thread_that_forks")


class Watch(threading.Thread):
    """The largest resident memory of a worker, or of a process that it started, while the run lasts; in MiB."""

    def __init__(self, run, mark):
        super().__init__(daemon=True)
        self.run_, self.mark, self.peak = run, mark, 0

    def run(self):
        while self.run_.poll() is None:
            for process in marked(self.mark):
                try:
                    status = Path(f"/proc/{process}/status").read_text()
                    resident = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
                    if resident and b"--convict-worker" in Path(f"/proc/{process}/cmdline").read_bytes():
                        self.peak = max(self.peak, int(resident[1]) >> 10)
                except OSError:
                    pass  # it has ended
            time.sleep(0.3)


class Zoo(Case):
    def kernels(self):
        """A right kernel after every fourth hostile one: its name, or none, and the path to try."""
        hostile = [(name, f"{ZOO}:zoo.{name}") for name in KINDS]
        hostile += [(name, f"{HOSTILE}:hostile.{name}") for name in ENDS]
        for number, (name, path) in enumerate(hostile):
            yield name, path
            if number % 4 == 3:
                right = shutil.copy(PLUGINS / "direct.so", self.dir / f"right{number}.so")
                yield None, f"{right}:right{number}.forward"

    def run_watched(self, kernels):
        mark = f"{uuid.uuid4()}"
        (self.dir / "suite.txt").write_text(SUITE)
        command = [CONVICT, "conform", *[f"--kernel={path}" for _, path in kernels], "--suite", "suite.txt", "--timeout",
                   str(TIMEOUT_S), "--memory", str(MEMORY_MIB), "--jobs", "1", "--out", "out"]
        with open(self.dir / "text", "w") as text:
            run = subprocess.Popen(command, cwd=self.dir, stdin=subprocess.DEVNULL, stdout=text, stderr=text,
                                   env=os.environ | {"CONVICT_MARK": mark})
            watch = Watch(run, mark)
            watch.start()
            self.assertEqual(run.wait(timeout=300), 1)
        watch.join()
        self.assertEqual(marked(mark), [], "processes that the run left")
        return (self.dir / "text").read_text(), watch.peak

    def test_every_kind_ends_as_it_must_and_harms_no_other(self):
        self.assertGreaterEqual(len(KINDS) + len(ENDS), 80)
        kernels = list(self.kernels())

        text, peak = self.run_watched(kernels)

        self.assertEqual(self.journal()[-1]["type"], "end")
        lines = [line for line in self.journal() if line["type"] == "trial"]
        expected = KINDS | ENDS | {None: ("pass", "")}
        for name, path in kernels:
            tried = [line for line in lines if line["kernel"] == path]
            outcomes, words = expected[name]
            with self.subTest(kernel=name or path):
                self.assertEqual([line["outcome"] for line in tried], (outcomes.split() * 2)[:2], tried)
                self.assertRegex(tried[0].get("reason", ""), words or "^$")
                for line in tried:
                    self.assertLess(line["time_ms"], (TIMEOUT_S + 5) * 1000)
        # What a call takes between two measurements, and the program itself, where it is sanitized.
        self.assertLess(peak, MEMORY_MIB + 150)
        told = re.findall(r"zoo\.(\w+) left \d+ process(?:es)? running", text)
        self.assertEqual(sorted(told), sorted(LEAVES))
        self.assertNotRegex(text, "[\x00-\x08\x0b-\x1f\x7f-\x9f]")

    def test_the_table_has_every_kind(self):
        listed = self.expect(0, "list", "--kernel", ZOO).stdout
        self.assertEqual(set(re.findall(r"zoo\.so:zoo\.(\w+)", listed)), set(KINDS))
