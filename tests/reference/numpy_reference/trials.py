# SPDX-License-Identifier: Apache-2.0
"""Seeded random trials, their text, and the operands both sides compute from one formula."""

import random
from dataclasses import dataclass

import numpy as np

from conv_numpy import Convolution, forward, grad_input, grad_weights

PASSES = ("forward", "grad_input", "grad_weights")


@dataclass(frozen=True)
class Trial:
    conv: Convolution
    direction: str
    seed: int
    alpha: float
    beta: float

    def text(self):
        recipe = f"seed={self.seed},alpha={self.alpha:g},beta={self.beta:g}"
        return f"{spec_text(self.conv)}/{self.direction}/f64/{recipe}"

    def operands(self):
        shapes = (self.conv.input_shape, self.conv.filter_shape, self.conv.output_shape)
        return [formula_values(shape, t, self.seed) for t, shape in enumerate(shapes)]

    def compute(self, x, w, y):
        """alpha * pass + beta * old result, as a flat array"""
        if self.direction == "forward":
            result, old = forward(self.conv, x, w), y
        elif self.direction == "grad_input":
            result, old = grad_input(self.conv, w, y), x
        else:
            result, old = grad_weights(self.conv, x, y), w
        return (self.alpha * result + self.beta * old).ravel()


def formula_values(shape, tensor, seed):
    """Element i of tensor t: ((2654435761 i + 40503 t + 97 seed) mod 2^32 div 2^16) mod 17 - 8."""
    i = np.arange(int(np.prod(shape)), dtype=np.uint64)
    mixed = (i * np.uint64(2654435761) + np.uint64(40503 * tensor + 97 * seed)) % np.uint64(2**32)
    return ((mixed >> np.uint64(16)) % np.uint64(17)).astype(np.float64).reshape(shape) - 8


def spec_text(conv):
    def extents(values):
        return "x".join(str(v) for v in values)

    text = f"n{conv.batch}_c{conv.in_channels}_i{extents(conv.input)}"
    text += f"_k{conv.out_channels}_f{extents(conv.filter)}"
    text += f"_s{extents(conv.stride)}_d{extents(conv.dilation)}"
    if isinstance(conv.border, str):
        text += f"_p{conv.border}"
    else:
        text += "_p" + "x".join(f"{before}:{after}" for before, after in conv.border)
    text += f"_g{conv.groups}"
    return text + ("_flip" if conv.flip else "") + ("_unshared" if conv.unshared else "")


def random_trials(count, seed):
    """Every rank, pass, flip and sharing in turn; everything else by chance."""
    dice = random.Random(seed)
    trials = []
    while len(trials) < count:
        i = len(trials)
        conv = random_convolution(dice, 1 + i % 3, i // 9 % 2 == 1, i // 18 % 3 == 2)
        if min(conv.output) < 1 or np.prod(conv.output_shape) * np.prod(conv.filter) > 20000:
            continue
        beta = dice.choice((0, 0, 1, -2, 0.5))
        trials.append(Trial(conv, PASSES[i // 3 % 3], i, dice.choice((1, 1, -1, 2.5)), beta))
    return trials


def random_convolution(dice, rank, flip, unshared):
    def each(least, most):
        return tuple(dice.randint(least, most) for _ in range(rank))

    def channels():
        return groups * (0 if dice.random() < 0.02 else dice.randint(1, 3))

    groups = dice.choice((1, 1, 2, 3))
    longest = {1: 20, 2: 9, 3: 6}[rank]
    explicit = tuple((dice.randint(0, 3), dice.randint(0, 3)) for _ in range(rank))
    return Convolution(
        batch=0 if dice.random() < 0.02 else dice.randint(1, 3),
        in_channels=channels(),
        out_channels=channels(),
        groups=groups,
        input=each(1, longest) if dice.random() > 0.05 else (0, *each(1, longest)[1:]),
        filter=each(1, {1: 5, 2: 4, 3: 3}[rank]),
        stride=each(1, 3) if dice.random() < 0.6 else (1,) * rank,
        dilation=each(1, 3) if dice.random() < 0.4 else (1,) * rank,
        border=dice.choice((explicit, explicit, "valid", "half", "full")),
        flip=flip,
        unshared=unshared,
    )
