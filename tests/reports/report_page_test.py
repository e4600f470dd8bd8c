#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""report_page_test.py MAKE_REPORT_PAGE: opens pages of made-up runs in a headless Chromium.

Exits with 77 (skipped) where no Chromium is installed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from html.parser import HTMLParser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
VOID = {"meta", "link", "input", "br", "img"}


class Element:
    def __init__(self, tag, attributes, parent):
        self.tag, self.attributes, self.parent = tag, dict(attributes), parent
        self.children, self.parts = [], []

    def classes(self):
        return (self.attributes.get("class") or "").split()

    def text(self):
        return "".join(part if isinstance(part, str) else part.text() for part in self.parts)

    def all(self, tag=None, css=None, name=None):
        """Every element inside that has this tag, this class and this id."""
        found = []
        for child in self.children:
            if ((tag is None or child.tag == tag) and (css is None or css in child.classes())
                    and (name is None or child.attributes.get("id") == name)):
                found.append(child)
            found += child.all(tag, css, name)
        return found


class Tree(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.root = self.here = Element("root", [], None)
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        element = Element(tag, attributes, self.here)
        self.here.children.append(element)
        self.here.parts.append(element)
        if tag not in VOID:
            self.here = element

    def handle_endtag(self, tag):
        while self.here.tag != tag:
            self.here = self.here.parent
        self.here = self.here.parent

    def handle_data(self, text):
        self.here.parts.append(text)


def opened(path, folder):
    """The DOM that a browser makes of the file, and what its console said."""
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
               f"--user-data-dir={folder}/profile", "--enable-logging=stderr",
               "--virtual-time-budget=5000", "--dump-dom", f"file://{path}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return Tree(done.stdout).root, console


class ReportPage(unittest.TestCase):
    maker = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="convict-page-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def page(self, scenario, actions=""):
        """The page after `actions`, JavaScript run in it by the reader, so to say."""
        path = os.path.join(self.folder, "report.html")
        subprocess.run([self.maker, scenario, path], check=True)
        if actions:
            with open(path, encoding="utf-8") as file:
                text = file.read()
            with open(path, "w", encoding="utf-8") as file:
                file.write(text.replace("</body>", f"<script>{actions}</script></body>"))
        dom, console = opened(path, self.folder)
        self.assertEqual(console, [])
        return dom

    def rows(self, dom, name):
        table = dom.all(name=name)[0]
        return [[cell.text() for cell in row.children] for row in table.all("tr")]

    def test_the_console_of_a_broken_page_would_be_seen(self):
        path = os.path.join(self.folder, "broken.html")
        with open(path, "w", encoding="utf-8") as file:
            file.write("<!doctype html><script>no_such_function()</script>")
        _, console = opened(path, self.folder)
        self.assertEqual(len(console), 1)

    def test_kernels_findings_matrix_and_run_are_on_the_page(self):
        dom = self.page("mixed")
        self.assertEqual(dom.all("h1")[0].text(), "3 findings in 1 kernel")
        self.assertEqual([row[0] for row in self.rows(dom, "kernels")[1:]],
                         ["optimized.good", "optimized.odd"])
        self.assertEqual(self.rows(dom, "kernels")[2][2:],
                         ["5", "5", "1", "1", "1", "1", "1", "1", "–", "–", "40", "12 ms"])
        findings = dom.all(css="finding")
        self.assertEqual(len(findings), 3)
        self.assertIn("3 of 100 elements are outside", findings[0].text())
        self.assertIn("found by: exact comparison", findings[0].text())
        self.assertIn("first at (0, 1, 2): 3 instead of 4, bound 0.25", findings[0].text())
        self.assertIn("convict replay --kernel optimized.odd 'n2_c4_i9x8_k6_f3x3_p1/forward/f64'",
                      findings[0].text())
        self.assertEqual([line.text() for line in dom.all(css="conditions")],
                         ["No pattern found in where it fails."])
        self.assertEqual(self.rows(dom, "unsupported")[1], ["forward only", "1", "optimized.odd"])
        self.assertIn("Made-up 9000", dom.all(name="main")[0].text())

    def test_words_are_explained_where_they_stand_and_at_the_end(self):
        dom = self.page("mixed")
        notes = [note.text() for note in dom.all(css="table-note")]
        self.assertEqual([note.split(":")[0] for note in notes], ["mistrusted", "worst error/bound"])
        terms = [term.text() for term in dom.all(name="words")[0].all("dt")]
        self.assertIn("mistrusted", terms)
        self.assertNotIn("open", dom.all(name="words")[0].attributes)
        self.assertTrue(self.page("agreement").all(css="table-note")[-1].text().startswith("Shared trials: "))

    def test_matrix_cells_show_the_worst_that_happened(self):
        dom = self.page("mixed")
        rows = {row[0]: row[1:] for row in self.rows(dom, "matrix")}
        self.assertEqual(rows["forward"], ["1", "✗ 3"])
        self.assertEqual(rows["grad_input"], ["1", "? 1"])
        self.assertEqual(rows["grad_weights"], ["", "–"])
        titles = [cell.attributes.get("title") for cell in dom.all(name="matrix")[0].all(css="bad")]
        self.assertIn("optimized.odd, pass forward: 1 pass, 1 fail, 1 crashed, 1 hung", titles)

    def test_a_clean_run_has_no_findings_section(self):
        dom = self.page("clean")
        self.assertEqual(dom.all("h1")[0].text(), "No finding")
        self.assertIn("clean", dom.all("header")[0].classes())
        self.assertEqual(dom.all(name="findings"), [])

    def test_a_run_of_nothing_is_a_page_too(self):
        dom = self.page("nothing")
        self.assertEqual(dom.all("h1")[0].text(), "Nothing ran")
        self.assertEqual(dom.all(name="matrix"), [])

    def test_a_reason_cannot_break_out_of_the_data(self):
        dom = self.page("hostile")
        self.assertEqual(dom.all("title")[0].text(), "3 findings in 1 kernel – convict")
        self.assertEqual(dom.all("img"), [])
        self.assertIn("</script><script>document.title='broken out'", dom.all(css="finding")[0].text())

    def test_many_findings_appear_some_at_a_time(self):
        before = self.page("many")
        after = self.page("many", "document.querySelector('.show-more').click();")
        self.assertEqual(len(before.all(css="finding")), 20)
        self.assertIn("10 of 5,000 shown", before.all(css="more")[0].text())
        self.assertEqual(len(after.all(css="finding")), 120)

    def test_the_filter_keeps_what_has_all_its_words(self):
        dom = self.page("many", """
            const box = document.getElementById('filter');
            box.value = 'number_5 F16';
            box.dispatchEvent(new Event('input'));""")
        self.assertEqual([group.text() for group in dom.all("strong")], ["optimized.kernel_number_5"])
        self.assertIn("10 of 60 shown", dom.all(css="more")[0].text())
        for finding in dom.all(css="finding"):
            self.assertIn("/f16", finding.text())

    def test_a_red_cell_leads_to_its_findings(self):
        dom = self.page("mixed", """
            [...document.querySelectorAll('button.cell')].find((cell) => cell.title.includes('stride > 1')).click();""")
        self.assertEqual(len(dom.all(css="finding")), 1)
        self.assertIn("f3x3_s2_p1", dom.all(css="finding")[0].text())
        self.assertIn("Only findings of optimized.odd with stride > 1.", dom.all(css="note")[0].text())

    def test_kernels_that_agree_and_pairs_that_differ_are_shown(self):
        dom = self.page("agreement")
        self.assertEqual([line.text() for line in dom.all(css="agreeing")],
                         ["The same values in every shared trial: a.first, a.twin"])
        rows = {row[0]: row[1:] for row in self.rows(dom, "agreement")}
        self.assertEqual(rows["a.first & a.twin"], ["3", "3", "–", "–", "–", "–"])
        self.assertEqual(rows["a.twin & a.odd"], ["3", "–", "2", "1", "–", "2"])
        self.assertIn("a.odd errs up to 40 times as much as a.first", dom.all(css="agreement-note")[0].text())
        self.assertEqual(self.page("mixed").all(name="agreement"), [])

    def test_a_search_shows_its_features_and_what_findings_were_shrunk_to(self):
        dom = self.page("search")
        self.assertEqual(self.rows(dom, "coverage")[1], ["stride", "1,234", "refused", "not reached", "3"])
        finding = dom.all(css="finding")[0].text()
        self.assertIn("convict replay --kernel optimized.odd 'c1_i1_k1_f1/forward/f64'", finding)
        self.assertIn("shrunk from n2_c4_i9x8_k6_f3x3_p1/forward/f64", finding)
        self.assertIn("data in out/evidence/0001.h5", finding)
        self.assertEqual([badge.text() for badge in dom.all(css="source")], ["regression"])
        self.assertEqual(self.page("mixed").all(name="coverage"), [])

    def test_merged_journals_are_named(self):
        dom = self.page("merged")
        self.assertIn("Merged from 3 journals; 1 of them ended early", dom.all(name="merged")[0].text())
        self.assertIn("shard-2/journal.jsonl: killed before its end", dom.all(css="run")[2].text())


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if CHROMIUM is None:
        print("skipped: no chromium is installed (apt install chromium)")
        sys.exit(77)
    ReportPage.maker = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
