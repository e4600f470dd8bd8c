# SPDX-License-Identifier: Apache-2.0
"""Kills whole searches with SIGKILL at random moments, resumes them, and checks that nothing is lost.

usage: kill_campaign.py CONVICT PLUGIN_DIR [KILLS [CASES [SEED]]]

A search of a faulty plug-in, a right one and a built-in kernel runs once to its end, and once more
in as many pieces as there are kills. At the end both journals must have the same findings in the
same order, and the same verdicts of every kernel. No worker process may outlive a kill.
"""

import collections
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def command(convict, plugins, cases, out):
    kernels = [plugins / "faulty.so", plugins / "direct.so", "reference.direct"]
    options = ["--seed", "11", "--jobs", "2", "--quiet", "--timeout", "60", "--pass", "forward", "--precision", "f32",
               "--cases", str(cases), "--out", str(out)]
    return [str(convict), "fuzz"] + options + [word for kernel in kernels for word in ("--kernel", str(kernel))]


def start(words):
    return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                            start_new_session=True)


def finish(words):
    run = start(words)
    errors = run.communicate(timeout=900)[1].decode()
    if run.returncode not in (0, 1):
        sys.exit(f"{' '.join(words)} ended with {run.returncode}: {errors}")


def descendants(process):
    found, queue = set(), [process]
    while queue:
        try:
            tasks = list(Path(f"/proc/{queue.pop()}/task").iterdir())
        except FileNotFoundError:
            continue
        for task in tasks:
            try:
                children = [int(word) for word in (task / "children").read_text().split()]
            except FileNotFoundError:
                continue
            found.update(children)
            queue += children
    return found


def is_alive(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def kill_after(words, seconds):
    """True when the search was killed, False when it ended before."""
    run = start(words)
    try:
        errors = run.communicate(timeout=seconds)[1].decode()
        if run.returncode not in (0, 1):
            sys.exit(f"{' '.join(words)} ended with {run.returncode}: {errors}")
        return False
    except subprocess.TimeoutExpired:
        workers = descendants(run.pid)
        os.kill(run.pid, signal.SIGKILL)
        run.communicate()
        deadline = time.time() + 20
        while any(is_alive(worker) for worker in workers):
            if time.time() > deadline:
                sys.exit(f"a worker outlived the kill: {[worker for worker in workers if is_alive(worker)]}")
            time.sleep(0.01)
        return True


def lines_of(journal):
    text = journal.read_text()
    if not text.endswith("\n"):
        sys.exit(f"{journal} ends in the middle of a line")
    return [json.loads(line) for line in text.splitlines()]


def findings_of(lines):
    return [(line["kernel"], line["trial"], line["outcome"]) for line in lines
            if line["type"] == "trial" and line["outcome"] in ("fail", "crashed", "hung")]


def verdicts_of(lines):
    """How often each kernel got each verdict, in lines of trials and in counts of checkpoints."""
    counts = collections.Counter()
    for line in lines:
        if line["type"] == "trial":
            counts[line["kernel"], line["outcome"]] += 1
        for counted in line.get("counted", []):
            for outcome, count in counted["tally"].items():
                counts[counted["kernel"], outcome] += count
    return counts


def check(whole, pieces, cases):
    for name, of in (("findings", findings_of), ("verdicts", verdicts_of)):
        if of(whole) != of(pieces):
            sys.exit(f"{name} differ: {of(whole)} without, {of(pieces)} with kills")
    if not findings_of(whole):
        sys.exit("the search found nothing; the test shows nothing")
    for lines in (whole, pieces):
        kinds = [line["type"] for line in lines]
        if kinds[0] != "run" or kinds[-1] != "end" or kinds.count("run") + kinds.count("end") != 2:
            sys.exit("a journal is a run line, trials and checkpoints, and an end line")
        tally = lines[-1]["tally"]
        if sum(tally.values()) - tally["ran"] - tally["calls"] != 3 * cases:
            sys.exit(f"the end counts {tally}, not {3 * cases} trials")


def main(convict, plugins, kills=3, cases=600, seed=0):
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        begin = time.time()
        finish(command(convict, plugins, cases, folder / "whole"))
        whole_s = time.time() - begin
        words = command(convict, plugins, cases, folder / "cut")
        journal = folder / "cut/journal.jsonl"
        killed = 0
        for _ in range(kills):
            resumed = words + (["--resume"] if journal.exists() else [])
            # All pieces before the last are together shorter than the whole.
            killed += kill_after(resumed, draw.uniform(0.02, 0.7 * whole_s / kills))
        finish(words + (["--resume"] if journal.exists() else []))
        whole, pieces = lines_of(folder / "whole/journal.jsonl"), lines_of(journal)
        check(whole, pieces, cases)
        print(f"{killed} kills of a search of {cases} trials and 3 kernels ({whole_s:.1f} s): "
              f"{len(findings_of(pieces))} findings and all {sum(verdicts_of(pieces).values())} verdicts are the same")
        if killed < kills:
            sys.exit(f"only {killed} of {kills} kills came before the end; give more cases")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), *map(int, sys.argv[3:]))
