# SPDX-License-Identifier: Apache-2.0
"""Compares the C++ reference with NumPy, element by element and exactly (all sums are small
integers or halves of them). Usage: compare.py EXCHANGE_PROGRAM [TRIALS [SEED]]"""

import subprocess
import sys
from collections import Counter

import numpy as np

from trials import random_trials

ANSWERS = ("kernel", "truth f64", "truth twice_f64", "magnitude", "products")


def expected_answers(trial):
    x, w, y = trial.operands()
    value = trial.compute(x, w, y)
    sizes = type(trial)(trial.conv, trial.direction, 0, abs(trial.alpha), abs(trial.beta))
    counts = type(trial)(trial.conv, trial.direction, 0, 1, 0)
    magnitude = sizes.compute(abs(x), abs(w), abs(y))
    products = counts.compute(np.ones_like(x), np.ones_like(w), np.ones_like(y))
    return [value, value, value, magnitude, products]


def differences(trial, numbers, at):
    """What is wrong with the answer that starts at numbers[at], and where the next one starts."""
    expected = expected_answers(trial)
    count = expected[0].size
    if at >= numbers.size:
        return ["no answer"], at
    if numbers[at] != count:
        return [f"{numbers[at]:g} elements instead of {count}"], numbers.size
    wrong = []
    blocks = numbers[at + 1 : at + 1 + len(ANSWERS) * count].reshape(len(ANSWERS), count)
    for name, actual, right in zip(ANSWERS, blocks, expected):
        where = np.flatnonzero(~(actual == right))
        if where.size:
            i = where[0]
            wrong.append(f"{name}: {where.size} of {count} differ, [{i}] {actual[i]} not {right[i]}")
    return wrong, at + 1 + len(ANSWERS) * count


def main(program, count=600, seed=1):
    trials = random_trials(int(count), int(seed))
    lines = "".join(trial.text() + "\n" for trial in trials)
    reply = subprocess.run([program], input=lines.encode(), stdout=subprocess.PIPE, check=True)
    numbers = np.frombuffer(reply.stdout, dtype=np.float64)

    failures, elements, at = 0, 0, 0
    for trial in trials:
        begin = at
        wrong, at = differences(trial, numbers, at)
        elements += (at - begin) // len(ANSWERS)
        failures += bool(wrong)
        for line in wrong:
            print(f"{trial.text()}: {line}")
    if at != numbers.size:
        print(f"{numbers.size - at} numbers too many")
        failures += 1

    kinds = Counter(f"rank {t.conv.rank} {t.direction}" for t in trials)
    print(", ".join(f"{kind}: {n}" for kind, n in sorted(kinds.items())))
    print(f"{len(trials)} trials, {elements} elements, {failures} failures")
    return 1 if failures or elements == 0 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
