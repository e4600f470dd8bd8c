# SPDX-License-Identifier: Apache-2.0
"""What the tests of the command line share. CONVICT is the program, CONVICT_TEST_PLUGINS a folder of plug-ins."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

CONVICT = os.environ["CONVICT"]
PLUGINS = Path(os.environ["CONVICT_TEST_PLUGINS"])


def convict(*arguments, cwd=None, timeout=300):
    return subprocess.run([CONVICT, *map(str, arguments)], capture_output=True, text=True, cwd=cwd,
                          timeout=timeout, stdin=subprocess.DEVNULL)


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.dir = Path(self.folder.name)

    def expect(self, code, *arguments, says=""):
        done = convict(*arguments, cwd=self.dir)
        text = done.stdout + done.stderr
        self.assertEqual(done.returncode, code, f"{arguments}: {text}")
        self.assertIn(says, text)
        return done

    def journal(self, folder="out"):
        return [json.loads(line) for line in (self.dir / folder / "journal.jsonl").read_text().splitlines()]

    def expect_one_line_error(self, *arguments, says=()):
        done = self.expect(2, *arguments)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for words in says:
            self.assertIn(words, done.stderr)
