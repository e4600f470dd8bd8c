# SPDX-License-Identifier: Apache-2.0
"""Kills processes of a search with SIGKILL at random moments, and checks that nothing is lost or doubled.

usage: kill_campaign.py CONVICT PLUGIN_DIR [KILLS [CASES [SEED]]]

A search of a faulty plug-in, a right one and a built-in kernel runs once to its end, and once more while
its processes are killed: the search itself, which is then resumed, a fork server, or a worker. At the end
both journals must have the same findings in the same order, and the same verdicts of every kernel, but for
trials whose worker or fork server was killed: the kernel crashed, then, as far as anybody can tell. There
may be as many of these as there were such kills. No worker process may outlive the search. By hand, a hundred
kills: for seed in 1 2 3 4 5 6 7 8 9 10; do tests/cli/kill_campaign.py CONVICT PLUGIN_DIR 10 300 $seed; done
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


def kill(process):
    try:
        os.kill(process, signal.SIGKILL)
        return True
    except ProcessLookupError:
        return False


def children(process):
    return {child for child in descendants(process) if parent_of(child) == process}


def parent_of(process):
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def kill_search(run):
    workers = descendants(run.pid)
    run.kill()
    run.communicate()
    deadline = time.time() + 20
    while any(is_alive(worker) for worker in workers):
        if time.time() > deadline:
            sys.exit(f"a worker outlived the kill: {[worker for worker in workers if is_alive(worker)]}")
        time.sleep(0.01)


def victim_of(run, kind, draw):
    """A living fork server (a child of the search) or worker (a child of a fork server), or 0."""
    servers = children(run.pid)
    among = servers if kind == "server" else {worker for server in servers for worker in children(server)}
    return draw.choice(sorted(among)) if among else 0


def killed_piece(words, kinds, draw, gap_s):
    """Runs the search until it is killed, and kills others before; takes the kinds of victims from the end
    of the list. False when the search ended before."""
    run = start(words)
    while kinds:
        try:
            errors = run.communicate(timeout=draw.uniform(0.02, gap_s))[1].decode()
            if run.returncode not in (0, 1):
                sys.exit(f"{' '.join(words)} ended with {run.returncode}: {errors}")
            return False
        except subprocess.TimeoutExpired:
            pass
        if kinds[-1] == "search":
            kinds.pop()
            kill_search(run)
            return True
        victim = victim_of(run, kinds[-1], draw)
        if victim != 0 and kill(victim):
            kinds.pop()
    errors = run.communicate(timeout=900)[1].decode()
    if run.returncode not in (0, 1):
        sys.exit(f"{' '.join(words)} ended with {run.returncode}: {errors}")
    return False


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
                if outcome not in ("ran", "calls"):
                    counts[counted["kernel"], outcome] += count
    return counts


def check(whole, pieces, cases, most_hit):
    hit = {(kernel, trial) for kernel, trial, outcome in findings_of(pieces) if outcome == "crashed"}
    if any(outcome == "crashed" for _, _, outcome in findings_of(whole)):
        sys.exit("a kernel crashes by itself; the test shows nothing")
    if len(hit) > most_hit:
        sys.exit(f"{len(hit)} trials crashed, but {most_hit} workers and fork servers were killed: {hit}")
    wanted = [finding for finding in findings_of(whole) if finding[:2] not in hit]
    found = [finding for finding in findings_of(pieces) if finding[:2] not in hit]
    if wanted != found:
        sys.exit(f"findings differ: {wanted} without, {found} with kills")
    missing = verdicts_of(whole) - verdicts_of(pieces)
    added = verdicts_of(pieces) - verdicts_of(whole)
    if any(outcome != "crashed" for _, outcome in added) or added.total() != len(hit) or missing.total() != len(hit):
        sys.exit(f"verdicts differ: {missing} is missing and {added} is added with {len(hit)} trials hit by a kill")
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
    kinds = [("search", "server", "worker")[number % 3] for number in range(kills)]
    draw.shuffle(kinds)
    others = sum(kind != "search" for kind in kinds)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        begin = time.time()
        finish(command(convict, plugins, cases, folder / "whole"))
        whole_s = time.time() - begin
        words = command(convict, plugins, cases, folder / "cut")
        journal = folder / "cut/journal.jsonl"
        # All pieces before the last are together shorter than the whole.
        gap_s = max(0.05, 0.7 * whole_s / kills)
        while kinds and killed_piece(words + (["--resume"] if journal.exists() else []), kinds, draw, gap_s):
            pass
        if kinds:
            sys.exit(f"{len(kinds)} of {kills} kills did not come before the end; give more cases")
        finish(words + (["--resume"] if journal.exists() else []))
        whole, pieces = lines_of(folder / "whole/journal.jsonl"), lines_of(journal)
        check(whole, pieces, cases, others)
        hit = sum(outcome == "crashed" for _, _, outcome in findings_of(pieces))
        print(f"{kills - others} kills of a search of {cases} trials and 3 kernels ({whole_s:.1f} s), {others} of its fork servers "
              f"and workers ({hit} during a call): {len(findings_of(whole))} findings and all "
              f"{verdicts_of(pieces).total()} verdicts are there, once")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), *map(int, sys.argv[3:]))
