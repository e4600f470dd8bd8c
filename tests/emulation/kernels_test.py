# SPDX-License-Identifier: Apache-2.0
"""CUDA sources on the emulated device, through the command line."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

CONVICT = os.environ["CONVICT"]
SOURCE = Path(os.environ["CONVICT_SOURCE_DIR"])
HERE = Path(__file__).parent

# What a finding of each kernel of faults.cu must say.
CAUSES = {
    "no_barrier": ["race in kernel conv on shared memory 'part'", "if (t < step) part"],
    "small_shared": ["index ", "outside of an array of type 'float [48]'", "part[t] = sum;"],
    "divergent_barrier": ["divergent barrier in block", "if (t < step) __syncthreads();"],
    "plain_sum": ["race in kernel conv on byte", "in block", "y[element] += sum;"],
    "between_blocks": ["race in kernel conv on byte", "by block (", "y[element] += part[0];"],
    "not_cleared": ["which was never written"],
    "host_pointer": ["address that is not the device's", "const float filter"],
    "misaligned": ["at an address that is no multiple of 8", "->x * 0"],
    "past_the_end": ["behind the end of the", "const float filter", "cudaMalloc(&w"],
    "freed": ["which are freed"],
    "too_many_threads": ["was refused: it asks for a block of (2048, 1, 1)", "no call looked"],
    "unordered_copy": ["nothing orders them"],
    "leak": ["device memory is not freed: it grew in each of"],
    "failed_assert": ["assertion 'count < 20' failed", "assert(count < 20)"],
}


def place_of(code):
    """faults.cu:LINE of the first line that has `code`; other words stand for themselves."""
    for number, line in enumerate((HERE / "faults.cu").read_text().splitlines(), 1):
        if code in line and line.endswith(";"):
            return f"faults.cu:{number}"
    return code


TRIALS = [f"n2_c{c}_i5x{w}_k3_f3x2_p1/forward/f32/seed={seed}" for c in (3, 12) for w in (6, 7) for seed in range(6)]


class Emulation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cache = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.cache.cleanup)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = Path(folder.name)

    def convict(self, code, *arguments, **variables):
        environment = {**os.environ, "XDG_CACHE_HOME": self.cache.name, **variables}
        done = subprocess.run([CONVICT, *map(str, arguments)], capture_output=True, text=True, cwd=self.dir,
                              timeout=600, stdin=subprocess.DEVNULL, env=environment)
        text = done.stdout + done.stderr
        self.assertEqual(done.returncode, code, text)
        return text

    def source(self, name, text):
        (self.dir / name).write_text(text)
        return name

    def test_each_fault_is_found_with_its_cause_and_the_right_kernel_is_right(self):
        (self.dir / "trials.txt").write_text("\n".join(TRIALS) + "\n")
        self.convict(1, "conform", "--device", "emulated", "--kernel", HERE / "faults.cu", "--suite", "trials.txt",
                     "--out", "out")
        reasons = {}
        for line in (self.dir / "out/journal.jsonl").read_text().splitlines():
            entry = json.loads(line)
            if entry["type"] != "trial":
                continue
            self.assertIn("faults.cu@emulated:", entry["kernel"])
            row = reasons.setdefault(entry["kernel"].rsplit(".", 1)[1], [])
            if entry["outcome"] != "pass":
                row.append(entry["outcome"] + " " + entry.get("reason", ""))
        self.assertEqual(reasons.pop("right"), [])
        self.assertEqual(set(reasons), set(CAUSES))
        for row, words in CAUSES.items():
            with self.subTest(row):
                told = [reason for reason in reasons[row] if all(place_of(word) in reason for word in words)]
                self.assertTrue(told, "\n".join(reasons[row][:4]))

    def test_a_finding_is_shown_again_by_the_line_that_is_printed(self):
        text = self.convict(1, "replay", "--kernel", f"{HERE / 'faults.cu'}@emulated:faults.no_barrier", TRIALS[-1])
        self.assertIn("race in kernel conv on shared memory 'part'", text)

    def test_the_example_needs_no_toolkit(self):
        copied = self.source("mine.cu", (SOURCE / "docs/examples/direct.cu").read_text())
        text = self.convict(0, "conform", "--device", "emulated", "--kernel", copied, "--pass", "forward",
                            "--precision", "f32", "--cases", 60, "--out", "out")
        self.assertIn("mine.cu@emulated:mine.forward", text)
        self.assertIn("no finding", text)
        self.assertIn("bits depend on nothing", text)  # the watched and the fast variant round alike
        self.assertIn("device      emulated", self.convict(0, "list", "--kernel", "mine.cu@emulated"))

    def test_what_cannot_be_built_is_told_with_the_users_lines(self):
        kernel = self.source("bad.cu", "#define TWICE(x) x x\n__global__ void k(float* y) {\n  y[0] = missing;\n}\nint convict_plugin_v1();\n")
        text = self.convict(2, "conform", "--device", "emulated", "--kernel", kernel)
        self.assertIn("bad.cu:3:10: error: ", text)
        self.assertIn("bad.cu cannot be built for the emulated device: the compiler's words are above", text)
        kernel = self.source("textures.cu", "\nvoid f() { cudaTextureObject_t t; }\nint convict_plugin_v1();\n")
        text = self.convict(2, "conform", "--device", "emulated", "--kernel", kernel)
        self.assertIn("textures.cu:2: the emulated device does not take textures (cudaTextureObject_t)", text)
        text = self.convict(2, "conform", "--device", "emulated", "--kernel", "absent.cu")
        self.assertIn("cannot read absent.cu", text)
        kernel = self.source("empty.cu", "int f() { return 0; }\n")
        text = self.convict(2, "conform", "--device", "emulated", "--kernel", kernel)
        self.assertIn("empty.cu defines no convict_plugin_v1", text)

    def test_the_capability_is_that_of_the_option_for_nvcc(self):
        kernel = self.source("asks.cu", """
#include <cuda_runtime.h>
#include "plugin.hpp"
#if __CUDA_ARCH__ >= 900
#define NEW "new"
#else
#define NEW "old"
#endif
static std::string device(const convict_problem&) {
  cudaDeviceProp p;
  cudaGetDeviceProperties(&p, 0);
  return std::string(p.name) + " " NEW " " + std::to_string(p.sharedMemPerBlockOptin);
}
extern "C" const convict_plugin* convict_plugin_v1() {
  static const convict::plugin::Table table([] {
    convict::plugin::Row row("asks", [](const convict::plugin::Call&) {});
    row.refuses = device;
    return std::vector<convict::plugin::Row>{row};
  }());
  return table.get();
}
""")
        asked = ("list", "--kernel", f"{kernel}@emulated", "--spec", "c1_i3x3_k1_f1x1")
        self.assertIn("no: emulated sm_90 new 232448", self.convict(0, *asked))
        self.assertIn("no: emulated sm_86 old 101376", self.convict(0, *asked, NVCC_APPEND_FLAGS="-arch=sm_86"))
        self.assertIn("no: emulated sm_75 old 65536", self.convict(
            0, *asked, NVCC_APPEND_FLAGS="-gencode arch=compute_75,code=sm_75"))
        self.assertIn("-arch=sm_55: the emulated device can be sm_70, ",
                      self.convict(2, *asked, NVCC_APPEND_FLAGS="-arch=sm_55"))

    def test_a_large_problem_is_too_slow_and_a_small_one_hangs(self):
        kernel = self.source("endless.cu", """
#include <cuda_runtime.h>
#include "plugin.hpp"
__global__ void endless(float* y, int stray) {
  if (threadIdx.x == 0) y[stray] = 1;
  for (;;) __syncthreads();
}
template <int stray>
static void run(const convict::plugin::Call&) {
  float* y = nullptr;
  cudaMalloc(&y, 64);
  endless<<<1, 32>>>(y, stray);
  const cudaError_t error = cudaDeviceSynchronize();
  cudaFree(y);
  if (error != cudaSuccess) throw std::runtime_error(cudaGetErrorName(error));
}
extern "C" const convict_plugin* convict_plugin_v1() {
  static const convict::plugin::Table table{{"inside", run<0>}, {"outside", run<16>}};
  return table.get();
}
""")
        large, small = "c64_i20x20_k16_f1x1/forward/f32", "c1_i3x3_k1_f1x1/forward/f32"
        text = self.convict(2, "replay", "--kernel", f"{kernel}@emulated:endless.inside", large)
        self.assertIn("verdict  unsupported", text)
        self.assertIn("too large for the emulated device: stopped after 4 s", text)
        text = self.convict(1, "replay", "--kernel", f"{kernel}@emulated:endless.inside", small, "--timeout", "2")
        self.assertIn("verdict  hung", text)
        # What was seen before the end of the time is told.
        text = self.convict(1, "replay", "--kernel", f"{kernel}@emulated:endless.outside", large)
        self.assertIn("behind the end of the 64 bytes of device memory", text)

    def test_without_a_compiler_one_sentence_says_so(self):
        kernel = self.source("mine.cu", "int a;\n")
        text = self.convict(3, "conform", "--device", "emulated", "--kernel", kernel, PATH="/nowhere")
        self.assertIn("needs a C++ compiler where there is no GPU", text)
        text = self.convict(3, "conform", "--device", "emulated", "--kernel", kernel, CONVICT_CXX="/nowhere/g++")
        self.assertIn("CONVICT_CXX=/nowhere/g++ is no program", text)
        text = self.convict(3, "conform", "--device", "gpu", "--kernel", kernel, PATH="/nowhere")
        self.assertIn("--device emulated needs a C++ compiler only", text)


if __name__ == "__main__":
    unittest.main()
