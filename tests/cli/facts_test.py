# SPDX-License-Identifier: Apache-2.0
"""Help texts, and what the program prints about problems, kernels and files."""

import re

import h5py

from case import Case, convict


class Help(Case):
    def test_every_command_shows_its_options_and_examples(self):
        listing = self.expect(0, "--help").stdout
        names = re.findall(r"^  ([\w-]+) ", listing, re.MULTILINE)
        self.assertEqual(names, ["conform", "bench", "fuzz", "audit", "new-kernel", "list", "show", "replay", "export", "run", "op",
                                 "dataset", "report"])
        for name in names:
            text = self.expect(0, name, "--help").stdout
            self.assertIn(f"usage: convict {name}", text)
            self.assertIn("Examples:\n  convict ", text)
            # Boost calls a value without a name of its own "arg".
            self.assertNotRegex(text, r"(?m)^ +(-\w \[ )?--\S+( \])? arg")

    def test_no_command_or_an_unknown_one_is_a_usage_error(self):
        self.expect(2)
        self.expect_one_line_error("confrom", says=["no command 'confrom'"])
        self.expect_one_line_error("show", says=["SPEC is missing"])
        self.expect_one_line_error("conform", "--kernle", "x", says=["kernle"])
        self.expect(0, "--version", says="convict ")


class Show(Case):
    def test_derived_shapes_of_a_spec(self):
        text = self.expect(0, "show", "n2_c6_i12x9_k9_f5x6_s1x2_d2x1_p1:0x2:1_g3_flip").stdout
        self.assertTrue(text.startswith("n2_c6_i12x9_k9_f5x6_s1x2_d2x1_p1:0x2:1_g3_flip\n"))
        self.assertRegex(text, r"output +2 x 9 x 5 x 4 ")
        self.assertRegex(text, r"filters +9 x 2 x 5 x 6 ")
        # 2 * N K oH oW C/G kH kW
        self.assertIn(f"flops    {2 * 2 * 9 * 5 * 4 * 2 * 5 * 6} ", text)

    def test_malformed_specs_say_what_is_wrong_and_where(self):
        for text, words in {
            "n9999999999999999999_c1_i4_k1_f1": "batch n does not fit in 64 bits at column 2",
            "c1_i4_f1": "expected '_k'",
            "c-1_i4_k1_f1": "column 2",
            "c1_i4_k1_f1_z3": "'_z3'",
            "c1_i4_k1_f1_s0": "stride of axis 0 is 0",
            "c1_i4_k1_f9": "output extent of axis 0 is -4",
            "c4_i4_k6_f1_g4": "out_channels is 6",
            "c1_i4_k1_f1_s01": "leading zero",
        }.items():
            self.expect_one_line_error("show", text, says=[text, words])


class List(Case):
    def test_kernels_and_which_of_them_take_a_spec(self):
        self.assertIn("reference.direct\n", self.expect(0, "list").stdout)
        text = self.expect(0, "list", "--spec", "c3_i8x8x8_k4_f3x3x3").stdout
        self.assertRegex(text, r"optimized.corr_mm\n +forward +f\d+ +no: ")
        self.assertRegex(text, r"optimized.corr3d_mm\n +forward +f\d+ +yes")
        self.assertRegex(text, r"selection by the library functions[\s\S]*forward: optimized.corr3d_mm")

    def test_single_engines_of_cudnn_are_found_by_name_and_by_pattern(self):
        self.assertEqual(self.expect(0, "list", "--kernel", "gpu.cudnn.engine12").stdout.count("\ngpu."), 0)
        self.assertNotIn("engine", self.expect(0, "list", "--kernel", "gpu.*").stdout)
        text = self.expect(0, "list", "--kernel", "gpu.cudnn.engine1?").stdout
        self.assertEqual(re.findall(r"^gpu.cudnn.engine(\d+)$", text, re.M), [str(i) for i in range(10, 20)])

    def test_an_unknown_kernel_lists_the_known(self):
        self.expect_one_line_error("list", "--kernel", "reference.inverse", says=["reference.direct"])
        self.expect_one_line_error("list", "--kernel", "./absent.so", says=["absent.so"])


class Dataset(Case):
    def test_made_files_check_and_damaged_ones_do_not(self):
        self.expect(0, "dataset", "make", "g.h5", "--cases", "20", "--largest", "200", says="20 cases")
        self.expect(0, "dataset", "check", "g.h5", says="20 cases")
        whole = (self.dir / "g.h5").read_bytes()
        (self.dir / "short.h5").write_bytes(whole[:len(whole) // 2])
        self.expect_one_line_error("dataset", "check", "short.h5", says=["short.h5"])
        with h5py.File(self.dir / "g.h5", "r+") as file:
            name = next(name for name in file if file[name]["truth"].size > 0)
            file[name]["truth"][...] = file[name]["truth"][()] + 1
        self.expect_one_line_error("dataset", "check", "g.h5", says=["the file says"])
        self.expect_one_line_error("dataset", "mend", "g.h5", says=["'mend'"])
