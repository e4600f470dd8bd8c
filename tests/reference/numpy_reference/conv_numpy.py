# SPDX-License-Identifier: Apache-2.0
"""The three passes of a convolution in NumPy, by whole-array operations.

Written from the formulas alone and in another style than the C++ reference, so that the two share
no mistake: images are padded with real zeros, filters dilated with real zeros, and every output
position is one window of a sliding view; no index of a single product is ever computed.

Shapes, with S standing for 1 to 3 spatial axes:
    x (N, C, *S)    w (K, C/G, *F), unshared (K, *O, C/G, *F)    y (N, K, *O)
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


@dataclass(frozen=True)
class Convolution:
    """Everything but the operands; one entry per spatial axis in each tuple."""

    batch: int
    in_channels: int
    out_channels: int
    groups: int
    input: tuple
    filter: tuple
    stride: tuple
    dilation: tuple
    border: object  # 'valid', 'half', 'full', or one (before, after) per axis
    flip: bool
    unshared: bool

    @property
    def rank(self):
        return len(self.input)

    @property
    def dilated(self):
        return tuple((f - 1) * d + 1 for f, d in zip(self.filter, self.dilation))

    @property
    def padding(self):
        if self.border == "valid":
            return tuple((0, 0) for _ in self.input)
        if self.border == "half":
            return tuple((k // 2, k // 2) for k in self.dilated)
        if self.border == "full":
            return tuple((k - 1, k - 1) for k in self.dilated)
        return tuple(self.border)

    @property
    def output(self):
        sizes = zip(self.input, self.padding, self.dilated, self.stride)
        return tuple((n + sum(p) - k) // s + 1 for n, p, k, s in sizes)

    @property
    def input_shape(self):
        return (self.batch, self.in_channels, *self.input)

    @property
    def filter_shape(self):
        banks = self.output if self.unshared else ()
        return (self.out_channels, *banks, self.in_channels // self.groups, *self.filter)

    @property
    def output_shape(self):
        return (self.batch, self.out_channels, *self.output)


def forward(conv, x, w):
    windows = _windows(conv, x)
    kernel = _dense_kernel(conv, w)
    y = np.einsum(_subscripts(conv, "ngc{o}{k},gf{b}c{k}->ngf{o}"), windows, kernel)
    return y.reshape(conv.output_shape)


def grad_input(conv, w, y):
    """Adds the products of every output to the positions of its window."""
    kernel = _dense_kernel(conv, w)
    top = _split(y, 1, conv.groups)
    back = np.einsum(_subscripts(conv, "ngf{o},gf{b}c{k}->ngc{o}{k}"), top, kernel)
    padded = np.zeros(_padded_image(conv, np.zeros(conv.input_shape)).shape)
    for tap in np.ndindex(*conv.dilated):
        lands = tuple(
            slice(t, t + (o - 1) * s + 1, s) for t, o, s in zip(tap, conv.output, conv.stride)
        )
        padded[(..., *lands)] += back[(..., *tap)]
    inside = tuple(slice(p[0], p[0] + n) for p, n in zip(conv.padding, conv.input))
    return padded[(..., *inside)].reshape(conv.input_shape)


def grad_weights(conv, x, y):
    windows = _windows(conv, x)
    top = _split(y, 1, conv.groups)
    kernel = np.einsum(_subscripts(conv, "ngc{o}{k},ngf{o}->gf{b}c{k}"), windows, top)
    taps = tuple(slice(None, None, d) for d in conv.dilation)
    w = kernel[(..., *taps)].reshape(conv.filter_shape)
    return _reversed_taps(conv, w) if conv.flip else w


def _subscripts(conv, pattern):
    out, tap = "uvw"[: conv.rank], "xyz"[: conv.rank]
    return pattern.format(o=out, k=tap, b=out if conv.unshared else "")


def _split(array, axis, groups):
    """(..., A, ...) -> (..., G, A/G, ...)"""
    shape = array.shape
    return array.reshape(*shape[:axis], groups, shape[axis] // groups, *shape[axis + 1 :])


def _padded_image(conv, x):
    """(N, G, C/G, *padded)"""
    return np.pad(_split(x, 1, conv.groups), [(0, 0)] * 3 + list(conv.padding))


def _windows(conv, x):
    """(N, G, C/G, *O, *dilated): the part of the padded image under the filter at each output."""
    axes = tuple(range(3, 3 + conv.rank))
    views = sliding_window_view(_padded_image(conv, x), conv.dilated, axis=axes)
    steps = tuple(slice(None, None, s) for s in conv.stride)
    return views[(slice(None),) * 3 + steps]


def _reversed_taps(conv, w):
    return np.flip(w, axis=tuple(range(-conv.rank, 0)))


def _dense_kernel(conv, w):
    """(G, K/G, [*O,] C/G, *dilated): the filter as it lies on the image, zeros between its taps."""
    w = w.reshape(conv.filter_shape)
    if conv.flip:
        w = _reversed_taps(conv, w)
    dense = np.zeros((*w.shape[: -conv.rank], *conv.dilated))
    dense[(..., *(slice(None, None, d) for d in conv.dilation))] = w
    return _split(dense, 0, conv.groups)
