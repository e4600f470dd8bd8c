# SPDX-License-Identifier: Apache-2.0
"""A kernel for convict in Python: convolution by its definition, forward, f32, any strides.

    convict conform --kernel ./direct.py
"""
import math

import numpy as np

passes = ["forward"]
precisions = ["f32"]


def refuses(p):
    padded = [i + before + after for i, before, after in zip(p.input, p.pad_before, p.pad_after)]
    return "the padded input is too large to copy" if math.prod(padded) > 2**24 else None


def convolve(p, x, w, y):
    """y[n,k,o] = beta y[n,k,o] + alpha sum_{c,u} w[k,o,c,u] x[n, g C/G + c, o stride - pad + phi(u) dilation]

    x is (N, C, i0, i1, i2), w is (K, o0, o1, o2, C/G, f0, f1, f2); y is (N, K, o0, o1, o2) and is written in place.
    """
    channels, filters = p.in_channels // p.groups, p.out_channels // p.groups
    padded = np.pad(x.astype(np.float64), [(0, 0), (0, 0), *zip(p.pad_before, p.pad_after)])
    sums = np.zeros((p.batch, p.groups, filters, *p.output))
    for u in np.ndindex(*p.filter):
        first = [(f - 1 - i if p.flip else i) * d for i, f, d in zip(u, p.filter, p.dilation)]
        read = [slice(at, at + (o - 1) * s + 1, s) for at, o, s in zip(first, p.output, p.stride)]
        window = padded[(..., *read)].reshape(p.batch, p.groups, channels, *p.output)
        taps = w[(..., *u)].reshape(p.groups, filters, *p.output, channels)
        sums += np.einsum("gkabcd,ngdabc->ngkabc", taps, window)
    old = 0 if p.beta == 0 else p.beta * y  # with beta 0 the old result may be NaN and is not read
    y[...] = p.alpha * sums.reshape(y.shape) + old
