# SPDX-License-Identifier: Apache-2.0
"""What the program says when the system does not give it what it needs: one sentence, exit code 3, no kernel blamed."""

import os
import resource
import shutil
import subprocess
import unittest
import zlib

import h5py

from case import Case, CONVICT, PLUGINS

TRIAL = "c1_i5_k1_f3/forward/f32"
KIB = 1024
MIB = 1024 * KIB


def is_sanitized():
    return links("libasan")


def links(library):
    return library in subprocess.run(["ldd", CONVICT], capture_output=True, check=True, text=True).stdout


class Limited(Case):
    def limited(self, limits, *arguments, program=CONVICT, **more):
        """Runs convict under limits {RLIMIT_...: amount}; a hang is an error."""
        def set_limits():
            for limit, amount in limits.items():
                resource.setrlimit(limit, (amount, amount))
        return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, cwd=self.dir, timeout=60,
                              stdin=subprocess.DEVNULL, preexec_fn=set_limits, **more)

    def expect_environment_error(self, done, *says):
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("convict: "), done.stderr)
        for words in says:
            self.assertIn(words, done.stderr)
        for verdict in ("CRASHED", "HUNG", "FAIL"):
            self.assertNotIn(verdict, done.stdout)


class System(Limited):
    def test_a_small_stack_is_told_before_any_work(self):
        self.expect_environment_error(self.limited({resource.RLIMIT_STACK: 512 * KIB}, "list"), "stack", "512 KiB", "ulimit -s")

    def test_few_addresses_are_told_before_any_work(self):
        if is_sanitized():
            self.skipTest("AddressSanitizer itself needs terabytes of addresses; tests/project/bundle.sh tries the release")
        for mib in (60, 100, 200):
            self.expect_environment_error(self.limited({resource.RLIMIT_AS: mib * MIB}, "list"), "address space", "ulimit -v")
        self.assertEqual(self.limited({resource.RLIMIT_AS: 300 * MIB}, "list").returncode, 0)
        jobs = ("--jobs", 600)
        for command in (("audit",), ("conform", "--kernel", "reference.direct"), ("fuzz", "--kernel", "reference.direct")):
            self.expect_environment_error(self.limited({resource.RLIMIT_AS: 3000 * MIB}, *command, *jobs),
                                          "600 jobs at once", "3000 MiB are allowed (ulimit -v)", "smaller --jobs")
        whole = self.limited({resource.RLIMIT_AS: 1500 * MIB}, "conform", "--kernel", "optimized.corr_mm", "--cases", 150,
                             "--jobs", 2, "--quiet")
        self.assertEqual(whole.returncode, 0, whole.stdout + whole.stderr)

    def test_threads_that_the_system_does_not_start_are_told_and_no_kernel_is_blamed(self):
        # The limit does not hold for root, and counts all processes of a user: take one that has none.
        program = CONVICT
        whose = {"env": dict(os.environ)}
        if links("libopenblas"):  # as a shared library it starts its threads before any code of the program
            whose["env"]["OPENBLAS_NUM_THREADS"] = "1"
        if is_sanitized():  # LeakSanitizer needs a thread of its own at the end
            whose["env"]["ASAN_OPTIONS"] = "detect_leaks=0"
        if os.getuid() == 0:
            whose.update({"user": 65534, "group": 65534, "extra_groups": []})
            program = shutil.copy(CONVICT, self.dir / "convict")
            shutil.copy(PLUGINS / "direct.so", self.dir / "direct.so")
            self.dir.chmod(0o777)
        kernel = "./direct.so" if os.getuid() == 0 else PLUGINS / "direct.so"
        for most in (1, 4, 12):
            for command in (("conform", "--sandbox", "--kernel", "optimized.corr_mm", "--suite", "edge"),
                            ("conform", "--kernel", "optimized.corr_mm", "--suite", "edge"), ("fuzz", "--kernel", kernel),
                            ("audit", "--tries", 1)):
                done = self.limited({resource.RLIMIT_NPROC: most}, *command, "--jobs", 2, program=program, **whose)
                if "a worker process" not in done.stderr:  # a plug-in is loaded, in a worker, before anything else
                    self.expect_environment_error(done, "2 jobs at once", "ulimit -u", "smaller --jobs")
                self.expect_environment_error(done)

    def test_a_file_that_needs_more_memory_than_there_is(self):
        # Two numbers of a chunk of 256 MiB, all of which HDF5 unpacks.
        packer = zlib.compressobj(1)
        packed = b"".join(packer.compress(bytes(MIB)) for _ in range(256)) + packer.flush()
        with h5py.File(self.dir / "huge.h5", "w") as file:
            file.attrs.update({"format": "convict-golden", "version": 1, "cases": 1})
            case = file.create_group("case_0000")
            case.attrs["trial"] = "c1_i2_k1_f2/forward/f64"
            data = case.create_dataset("input", (1, 1, 2), "f8", chunks=(1, 1, 2**25), maxshape=(1, 1, None), compression="gzip")
            data.id.write_direct_chunk((0, 0, 0), packed)
        options = "allocator_may_return_null=1:max_allocation_size_mb=200"  # its addresses cannot be limited
        limits = {} if is_sanitized() else {resource.RLIMIT_AS: 320 * MIB}
        done = self.limited(limits, "dataset", "check", "huge.h5", env=os.environ | {"ASAN_OPTIONS": options})
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertEqual(done.stderr.splitlines()[-1],
                         "convict: cannot read '/case_0000/input' of 'huge.h5': its values do not fit in memory")

    def test_numbers_of_the_command_line(self):
        run = ("conform", "--kernel", "reference.direct", "--suite", "edge", "--cases", "3")
        for seed in ("0", "9223372036854775808", "18446744073709551615"):
            self.expect(0, *run, "--seed", seed, "--out", seed)
            self.assertEqual(self.journal(seed)[0]["seed"], int(seed))
        for seed in ("-1", "18446744073709551616", "1e3", "", "7x"):
            self.expect_one_line_error(*run, "--seed", seed, says=[f"--seed {seed} "])
        self.expect_one_line_error(*run, "--cases", "-1", says=["--cases -1 must be 1 to 2^63 - 1"])
        self.expect_one_line_error("replay", "--times", "0", "--kernel", "reference.direct", TRIAL, says=["--times 0 must be"])


class Output(Limited):
    def test_what_standard_output_does_not_take_is_told_by_every_command(self):
        self.expect(0, "conform", "--kernel", "reference.direct", "--suite", "edge", "--cases", "3", "--out", "whole")
        for number, command in enumerate((
                ("list",), ("show", "c1_i5_k1_f3"), ("--help",), ("fuzz", "--help"), ("--version",), ("list", "--checks"),
                ("conform", "--kernel", "reference.direct", "--suite", "edge", "--cases", "3", "--json"),
                ("conform", "--kernel", "reference.direct", "--suite", "edge", "--cases", "3", "--quiet"),
                ("fuzz", "--kernel", "reference.direct", "--cases", "3"),
                ("replay", "--kernel", "reference.direct", TRIAL), ("report", "whole", "--markdown", "-"),
                ("export", "--kernel", PLUGINS / "direct.so:direct.forward", TRIAL))):
            folder = ("--out", f"run-{number}") if command[0] in ("conform", "fuzz") and "--help" not in command else ()
            with self.subTest(command=command), open("/dev/full", "w") as full:
                done = subprocess.run([CONVICT, *map(str, command), *folder], stdout=full, stderr=subprocess.PIPE, text=True,
                                      cwd=self.dir, timeout=60)
                self.assertEqual(done.stderr, "convict: cannot write to standard output: No space left on device\n")
                self.assertEqual(done.returncode, 3)

    def test_a_closed_standard_output_is_no_place_for_a_journal(self):
        done = subprocess.run(f"'{CONVICT}' conform --kernel reference.direct --suite edge --cases 3 --out out >&-", shell=True, cwd=self.dir,
                              stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(done.stderr, "convict: cannot write to standard output: Bad file descriptor\n")
        self.assertEqual(done.returncode, 3)
        self.assertEqual([line["type"] for line in self.journal()], ["run", "trial", "trial", "trial", "end"])

    def test_a_reader_that_has_seen_enough_is_no_error(self):
        done = subprocess.run(f"'{CONVICT}' list | head -n 1; exit ${{PIPESTATUS[0]}}", shell=True, executable="/bin/bash",
                              cwd=self.dir, capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "reference.direct\n", ""))

    def on_a_small_disk(self, kib, command, shared="true"):
        """Runs a command of the shell in a folder of a file system with `kib` KiB."""
        spaces = ["unshare", "-m"] if os.getuid() == 0 else ["unshare", "-r", "-m"]
        if subprocess.run([*spaces, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True).returncode != 0:
            self.skipTest("this machine allows no mounts")
        (self.dir / "disk").mkdir(exist_ok=True)
        script = f"mount -t tmpfs -o size={kib}k none disk && {shared} && cd disk && {command}"
        return subprocess.run([*spaces, "bash", "-c", script], cwd=self.dir, capture_output=True, text=True, timeout=100)

    def test_a_full_disk_is_told_with_the_file(self):
        for command, file in (("conform --kernel reference.direct --suite edge --out out --quiet", "out/journal.jsonl"),
                              ("conform --kernel reference.direct --suite edge --out out --json", "out/journal.jsonl"),
                              (f"fuzz --kernel '{PLUGINS}/faulty.so' --cases 300 --out out --quiet", "out/"),
                              ("list > listed", "standard output"), ("list --checks > listed", "standard output"),
                              ("show c1_i5_k1_f3 > shown", "standard output")):
            with self.subTest(command=command):
                kib = 16 if command.startswith(("conform", "fuzz")) else 4
                filled = "head -c 4096 /dev/zero > filled; " if kib == 4 else ""
                done = self.on_a_small_disk(kib, f"{filled}'{CONVICT}' {command}")
                self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                self.assertIn("No space left on device", done.stderr)
                self.assertIn(file, done.stderr)

    def test_dev_shm_may_be_tiny_or_missing(self):
        for shared in ("mount -t tmpfs -o size=4k none /dev/shm", "mount --bind disk /dev"):
            if "bind" in shared:
                shared += " && mknod /dev/null c 1 3 && mknod /dev/urandom c 1 9"
            done = self.on_a_small_disk(4000, f"'{CONVICT}' conform --kernel '{PLUGINS}/direct.so' --suite edge --cases 60 --out out --quiet",
                                        shared)
            if os.getuid() != 0 and "mknod" in done.stderr:
                continue  # only root makes devices
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_files_that_may_not_grow_end_the_run_with_what_is_known(self):
        journal = self.dir / "out/journal.jsonl"
        done = self.limited({resource.RLIMIT_FSIZE: 400 * KIB}, "conform", "--kernel", "reference.direct", "--suite", "edge",
                            "--out", "out")
        self.expect_environment_error(done, "out/journal.jsonl", "File too large")
        self.assertIn("Ended early (an error): 1 kernel", done.stdout)
        self.assertGreater(journal.stat().st_size, 300 * KIB)
        page = (self.dir / "out/report.html").read_text()
        self.assertIn("Ended early (cannot write to out/journal.jsonl: File too large)", page)
        self.expect_environment_error(self.limited({resource.RLIMIT_FSIZE: 0}, "conform", "--kernel", "reference.direct",
                                                   "--suite", "edge", "--out", "none"), "none/journal.jsonl")


if __name__ == "__main__":
    unittest.main()
