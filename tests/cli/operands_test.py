# SPDX-License-Identifier: Apache-2.0
"""Kernels and library functions on operands from files."""

import re

import h5py
import numpy as np

from case import Case


def correlate(x, w, stride, pad, groups):
    """y[n,k,i,j] = sum_c,u,v w[k,c,u,v] x~[n, g C/G + c, i s + u, j s + v], by shifted slices."""
    x = np.pad(x.astype(np.float64), ((0, 0), (0, 0), pad[0], pad[1]))
    n, c, h, wd = x.shape
    k, cg, kh, kw = w.shape
    oh, ow = (h - kh) // stride[0] + 1, (wd - kw) // stride[1] + 1
    y = np.zeros((n, k, oh, ow))
    for g in range(groups):
        ks = slice(g * k // groups, (g + 1) * k // groups)
        xs = x[:, g * cg:(g + 1) * cg]
        for u in range(kh):
            for v in range(kw):
                window = xs[:, :, u:u + stride[0] * (oh - 1) + 1:stride[0],
                            v:v + stride[1] * (ow - 1) + 1:stride[1]]
                y[:, ks] += np.einsum("kc,nchw->nkhw", w[ks, :, u, v].astype(np.float64), window)
    return y


class Run(Case):
    SPEC = "n2_c4_i7x6_k6_f3x2_s2x1_p1:0x0:2_g2"
    ARGUMENTS = dict(stride=(2, 1), pad=((1, 0), (0, 2)), groups=2)

    def operands(self, dtype=np.float32):
        rng = np.random.default_rng(5)
        x = rng.integers(-9, 10, (2, 4, 7, 6)).astype(dtype)
        w = rng.integers(-9, 10, (6, 2, 3, 2)).astype(dtype)
        y = correlate(x, w, **self.ARGUMENTS)
        t = rng.integers(-9, 10, y.shape).astype(dtype)
        return x, w, y, t

    def write(self, **tensors):
        with h5py.File(self.dir / "operands.h5", "w") as file:
            for name, values in tensors.items():
                file[name] = values

    def result(self, name, *arguments):
        self.expect(0, "run", self.SPEC, "--in", "operands.h5", "--out", "result.h5", *arguments, says="pass")
        with h5py.File(self.dir / "result.h5") as file:
            return file[name][()]

    def test_forward_agrees_with_numpy_in_every_precision(self):
        for dtype in (np.float64, np.float32, np.float16):
            x, w, y, _ = self.operands(dtype)
            self.write(input=x, filters=w)
            kernels = ["reference.direct"] + (["optimized.corr_mm"] if dtype != np.float16 else [])
            for kernel in kernels:
                got = self.result("output", "--kernel", kernel)
                self.assertEqual(got.dtype, dtype)
                np.testing.assert_array_equal(got, y.astype(dtype))

    def test_gradients_agree_with_the_derivative_numpy_finds(self):
        # The sum of t * conv(x, w) is linear in x and in w: a step of 1 is the derivative.
        x, w, y, t = self.operands()
        self.write(input=x, filters=w, grad_output=t)
        for kernel in ("reference.direct", "optimized.corr_mm"):
            for name, point in (("grad_input", x), ("grad_weights", w)):
                got = self.result(name, "--pass", name, "--kernel", kernel)
                self.assertEqual(got.shape, point.shape)
                rng = np.random.default_rng(1)
                for index in rng.integers(0, point.size, 60):
                    moved = point.copy()
                    moved.flat[index] += 1
                    operands = (moved, w) if name == "grad_input" else (x, moved)
                    derivative = (t * (correlate(*operands, **self.ARGUMENTS) - y)).sum()
                    self.assertEqual(got.flat[index], derivative)

    def test_alpha_and_beta(self):
        x, w, y, t = self.operands()
        self.write(input=x, filters=w, old_result=t)
        got = self.result("output", "--kernel", "optimized.corr_mm", "--alpha", "2", "--beta", "-1")
        np.testing.assert_array_equal(got, 2 * y - t)

    def test_bad_files_give_one_clear_error(self):
        x, w, _, _ = self.operands()
        arguments = ("run", self.SPEC, "--kernel", "reference.direct", "--in", "operands.h5", "--out", "r.h5")
        self.expect_one_line_error(*arguments, says=["operands.h5"])
        (self.dir / "operands.h5").write_text("not HDF5")
        self.expect_one_line_error(*arguments, says=["operands.h5"])
        self.write(input=x)
        self.expect_one_line_error(*arguments, says=["filters"])
        self.write(input=x, filters=w[:, :, :2])
        self.expect_one_line_error(*arguments, says=["filters"])
        self.write(input=x, filters=w.astype(np.float64))
        self.expect_one_line_error(*arguments, says=["precision"])
        self.assertFalse((self.dir / "r.h5").exists())

    def test_a_refusal_is_an_error_with_the_kernels_words(self):
        self.write(input=np.ones((1, 1, 3, 3, 3), np.float32), filters=np.ones((1, 1, 1, 1, 1), np.float32))
        self.expect_one_line_error("run", "c1_i3x3x3_k1_f1x1x1", "--kernel", "optimized.corr_mm", "--in",
                                   "operands.h5", "--out", "r.h5", says=["does not take this problem"])


class Op(Case):
    def write(self, **tensors):
        with h5py.File(self.dir / "o.h5", "w") as file:
            for name, values in tensors.items():
                file[name] = values

    def result(self, *arguments):
        self.expect(0, "op", *arguments, "--in", "o.h5", "--out", "y.h5")
        with h5py.File(self.dir / "y.h5") as file:
            return file["result"][()]

    def test_every_operation_is_listed_and_has_help(self):
        names = re.findall(r"^  (\w[\w.]*)\(", self.expect(0, "op", "--help").stdout, re.MULTILINE)
        self.assertGreater(len(names), 20)
        for name in names:
            self.assertIn("--in", self.expect(0, "op", name, "--help").stdout)

    def test_conv2d_flips_by_default_and_takes_the_parameters_of_the_seeds(self):
        rng = np.random.default_rng(3)
        x = rng.integers(-9, 10, (2, 4, 7, 6)).astype(np.float32)
        w = rng.integers(-9, 10, (6, 2, 3, 2)).astype(np.float32)
        self.write(input=x, filters=w)
        flipped = correlate(x, w[:, :, ::-1, ::-1], (2, 1), ((1, 1), (0, 3)), 2)
        options = ("--border_mode", "(1,(0,3))", "--subsample", "2,1", "--num_groups", "2")
        np.testing.assert_array_equal(self.result("conv2d", *options), flipped)
        plain = correlate(x, w, (2, 1), ((1, 1), (0, 3)), 2)
        np.testing.assert_array_equal(self.result("conv2d", *options, "--filter_flip", "False"), plain)

    def test_causal_conv1d_gives_the_golden_vector(self):
        x = np.array([[[2, 4, 9, 5, 8], [0, 0, 4, 0, 5]], [[2, 5, 8, 5, 5], [1, 3, 0, 7, 9]],
                      [[7, 0, 7, 1, 0], [0, 1, 4, 7, 2]]], np.float64)
        w = np.array([[[5, 3, 1], [3, 1, 0]], [[6, 4, 9], [2, 2, 7]]], np.float64)
        self.write(input=x, filters=w)
        y = self.result("causal_conv1d", "--filter_shape", "2,2,3", "--filter_dilation", "2")
        np.testing.assert_array_equal(y[0], [[10, 20, 63, 37, 88], [12, 24, 70, 46, 120]])

    def test_errors_name_the_argument(self):
        self.write(input=np.ones((1, 1, 4, 4), np.float32), filters=np.ones((1, 1, 3, 3), np.float32))
        files = ("--in", "o.h5", "--out", "y.h5")
        self.expect_one_line_error("op", "conv2b", *files, says=["conv2d"])
        self.expect_one_line_error("op", "conv2d", *files, "--border_mode", "haff", says=["border_mode", "haff"])
        self.expect_one_line_error("op", "conv2d", *files, "--strides", "2", says=["strides"])
        self.expect_one_line_error("op", "conv3d", *files, says=["img", "rank 5"])
        self.assertFalse((self.dir / "y.h5").exists())
