# SPDX-License-Identifier: Apache-2.0
"""HDF5 files pass between the store and h5py in both directions.

usage: hdf5_interop_test.py HDF5_INTEROP_PROGRAM
"""

import os
import subprocess
import sys
import tempfile
import unittest

try:
    import h5py
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing} (apt install python3-h5py python3-numpy)")
    sys.exit(77)

PROGRAM = ""
SPECIALS = [1, -0.0, 2.0**-24, -1.5, -np.inf, np.inf, 2.0**-14, np.nan]


def same(a, b):
    """Equal values, equal signs of zeros, NaN where NaN is."""
    a, b = np.asarray(a, "f8").ravel(), np.asarray(b, "f8").ravel()
    if a.shape != b.shape:
        return False
    nan = np.isnan(a) & np.isnan(b)
    return bool(np.all(nan | ((a == b) & (np.signbit(a) == np.signbit(b)))))


def bfloat16_bits(values):
    """The upper halves of float32; `values` must be representable."""
    return (np.asarray(values, "f4").view("u4") >> 16).astype("u2")


def bfloat16_type():
    kind = h5py.h5t.IEEE_F32LE.copy()
    kind.set_fields(15, 7, 8, 0, 7)
    kind.set_ebias(127)
    kind.set_precision(16)
    kind.set_size(2)
    return kind


class Exchange(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "x.h5")

    def tearDown(self):
        self.folder.cleanup()

    def call(self, *words):
        done = subprocess.run([PROGRAM, *words], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def refusal(self, *words):
        done = subprocess.run([PROGRAM, *words], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn(self.path, done.stderr)
        return done.stderr

    def read(self, name):
        head, *values = self.call("read", self.path, name).splitlines()
        precision, _, extents = head.partition(" ")
        return precision, extents, [float.fromhex(value) for value in values]

    def write(self, **datasets):
        with h5py.File(self.path, "w") as file:
            for name, data in datasets.items():
                file[name] = data


class WhatWeWrite(Exchange):
    def test_h5py_reads_every_precision(self):
        self.call("write", self.path)
        kinds = {"f64": "f8", "f32": "f4", "tf32": "f4", "bf16": "f4", "f16": "f2", "f16a16": "f2"}
        with h5py.File(self.path) as file:
            self.assertEqual(set(file["group"]), set(kinds))
            for name, kind in kinds.items():
                data = file["group"][name]
                self.assertEqual(data.dtype, np.dtype(kind), name)
                self.assertEqual(data.shape, (2, 4), name)
                self.assertTrue(same(data[...], SPECIALS), (name, data[...]))

    def test_datasets_are_checksummed_and_large_ones_packed(self):
        self.call("write", self.path)
        with h5py.File(self.path) as file:
            self.assertTrue(file["group/f16"].fletcher32)
            self.assertTrue(file["large"].fletcher32)
            self.assertTrue(file["large"].shuffle)
            self.assertEqual(file["large"].compression, "gzip")
            self.assertTrue(np.all(file["large"][...] == 0.125))
            self.assertEqual(file["empty"].shape, (0, 3))

    def test_h5py_reads_attributes(self):
        self.call("write", self.path)
        with h5py.File(self.path) as file:
            self.assertEqual(file.attrs["text"].decode(), "zwölf")
            self.assertEqual(file.attrs["number"], -12)

    def test_h5py_reads_a_golden_file(self):
        self.call("golden", self.path)
        with h5py.File(self.path) as file:
            self.assertEqual(file.attrs["format"], b"convict-golden")
            self.assertEqual((file.attrs["version"], file.attrs["cases"]), (1, 1))
            case = file["case_0000"]
            self.assertEqual(case.attrs["trial"], b"c1_i3_k1_f2/grad_weights/bf16/beta=1")
            expected = {
                "input": [[[1, 2, 3]]],
                "grad_output": [[[1, -1]]],
                "old_result": [[[10, 20]]],
                "truth": [[[9, 19]]],
                "bound": [[[0, 0.5]]],
            }
            self.assertEqual(set(case), set(expected))
            for name, values in expected.items():
                self.assertTrue(np.array_equal(case[name][...], values), name)
            self.assertEqual(case["truth"].dtype, np.dtype("f8"))

    def test_h5dump_reads_the_headers(self):
        self.call("write", self.path)
        done = subprocess.run(["h5dump", "-H", self.path], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        for word in ["bf16", "f16", "H5T_IEEE_F32LE", "H5T_IEEE_F64LE", "( 2, 4 ) / ( 2, 4 )"]:
            self.assertIn(word, done.stdout)


class WhatH5pyWrites(Exchange):
    def test_floats_of_every_size_and_byte_order(self):
        values = [1, -0.0, 2.0**-24, -1.5, -np.inf, np.inf, 2.0**-14, np.nan]
        names = {"<f2": "f16", ">f2": "f16", "<f4": "f32", ">f4": "f32", "<f8": "f64", ">f8": "f64"}
        self.write(**{kind: np.array(values, kind).reshape(2, 4) for kind in names})
        for kind, precision in names.items():
            self.assertEqual(self.read(kind)[:2], (precision, "2x4"), kind)
            self.assertTrue(same(self.read(kind)[2], values), kind)

    def test_subnormals_of_every_size_and_byte_order(self):
        for kind, tiny in {"f2": 2.0**-24, "f4": 2.0**-149, "f8": 2.0**-1074}.items():
            values = np.array([tiny, -tiny, 3 * tiny, np.finfo(kind).max, np.finfo(kind).tiny])
            for order in "<>":
                self.write(x=values.astype(order + kind))
                self.assertTrue(same(self.read("x")[2], values), order + kind)

    def test_long_doubles_that_a_double_holds(self):
        self.write(x=np.array(SPECIALS, "longdouble"))
        self.assertEqual(self.read("x")[:2], ("f64", "8"))
        self.assertTrue(same(self.read("x")[2], SPECIALS))

    def test_long_doubles_that_no_double_holds(self):
        self.write(x=np.array([1, 1 + np.finfo("longdouble").eps]))
        self.assertIn("double precision cannot represent", self.refusal("read", self.path, "x"))

    def test_integers_of_every_size_and_sign(self):
        for kind in ["i1", "u1", "<i2", ">i2", "u2", "<i4", ">u4", "i8", "u8"]:
            limits = np.iinfo(kind)
            low, high = max(limits.min, -(2**53)), min(limits.max, 2**53)
            self.write(x=np.array([low, 0, 7, high], kind))
            self.assertEqual(self.read("x"), ("integer", "4", [low, 0, 7, high]), kind)

    def test_integers_that_no_double_holds(self):
        self.write(x=np.array([1, 2**53 + 1], "i8"), y=np.array([2**64 - 1], "u8"))
        self.assertIn("9007199254740993", self.refusal("read", self.path, "x"))
        self.assertIn("18446744073709551615", self.refusal("read", self.path, "y"))

    def test_bfloat16_as_marked_integers(self):
        self.write(x=bfloat16_bits(SPECIALS), y=bfloat16_bits(SPECIALS).astype(">u2"))
        with h5py.File(self.path, "a") as file:
            file["x"].attrs["dtype"] = "bfloat16"
            file["y"].attrs["dtype"] = np.bytes_("bfloat16")
        for name in "xy":
            self.assertEqual(self.read(name)[:2], ("bf16", "8"))
            self.assertTrue(same(self.read(name)[2], SPECIALS))

    def test_bfloat16_as_a_float_type(self):
        with h5py.File(self.path, "w") as file:
            space = h5py.h5s.create_simple((8,))
            data = h5py.h5d.create(file.id, b"x", bfloat16_type(), space)
            data.write(h5py.h5s.ALL, h5py.h5s.ALL, bfloat16_bits(SPECIALS), mtype=bfloat16_type())
        self.assertEqual(self.read("x")[:2], ("bf16", "8"))
        self.assertTrue(same(self.read("x")[2], SPECIALS))

    def test_chunked_packed_and_checksummed_data(self):
        values = np.arange(6000.0).reshape(20, 300)
        with h5py.File(self.path, "w", libver="latest") as file:
            file.create_dataset("x", data=values, chunks=(7, 64), compression="gzip", shuffle=True,
                                fletcher32=True)
        self.assertTrue(same(self.read("x")[2], values))

    def test_attributes_of_fixed_and_variable_length(self):
        with h5py.File(self.path, "w") as file:
            file.attrs["variable"] = "zwölf"
            file.attrs["fixed"] = np.bytes_("twelve")
            file.attrs["list"] = ["a", "b"]
        self.assertEqual(self.call("attribute", self.path, "/", "variable"), "zwölf")
        self.assertEqual(self.call("attribute", self.path, "/", "fixed"), "twelve")
        self.assertIn("not one string", self.refusal("attribute", self.path, "/", "list"))

    def test_the_error_for_elements_that_are_no_numbers_names_them(self):
        with h5py.File(self.path, "w") as file:
            file["text"] = ["a", "b"]
            file["fixed"] = np.array([b"a", b"b"])
            file["complex"] = np.array([1j])
            file["bool"] = np.array([True])
            file["list"] = h5py.Empty("f4")
        self.assertIn("holds strings", self.refusal("read", self.path, "text"))
        self.assertIn("holds strings", self.refusal("read", self.path, "fixed"))
        self.assertIn("compound", self.refusal("read", self.path, "complex"))
        self.assertIn("enumerated", self.refusal("read", self.path, "bool"))
        self.assertIn("no values", self.refusal("read", self.path, "list"))

    def test_links(self):
        self.write(**{"a/x": np.ones(3)})
        with h5py.File(self.path, "a") as file:
            file["soft"] = h5py.SoftLink("/a/x")
            file["dangling"] = h5py.SoftLink("/a/y")
        self.assertEqual(self.read("soft"), ("f64", "3", [1, 1, 1]))
        self.assertIn("leads nowhere", self.refusal("read", self.path, "dangling"))

    def test_an_absurd_extent_is_refused(self):
        with h5py.File(self.path, "w") as file:
            file.create_dataset("x", (2**40, 2**20), "f8", chunks=(1, 1024))
        self.assertIn("memory", self.refusal("read", self.path, "x"))


class Operands(Exchange):
    SPEC = "c1_i3_k2_f2"

    def operands(self, pass_name, beta="0"):
        precision, *slots = self.call(
            "operands", self.path, self.SPEC, pass_name, beta).split("\n")[:5]
        return precision, [[float(value) for value in slot.split()] for slot in slots]

    def write_all(self, kind):
        self.write(input=np.array([[[1, 2, 3]]], kind), filters=np.array([[[1, 2]], [[3, 4]]], kind),
                   grad_output=np.array([[[5, 6], [7, 8]]], kind))

    def test_each_pass_finds_its_own(self):
        for kind, precision in {"f2": "f16", ">f4": "f32", "f8": "f64", "i4": "f64"}.items():
            self.write_all(kind)
            self.assertEqual(self.operands("forward"), (precision, [[1, 2, 3], [1, 2, 3, 4], [], []]))
            self.assertEqual(self.operands("grad_input"),
                             (precision, [[], [1, 2, 3, 4], [5, 6, 7, 8], []]))
            self.assertEqual(self.operands("grad_weights"),
                             (precision, [[1, 2, 3], [], [5, 6, 7, 8], []]))

    def test_integers_take_the_precision_of_the_floats(self):
        self.write(input=np.array([[[1, 2, 2048]]]), filters=np.ones((2, 1, 2), "f2"))
        self.assertEqual(self.operands("forward"), ("f16", [[1, 2, 2048], [1, 1, 1, 1], [], []]))

    def test_integers_that_the_precision_does_not_hold(self):
        self.write(input=np.array([[[1, 2, 2049]]]), filters=np.ones((2, 1, 2), "f2"))
        message = self.refusal("operands", self.path, self.SPEC, "forward", "0")
        self.assertIn("'input' holds 2049, which f16 cannot represent", message)

    def test_the_error_for_a_transposed_operand_names_both_shapes(self):
        self.write(input=np.ones((1, 3, 1)), filters=np.ones((2, 1, 2)))
        message = self.refusal("operands", self.path, self.SPEC, "forward", "0")
        self.assertIn("(1, 3, 1)", message)
        self.assertIn("(1, 1, 3)", message)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
