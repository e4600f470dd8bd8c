# SPDX-License-Identifier: Apache-2.0
"""Trials exported as programs in C."""

import re
import shutil
import subprocess
from pathlib import Path

import h5py
import numpy as np

from case import Case, PLUGINS


class Export(Case):
    STRICT = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g")

    def built(self, *arguments):
        subprocess.run(["cc", *self.STRICT, *map(str, arguments), "-o", "repro", "-lm", "-ldl"], cwd=self.dir,
                       check=True, timeout=60)

    def repro(self, code, *arguments, says):
        done = subprocess.run(["./repro", *map(str, arguments)], cwd=self.dir, capture_output=True, text=True,
                              timeout=60)
        text = done.stdout + done.stderr
        self.assertEqual(done.returncode, code, text)
        self.assertIn(says, text)

    def test_a_wrong_trial_is_wrong_on_its_own_and_right_by_a_right_kernel(self):
        trial = "c2_i4x3_k2_f1x1_d3x5/forward/f32"
        faulty = PLUGINS / "faulty.so"
        self.expect(0, "export", trial, "--kernel", faulty, "--c", "-o", "repro.c", says="cc -g repro.c")
        self.built("repro.c")
        self.repro(1, faulty, says="12 of 24 elements wrong\n(0, 1, 1, 2): 0 instead of ")
        self.repro(0, PLUGINS / "direct.so", says="0 of 24 elements wrong")
        self.repro(2, PLUGINS / "direct.so", "backward", says="no kernel 'backward'")
        self.repro(2, says="usage:")

    def test_a_kernel_compiled_in_needs_no_shared_object(self):
        trial = "n2_c4_i5x6_k6_f3x2_d2x1_p1:0x1_g2_flip/forward/f32/fill=flat,alpha=2,beta=-1,layout=nhwc,pitch=3,align=5"
        self.expect(0, "export", trial, "--kernel", PLUGINS / "direct.so:direct.forward", "--c", "-o", "repro.c")
        examples = Path(__file__).resolve().parents[2] / "docs/examples"
        self.built("-fsanitize=address", f"-I{examples.parent.parent / 'core'}", "repro.c", examples / "direct.c")
        self.repro(0, says="0 of ")

    def test_layouts_are_exported_with_their_gaps_and_directions(self):
        core = Path(__file__).resolve().parents[2] / "core"
        (self.dir / "any.c").write_text((core.parent / "docs/examples/direct.c").read_text().replace(
            ".any_strides = 1,", ".any_strides = 1, .special_strides = CONVICT_ZERO_STRIDES | CONVICT_NEGATIVE_STRIDES,"))
        subprocess.run(["cc", "-shared", "-fPIC", f"-I{core}", "any.c", "-o", "any.so"], cwd=self.dir, check=True)
        trial = "n2_c4_i5x6_k6_f3x2/forward/f32/beta=-1,layout=nhwc:rsck:chwn,steps=n*0.c+2:k*-2:w*-1"
        self.expect(0, "export", trial, "--kernel", self.dir / "any.so", "--c", "-o", "repro.c")
        self.built("-fsanitize=address", f"-I{core}", "repro.c", "any.c")
        self.repro(0, says="0 of ")

    def test_every_pass_and_precision_is_judged(self):
        for pass_name in ("forward", "grad_input", "grad_weights"):
            (self.dir / "repro.c").unlink(missing_ok=True)
            trial = f"n2_c2_i5x4_k2_f2x3_p1_unshared/{pass_name}/f64/fill=flat,beta=3"
            self.expect(0, "export", trial, "--kernel", PLUGINS / "direct_all.so", "--c", "-o", "repro.c")
            self.built("repro.c")
            self.repro(0, PLUGINS / "direct_all.so", says="0 of ")
        # A filter of one tap, 1, copies; results in f16 and bf16 are compared by their bits.
        (self.dir / "copy.c").write_text('''
#include "plugin.h"
#include <string.h>
static int run(const convict_problem* p, const convict_buffers* b) {
  memcpy(b->output, b->input, (size_t)(2 * p->input[2]));
  if (p->input[2] > 8) *(unsigned short*)b->output ^= 1;
  return 0;
}
static const convict_kernel copy = {.size = sizeof copy, .name = "copy", .passes = CONVICT_FORWARD,
                                    .precisions = CONVICT_F16 | CONVICT_BF16, .run = run};
static const convict_kernel* const kernels[] = {&copy};
static const convict_plugin plugin = {sizeof plugin, CONVICT_PLUGIN_ABI, 1, kernels};
const convict_plugin* convict_plugin_v1(void);
const convict_plugin* convict_plugin_v1(void) { return &plugin; }
''')
        core = Path(__file__).resolve().parents[2] / "core"
        subprocess.run(["cc", "-shared", "-fPIC", f"-I{core}", "copy.c", "-o", "copy.so"], cwd=self.dir, check=True)
        for precision in ("f16", "bf16"):
            for extent, code in {8: 0, 9: 1}.items():
                (self.dir / "repro.c").unlink(missing_ok=True)
                self.expect(0, "export", f"c1_i{extent}_k1_f1/forward/{precision}/fill=flat", "--kernel", "./copy.so",
                            "--c", "-o", "repro.c")
                text = (self.dir / "repro.c").read_text()
                one = {"f16": "0x3c00", "bf16": "0x3f80"}[precision]
                text = re.sub(r"filter_values\[\] = \{\w+\}", f"filter_values[] = {{{one}}}", text)
                (self.dir / "repro.c").write_text(text)
                self.built("repro.c")
                self.repro(code, "./copy.so", says=f"{code} of {extent} elements wrong")

    def test_evidence_is_exported_with_its_kernel_and_data(self):
        shutil.copy(PLUGINS / "faulty.so", self.dir)
        self.expect(1, "fuzz", "--kernel", "./faulty.so", "--cases", "150", "--out", "out")
        path = "out/evidence/0001.h5"
        with h5py.File(self.dir / path) as file:
            wrong = (file["result"][()].astype(np.float64) != file["truth"][()]).sum()
            total = file["truth"].size
            del_data = [name for name in file]
        self.expect(0, "export", path, "--c", "-o", "repro.c", says="cc -g repro.c")
        self.built("repro.c")
        self.repro(1, "./faulty.so", says=f"{wrong} of {total} elements wrong")
        self.repro(0, PLUGINS / "direct.so", says=f"0 of {total} elements wrong")
        with h5py.File(self.dir / path, "r+") as file:  # as for findings whose data are too many
            for name in del_data:
                del file[name]
        (self.dir / "repro.c").unlink()
        self.expect(0, "export", path, "--kernel", "./faulty.so", "--c", "-o", "repro.c")
        self.built("repro.c")
        self.repro(1, "./faulty.so", says=f"{wrong} of {total} elements wrong")

    def test_of_a_check_the_first_wrong_call_is_exported(self):
        trial = "c2_i4x3_k2_f1x1_d3x5/forward/f32/check=impulse"
        text = self.expect(0, "export", trial, "--kernel", PLUGINS / "faulty.so", "--c", "-o", "repro.c").stdout
        self.assertIn(f"on data of a call of {trial}", text)
        self.built("repro.c")
        self.repro(1, PLUGINS / "faulty.so", says="2 of 24 elements wrong")
        self.repro(0, PLUGINS / "direct.so", says="0 of 24 elements wrong")

    def test_a_check_that_takes_several_calls_to_fail_says_so(self):
        source = (Path(__file__).resolve().parents[2] / "docs/examples/direct.c").read_text()
        (self.dir / "tired.c").write_text("static int calls;\n" + source.replace(
            "static int run(", "static int run_right(", 1).replace(
            "static const convict_kernel ", """static int run(const convict_problem* p, const convict_buffers* b) {
  const int status = run_right(p, b);
  if (++calls == 3) ((float*)b->output)[0] += 1;
  return status;
}
static const convict_kernel """, 1))
        core = Path(__file__).resolve().parents[2] / "core"
        subprocess.run(["cc", "-shared", "-fPIC", f"-I{core}", "tired.c", "-o", "tired.so"], cwd=self.dir, check=True)
        tired = ("--kernel", "./tired.so", "--c")
        self.expect_one_line_error("export", "c1_i5_k1_f3/forward/f32/check=repeat", *tired,
                                   says=["check=repeat", "only after others"])
        self.expect_one_line_error("export", "c1_i5_k1_f3/forward/f32/check=batch_split", *tired,
                                   says=["unsupported", "only one image"])

    def test_what_cannot_be_exported_says_why(self):
        faulty = ("--kernel", PLUGINS / "faulty.so", "--c")
        trial = "c1_i5x5_k1_f3x3/forward/f32"
        self.expect_one_line_error("export", "c64_i300x300_k64_f3x3/forward/f32", *faulty, says=["smaller tensors"])
        self.expect_one_line_error("export", trial + "/check=linearity", *faulty, says=["linearity"])
        self.expect_one_line_error("export", trial + "/check=additivity", *faulty, says=["ends as pass"])
        self.expect_one_line_error("export", trial + "/check=must_refuse", *faulty, says=["makes no call"])
        self.expect_one_line_error("export", trial, "--c", says=["--kernel is missing"])
        self.expect_one_line_error("export", trial, "--kernel", "reference.direct", "--c", says=["reference.direct"])
        self.expect(0, "export", trial, "--kernel", PLUGINS / "faulty.so", says="One trial of a convolution kernel")
        self.expect_one_line_error("export", "c1_i2x2_k1_f3x3/forward/f32", *faulty,
                                   says=["output extent of axis 0 is 0"])
        (self.dir / "there.c").write_text("mine")
        self.expect_one_line_error("export", trial, *faulty, "-o", "there.c", says=["there.c exists"])

    def test_a_case_of_a_file_is_exported_with_the_files_data(self):
        self.expect(0, "dataset", "make", "g.h5", "--cases", "8", "--largest", "200")
        with h5py.File(self.dir / "g.h5") as file:
            trials = [file[name].attrs["trial"] for name in file]
        trials = [text.decode() if isinstance(text, bytes) else text for text in trials]
        direct = ("--kernel", PLUGINS / "direct.so", "--c")
        self.expect_one_line_error("export", "g.h5", *direct, says=["8 cases", "--trial"])
        text = self.expect(0, "export", "g.h5", "--trial", trials[0], *direct).stdout
        self.assertIn(f"trial    {trials[0]}\n", text)
