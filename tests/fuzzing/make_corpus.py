#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of corpus/ that are no text: small HDF5 files and tables of plug-ins. usage: make_corpus.py

HDF5 files come in the oldest format, which has no checksum over metadata (what h5py writes by default), and in the
format of HDF5 1.10, which convict writes. The seeds are in the tree: run this again when a field is added, and commit
what it wrote. Needs h5py.
"""

import struct
from pathlib import Path

import h5py
import numpy as np

CORPUS = Path(__file__).parent / "corpus"
TRIAL = "c1_i2_k1_f2/forward/f32"


def golden(file):
    file.attrs["format"] = np.bytes_("convict-golden")
    file.attrs["version"] = np.int64(1)
    file.attrs["cases"] = np.int64(1)
    group = file.create_group("case_0000")
    group.attrs["trial"] = np.bytes_(TRIAL)
    tensors(group)


def tensors(group):
    group["input"] = np.array([[[1, 2]]], "f4")
    group["filters"] = np.array([[[3, 4]]], "f4")
    group["truth"] = np.array([[[11]]], "f8")
    group["bound"] = np.array([[[0]]], "f8")


def evidence(file):
    file.attrs["format"] = "convict-evidence"  # of variable length
    file.attrs["version"] = np.int64(1)
    file.attrs["kernel"] = "./mine.so:mine.forward"
    file.attrs["trial"] = TRIAL
    tensors(file)
    file["result"] = np.array([[[12]]], "f4")


def operands(file):
    file["input"] = np.arange(8, dtype="i2").reshape(1, 2, 4)
    file["filters"] = np.arange(12, dtype="f2").reshape(3, 2, 2)


def packed(file):
    file.create_dataset("input", data=np.arange(8, dtype=">f8").reshape(1, 2, 4), chunks=(1, 1, 4), shuffle=True,
                        compression="gzip", fletcher32=True)
    file.create_dataset("filters", data=np.zeros((3, 2, 2), "f8"), chunks=(1, 2, 2), scaleoffset=2)


def strange(file):
    file["text"] = "words"
    file["flags"] = np.array([True, False])
    file["pairs"] = np.array([(1, 2.5)], "i4, f8")
    file["lists"] = np.array([np.array([1, 2], "i4"), np.array([3], "i4")], h5py.vlen_dtype("i4"))
    file["wide"] = np.array([1], np.longdouble)
    brain = file.create_dataset("brain", data=np.array([0x3F80], "u2"))
    brain.attrs["dtype"] = "bfloat16"
    file["nothing"] = h5py.Empty("f4")
    file["link"] = h5py.SoftLink("/loop")
    file["loop"] = h5py.SoftLink("/link")
    file["elsewhere"] = h5py.ExternalLink("absent.h5", "/x")
    file["itself"] = h5py.SoftLink("/")


def write_hdf5():
    for make in (golden, evidence, operands, packed, strange):
        for oldest in ("earliest", "v110"):
            path = CORPUS / f"hdf5/{make.__name__}_{oldest}.h5"
            with h5py.File(path, "w", libver=(oldest, "v110")) as file:
                make(file)


def kernel(arithmetic=0, tile=0, taps=0, alignment=0, over_read=0, special_strides=0):
    """A convict_kernel of core/plugin.h without its pointers."""
    made = struct.pack("=QQ3i3i2iqi4xq3i4xqq40x3i4xQQi4x", 0, 0, 1, 2, 1, arithmetic, tile, taps, 0, 0, 0, 0, 0, 0, 0, 0,
                       alignment, over_read, 0, 0, 0, 0, 0, special_strides)
    assert len(made) == 184, "convict_kernel of core/plugin.h has changed"
    return made


def table(*kernels):
    return bytes([0, 0, len(kernels)]) + b"".join(kernels)


def write_tables():
    texts = b"mine\0n16_c32_i14x14_k32_f1x1\0nhwc nchw:rsck:nchw\0"
    tables = {
        "plain": table(b"\0" + kernel() + texts),
        "winograd": table(b"\0" + kernel(arithmetic=1, tile=4, taps=3, alignment=16, over_read=4) + texts),
        "older": table(b"\x40" + kernel() + texts),
        "two": table(b"\x0c" + kernel(special_strides=3) + b"one\0", b"\x0c" + kernel(arithmetic=2) + b"two\0"),
        "null": table(b"\1"),
        "other_abi": b"\0\1\2\0\0\0",
    }
    for name, contents in tables.items():
        (CORPUS / "plugin_table" / name).write_bytes(contents)


if __name__ == "__main__":
    write_hdf5()
    write_tables()
