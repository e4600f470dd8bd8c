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


script = None
script_path = ""
passes = 0
precisions = 0
deterministic = 0
claims = {}


def message_of(error):
    """The error in one line, with the line of the script that it came from."""
    places = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == script_path]
    place = f" (line {places[-1]} of {os.path.basename(script_path)})" if places else ""
    return f"{type(error).__name__}: {error}{place}"


def bits(names, known, what):
    if isinstance(names, str):
        names = [names]
    for name in names:
        if name not in known:
            raise ValueError(f"{what} has {name!r}; it may have {', '.join(known)}")
    return sum(known[name] for name in set(names))


ARITHMETIC = {"direct": 0, "winograd": 1, "fft": 2}
FORMATS = ("accumulator", "input_rounding")
COUNTS = ("winograd_tile", "winograd_taps", "accumulation_depth", "truncation_block", "required_alignment", "over_read")
FLAGS = ("truncating_adds", "flush_to_zero", "denormals_are_zero")


def claims_of(made):
    """The script's claims as the numbers of convict_kernel's fields; those it does not make are 0."""
    found = dict.fromkeys(("arithmetic", "any_strides", *FORMATS, *COUNTS, *FLAGS), 0)
    found["any_strides"] = 1
    for name in found:
        if not hasattr(made, name):
            continue
        value = getattr(made, name)
        if name == "arithmetic":
            if value not in ARITHMETIC:
                raise ValueError(f"arithmetic is {value!r}; it may be {', '.join(ARITHMETIC)}")
            found[name] = ARITHMETIC[value]
        elif name in FORMATS:
            if value not in PRECISIONS:
                raise ValueError(f"{name} is {value!r}; it may be {', '.join(PRECISIONS)}")
            found[name] = PRECISIONS[value]
        elif name in COUNTS:
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise ValueError(f"{name} is {value!r}; it must be a whole number of at least 0")
            found[name] = value
        elif isinstance(value, bool):
            found[name] = int(value)
        else:
            raise ValueError(f"{name} is {value!r}; it must be True or False")
    return found


def load(path):
    global script, script_path, passes, precisions, deterministic, claims
    script_path = path
    try:
        sys.path.insert(0, os.path.dirname(path))
        spec = importlib.util.spec_from_file_location("convict_kernel_script", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        passes = bits(getattr(script, "passes", ["forward"]), PASSES, "passes")
        precisions = bits(getattr(script, "precisions", ["f32"]), PRECISIONS, "precisions")
        deterministic = int(bool(getattr(script, "deterministic", False)))
        claims = claims_of(script)
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
    span = 1 + sum((extent - 1) * stride for extent, stride in zip(extents, strides))
    memory = (ctypes.c_char * (span * size)).from_address(address)
    result = numpy.ndarray(extents, kind, memory, strides=[stride * size for stride in strides])
    result.flags.writeable = writeable
    return result


def refuses(problem_address):
    problem = Problem.from_address(problem_address)
    if problem.output[0] <= 0:
        return "not a convolution"
    return (script.refuses(seen(problem)) or "") if hasattr(script, "refuses") else ""


def run(problem_address, buffers_address):
    try:
        problem, buffers = Problem.from_address(problem_address), Buffers.from_address(buffers_address)
        p = seen(problem)
        kind = TYPES[problem.precision]
        x = array(buffers.input, (p.batch, p.in_channels, *p.input), p.input_strides, kind, p.pass_ == "grad_input")
        w = array(buffers.filters,
                  (p.out_channels, *(p.output if p.unshared or p.pass_ != "grad_weights" else (1, 1, 1)),
                   p.in_channels // p.groups, *p.filter), p.filter_strides, kind, p.pass_ == "grad_weights")
        y = array(buffers.output, (p.batch, p.out_channels, *p.output), p.output_strides, kind, p.pass_ == "forward")
        script.convolve(p, x, w, y)
    except BaseException as error:
        return message_of(error)
    return ""
