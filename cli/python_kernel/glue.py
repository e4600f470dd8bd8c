# SPDX-License-Identifier: Apache-2.0
"""Calls a kernel in Python: reads convict's structs by ctypes, gives the script NumPy arrays over the same memory.

The functions below are called by python_kernel.cpp with addresses; a string that is not empty says what went wrong.
"""
import ctypes
import importlib.util
import os
import sys
import traceback
import types

import numpy

PASSES = {"forward": 1, "grad_input": 2, "grad_weights": 4}
PRECISIONS = {"f64": 1, "f32": 2, "tf32": 4, "bf16": 8, "f16": 16, "f16a16": 32}
STRIDES = {"zero": 1, "negative": 2}
# NumPy has no bf16: scripts get its bits.
TYPES = {1: numpy.float64, 2: numpy.float32, 4: numpy.float32, 8: numpy.uint16, 16: numpy.float16, 32: numpy.float16}


def fields(kind, *names):
    return [(name, kind) for name in names]


class Problem(ctypes.Structure):
    """convict_problem"""
    _fields_ = (fields(ctypes.c_size_t, "size") + fields(ctypes.c_int32, "pass_", "precision", "rank", "threads")
                + fields(ctypes.c_int64, "batch", "in_channels", "out_channels", "groups")
                + fields(ctypes.c_int64 * 3, "input", "filter", "output", "stride", "dilation", "pad_before",
                         "pad_after")
                + fields(ctypes.c_int32, "flip", "unshared") + fields(ctypes.c_double, "alpha", "beta")
                + fields(ctypes.c_int64 * 5, "input_strides") + fields(ctypes.c_int64 * 8, "filter_strides")
                + fields(ctypes.c_int64 * 5, "output_strides"))


class Buffers(ctypes.Structure):
    """The start of convict_buffers"""
    _fields_ = fields(ctypes.c_size_t, "size") + fields(ctypes.c_void_p, "input", "filters", "output")


def one_of(**known):
    """A claim that has one of these names."""
    def read(name, value):
        if value not in known:
            raise ValueError(f"claims has {name} {value!r}; it may be {', '.join(known)}")
        return known[value]
    return read


def flag(name, value):
    if value not in (False, True):
        raise ValueError(f"claims has {name} {value!r}; it must be True or False")
    return int(value)


def count(name, value):
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"claims has {name} {value!r}; it must be an integer of at least 0")
    return value


def axes(name, value):
    if not isinstance(value, (list, tuple)) or not value or any(axis not in (0, 1, 2) for axis in value):
        raise ValueError(f"claims has {name} {value!r}; it must be a list of axes: 0, 1 or 2")
    return sum(1 << axis for axis in set(value))


# The claims of convict_kernel (plugin.h), each with the function that reads its value.
CLAIMS = {
    "arithmetic": one_of(direct=0, winograd=1, fft=2), "winograd_tile": count, "winograd_taps": count,
    "transform_axes": axes, "transform_fallback": one_of(all_axes=0, that_axis=1),
    "accumulator": one_of(**PRECISIONS), "input_rounding": one_of(**PRECISIONS), "accumulation_depth": count,
    "truncating_adds": flag, "truncation_block": count, "flush_to_zero": flag, "denormals_are_zero": flag,
    "nondeterministic": flag, "bits_depend_on_threads": flag, "required_alignment": count, "over_read": count}


def claims_of(loaded):
    """The script's claims as the numbers of convict_kernel's fields. The order of NumPy's sums, and the sign of its NaNs,
    may depend on where memory lies: a script counts as nondeterministic unless it says otherwise."""
    given = getattr(loaded, "claims", {})
    if not isinstance(given, dict):
        raise TypeError(f"claims is {given!r}; it must be a dict")
    for name in given:
        if name not in CLAIMS:
            raise ValueError(f"claims has {name!r}; it may have {', '.join(CLAIMS)}")
    made = {name: CLAIMS[name](name, value) for name, value in given.items()}
    deterministic = bool(getattr(loaded, "deterministic", False))
    if deterministic and made.get("nondeterministic"):
        raise ValueError("deterministic is True, and claims has nondeterministic True; leave one of them out")
    return {**dict.fromkeys(CLAIMS, 0), "nondeterministic": int(not deterministic), **made}


script = None
script_path = ""
passes = 0
precisions = 0
claims = {}
layouts = ""
special_strides = 0


def message_of(error):
    """The error in one line, with the line of the script that it came from."""
    places = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == script_path]
    place = f" (line {places[-1]} of {os.path.basename(script_path)})" if places else ""
    return f"{type(error).__name__}: {error}{place}"


def words(names, what):
    names = [names] if isinstance(names, str) else list(names)
    for name in names:
        if not isinstance(name, str):
            raise ValueError(f"{what} has {name!r}; it has names only")
    return names


def bits(names, known, what):
    names = words(names, what)
    for name in names:
        if name not in known:
            raise ValueError(f"{what} has {name!r}; it may have {', '.join(known)}")
    return sum(known[name] for name in set(names))


def load(path):
    global script, script_path, passes, precisions, claims, layouts, special_strides
    script_path = path
    try:
        sys.path.insert(0, os.path.dirname(path))
        spec = importlib.util.spec_from_file_location("convict_kernel_script", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        passes = bits(getattr(script, "passes", ["forward"]), PASSES, "passes")
        precisions = bits(getattr(script, "precisions", ["f32"]), PRECISIONS, "precisions")
        claims = claims_of(script)
        layouts = " ".join(words(getattr(script, "layouts", []), "layouts"))
        special_strides = bits(getattr(script, "special_strides", []), STRIDES, "special_strides")
        if not callable(getattr(script, "convolve", None)):
            raise AttributeError("the script defines no function convolve(problem, input, filters, output)")
    except BaseException as error:
        return message_of(error)
    return ""


def name_of(bit, known):
    return next(name for name, value in known.items() if value == bit)


def seen(problem):
    """The problem as Python numbers, strings and tuples."""
    values = {name: getattr(problem, name) for name, _ in Problem._fields_}
    values = {name: value if isinstance(value, (int, float)) else tuple(value) for name, value in values.items()}
    values.update(pass_=name_of(problem.pass_, PASSES), precision=name_of(problem.precision, PRECISIONS),
                  flip=bool(problem.flip), unshared=bool(problem.unshared))
    return types.SimpleNamespace(**values)


def array(address, extents, strides, kind, writeable):
    if 0 in extents:
        return numpy.empty(extents, kind)
    size = numpy.dtype(kind).itemsize
    reach = [(extent - 1) * stride for extent, stride in zip(extents, strides)]
    before = -sum(step for step in reach if step < 0)
    span = 1 + sum(abs(step) for step in reach)
    memory = (ctypes.c_char * (span * size)).from_address(address - before * size)
    result = numpy.ndarray(extents, kind, memory, before * size, [stride * size for stride in strides])
    result.flags.writeable = writeable
    return result


def refuses(problem_address):
    problem = Problem.from_address(problem_address)
    if problem.output[0] <= 0:
        return "not a convolution"
    return (script.refuses(seen(problem)) or "") if hasattr(script, "refuses") else ""


def run(problem_address, buffers_address):
    """What went wrong and why the problem is not taken; either may be empty."""
    try:
        problem, buffers = Problem.from_address(problem_address), Buffers.from_address(buffers_address)
        p = seen(problem)
        kind = TYPES[problem.precision]
        x = array(buffers.input, (p.batch, p.in_channels, *p.input), p.input_strides, kind, p.pass_ == "grad_input")
        w = array(buffers.filters,
                  (p.out_channels, *(p.output if p.unshared or p.pass_ != "grad_weights" else (1, 1, 1)),
                   p.in_channels // p.groups, *p.filter), p.filter_strides, kind, p.pass_ == "grad_weights")
        y = array(buffers.output, (p.batch, p.out_channels, *p.output), p.output_strides, kind, p.pass_ == "forward")
        refusal = script.convolve(p, x, w, y)
    except BaseException as error:
        return message_of(error), ""
    return "", refusal if isinstance(refusal, str) else ""
