# SPDX-License-Identifier: Apache-2.0
"""journal_schema_test.py CONVICT PLUGINS MAKE_JOURNAL: holds docs/journal.schema.json against journals.

Journals of runs of every kind must be what the schema describes, a change of any field must not be, and the schema must have
the fields that reports/journal/journal_lines.cpp writes, no more and no fewer.
"""

import copy
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

try:
    from jsonschema import Draft202012Validator
except ImportError as error:
    sys.exit(f"this test needs Debian's package python3-jsonschema, Draft202012Validator in it: {error}")

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs/journal.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA)
KINDS = {name: SCHEMA["$defs"][name] for name in ("run", "trial", "checkpoint", "end")}
WRITER = (ROOT / "reports/journal/journal_lines.cpp").read_text()
OUTCOMES = {"pass", "fail", "mistrusted", "unsupported", "crashed", "hung", "not_tried"}
CALL_COUNTS = {"uncalled", "ran", "calls"}

# What the functions of the writer write, by the type that they take. A tally's fields are outcomes.
WRITTEN = {"run::RunInfo": "run", "TrialResult": "trial", "run::Checkpoint": "checkpoint", "run::RunEnd": "end",
           "Element": "element", "Fingerprint": "fingerprint", "run::CountedResults": "counted",
           "run::PairAgreement": "pair", "run::FeatureCount": "feature", "Replays": "replays", "run::Tally": None}

# Values of every JSON type, to be put where another type belongs.
VALUES = {"integer": -7, "number": 1.5, "string": "", "boolean": False, "null": None, "array": [{}], "object": {"": 0}}


def resolved(schema):
    while "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return schema


def fields_of(schema):
    """Name and schema of what an object may hold; the name of fields that are named freely is their pattern."""
    schema = resolved(schema)
    return schema.get("properties", {}) | schema.get("patternProperties", {})


def places_in(schema, where=()):
    """Every field that the schema has, as the path that leads to it, with its schema."""
    schema = resolved(schema)
    if "items" in schema:
        yield from places_in(schema["items"], where + ("[]",))
    for name, inner in fields_of(schema).items():
        yield where + (name,), inner
        yield from places_in(inner, where + (name,))


def places_of(value, schema, where=(), path=()):
    """Every field of a line: its place in the schema, and the path to it in the line."""
    schema = resolved(schema)
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from places_of(item, schema.get("items", {}), where + ("[]",), path + (number,))
    elif isinstance(value, dict):
        for key, item in value.items():
            name = key if key in schema.get("properties", {}) else next(
                (pattern for pattern in schema.get("patternProperties", {}) if re.search(pattern, key)), None)
            if name is None:
                raise KeyError(f"{'/'.join(where)} has no field {key!r}")
            yield where + (name,), path + (key,)
            yield from places_of(item, fields_of(schema)[name], where + (name,), path + (key,))


def holder_of(line, path):
    for step in path[:-1]:
        line = line[step]
    return line


def type_of(value):
    return {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null", list: "array",
            dict: "object"}[type(value)]


def types_of(schema):
    """The JSON types that a value may have."""
    schema = resolved(schema)
    if "anyOf" in schema:
        return set().union(*map(types_of, schema["anyOf"]))
    if "type" in schema:
        return {"number", "integer"} if schema["type"] == "number" else {schema["type"]}
    return {type_of(value) for value in schema.get("enum", [schema.get("const")])}


def complaint_about(line):
    """What is wrong with a line by the schema of its kind, which says more than the choice among all four; or None."""
    if VALIDATOR.is_valid(line):
        return None
    kind = KINDS.get(line.get("type")) if isinstance(line, dict) else None
    if kind is None:
        return f"of no kind: {line!r:.200}"
    validator = Draft202012Validator(SCHEMA | kind | {"oneOf": [{}]})
    return "; ".join(f"{'/'.join(map(str, error.path))}: {error.message:.300}" for error in validator.iter_errors(line))


def functions_of(source):
    """The bodies of the writer's functions, by the type that each takes. Complains when they are not those known here."""
    functions = re.findall(r"^(?:Json json_of|std::string line_of)\(const ([\w:]+)& \w+\) \{(.*?)^\}", source, re.M | re.S)
    unknown = {taken for taken, _ in functions} - set(WRITTEN)
    if unknown or len(functions) != len(WRITTEN):
        raise AssertionError(f"the writer's functions are not those this test knows: {unknown or functions}")
    return dict(functions)


def keys_written(source):
    """The fields that each function of the writer names, by the type it takes. Complains of what it cannot follow."""
    rest = re.sub(r"//.*|#include.*", "", source)
    written = {}
    for taken, body in functions_of(source).items():
        rest = rest.replace(re.sub(r"//.*", "", body), "")
        keys = re.findall(r'\{"(\w+)",|json\["(\w+)"\]|put_trial\(json, "(\w+)"', body)
        written[taken] = {"".join(key) for key in keys}
        other = set(re.findall(r'"(\w+)"', body)) - written[taken] - {WRITTEN[taken]}
        if other:
            raise AssertionError(f"{other} in what writes {taken} may be fields that this test does not see")
    if re.search(r'"\w+"', rest):
        raise AssertionError("the writer names fields outside the functions that this test reads")
    return written


def keys_always_written(body):
    """The fields that a function writes under no condition: in the first object, or in a statement of their own."""
    return set(re.findall(r'\{"(\w+)",', body)) | set(re.findall(r'^  json\["(\w+)"\] = ', body, re.M))


def keys_written_together(body):
    """The fields that a function writes under one condition, set by set."""
    blocks = re.findall(r"^  if \(.*\) \{\n((?:    .*\n)+)  \}", body, re.M)
    return [set(re.findall(r'json\["(\w+)"\]', block)) for block in blocks]


def difference(source):
    """How the fields that the writer names differ from the schema's, as text; empty when they are the same."""
    found = []
    for taken, keys in keys_written(source).items():
        if WRITTEN[taken] is None:
            continue
        described = set(SCHEMA["$defs"][WRITTEN[taken]]["properties"])
        found += [f"{taken}: {key} is written and not described" for key in sorted(keys - described)]
        found += [f"{taken}: {key} is described and not written" for key in sorted(described - keys)]
        required = set(SCHEMA["$defs"][WRITTEN[taken]]["required"])
        always = keys_always_written(functions_of(source)[taken])
        found += [f"{taken}: {key} is always written and not required" for key in sorted(always - required)]
        found += [f"{taken}: {key} is required and not always written" for key in sorted(required - always)]
    return "; ".join(found)


class Runs:
    """Runs convict in a folder and keeps the journals."""

    def __init__(self, convict, plugins, make_journal, folder):
        self.convict, self.plugins, self.folder = convict, plugins, folder
        self.journals = {}
        self.twin = folder / "twin.so"
        shutil.copy(plugins / "faulty.so", self.twin)
        (folder / "small.txt").write_text("c2_i4_k3_f2\nc2_i4x3_k2_f1x1_d3x5\n")
        (folder / "kept.txt").write_text("c2_i4x3_k2_f1x1_d3x5/forward/f32\n")
        self.conform()
        self.fuzz()
        subprocess.run([make_journal, folder / "made"], check=True, timeout=60)
        self.keep("made up", "made", 11)

    def start(self, *arguments, **variables):
        return subprocess.Popen([self.convict, *map(str, arguments)], cwd=self.folder, env=os.environ | variables,
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def run(self, code, *arguments, **variables):
        run = self.start(*arguments, "--quiet", **variables)
        errors = run.communicate(timeout=900)[1]
        if run.returncode != code:
            raise AssertionError(f"{arguments} ended with {run.returncode}, not {code}: {errors}")

    def keep(self, name, out, least):
        """The lines of a journal, without one that a kill has torn."""
        text = (self.folder / out / "journal.jsonl").read_text()
        lines = [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]
        if len(lines) < least:
            raise AssertionError(f"the journal of {name} has only {len(lines)} lines")
        self.journals[name] = lines

    def wait_for(self, run, out, size):
        journal = self.folder / out / "journal.jsonl"
        deadline = time.time() + 600
        while not journal.exists() or journal.stat().st_size < size:
            if time.time() > deadline or run.poll() is not None:
                run.kill()
                raise AssertionError(f"the run to {out} wrote no {size} bytes: {run.communicate()[1]}")
            time.sleep(0.005)

    def conform(self):
        forward = ("--pass", "forward", "--precision", "f32")
        self.run(1, "conform", "--kernel", self.plugins / "faulty.so", "--kernel", self.plugins / "direct.so", "--kernel",
                 "reference.direct", *forward, "--cases", 100, "--first", "kept.txt", "--out", "faulty")
        self.keep("a faulty plug-in", "faulty", 300)
        hostile = [word for row in ("segfaults", "loops", "returns_3") for word in
                   ("--kernel", f"{self.plugins / 'hostile.so'}:hostile.{row}")]
        self.run(1, "conform", *hostile, "--suite", "small.txt", *forward, "--timeout", "0.3", "--out", "hostile")
        self.keep("plug-ins that crash and hang", "hostile", 10)
        self.run(0, "conform", "--kernel", "reference.direct", "--kernel", "gpu.*", "--suite", "small.txt", "--out", "absent",
                 OPENBLAS_CORETYPE="Prescott", OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", NVIDIA_TF32_OVERRIDE="0",
                 CUBLAS_WORKSPACE_CONFIG=":4096:8", CUDA_VISIBLE_DEVICES="", CUDA_LAUNCH_BLOCKING="0")
        self.keep("absent kernels", "absent", 10)
        run = self.start("conform", "--kernel", "reference.direct", "--out", "ctrl-c")
        self.wait_for(run, "ctrl-c", 5000)
        run.send_signal(signal.SIGINT)
        errors = run.communicate(timeout=900)[1]
        if run.returncode != 130:
            raise AssertionError(f"Ctrl-C ended the run with {run.returncode}: {errors}")
        self.keep("Ctrl-C", "ctrl-c", 10)

    def fuzz(self):
        search = ("fuzz", "--kernel", self.plugins / "faulty.so", "--kernel", self.twin, "--kernel",
                  self.plugins / "direct.so", "--seed", 3, "--shard", "2/3", "--cases", 300, "--out", "search")
        run = self.start(*search, "--quiet")
        self.wait_for(run, "search", 3000)
        run.kill()
        run.communicate()
        self.keep("a killed search", "search", 2)
        self.run(1, *search, "--resume")
        self.keep("a resumed search", "search", 10)
        self.run(1, "fuzz", "--kernel", f"{self.plugins / 'hostile.so'}:hostile.loops", "--timeout", "0.2", "--out", "hangs")
        self.keep("a search that ends early", "hangs", 5)


class JournalSchema(unittest.TestCase):
    programs = ()

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="convict-schema-")
        cls.addClassCleanup(folder.cleanup)
        begin = time.time()
        cls.journals = Runs(*cls.programs, Path(folder.name)).journals
        cls.lines = [line for lines in cls.journals.values() for line in lines]
        print(f"{len(cls.journals)} journals, {len(cls.lines)} lines in {time.time() - begin:.0f} s: "
              + ", ".join(f"{name} {len(lines)}" for name, lines in cls.journals.items()), file=sys.stderr)

    def samples(self):
        """A line that has it, with the path, for every place in the schema that occurs. Numbers rather than "nan"."""
        found = {}
        for line in self.lines:
            for place, path in places_of(line, KINDS[line["type"]], (line["type"],)):
                if place not in found or holder_of(found[place][0], found[place][1])[found[place][1][-1]] in ("nan", "inf"):
                    found[place] = (line, path)
        return found

    def all_places(self):
        return {place: schema for kind in KINDS for place, schema in places_in(KINDS[kind], (kind,))}

    def test_the_schema_is_one_and_open_nowhere(self):
        Draft202012Validator.check_schema(SCHEMA)
        self.assertEqual({choice["$ref"] for choice in SCHEMA["oneOf"]}, {f"#/$defs/{kind}" for kind in KINDS})
        objects = [schema for schema in walk(SCHEMA) if schema.get("type") == "object" or "patternProperties" in schema]
        self.assertGreaterEqual(len(objects), 14)
        for schema in objects:
            self.assertIs(schema.get("additionalProperties"), False, schema.get("description"))
        references = {schema["$ref"].removeprefix("#/$defs/") for schema in walk(SCHEMA) if "$ref" in schema}
        self.assertEqual(references, set(SCHEMA["$defs"]))

    def test_everything_is_described(self):
        for place, schema in self.all_places().items():
            self.assertRegex(schema.get("description", ""), r"^\w[^\n]{9,}\.$", "/".join(place))
        for name, schema in SCHEMA["$defs"].items():
            self.assertRegex(schema.get("description", ""), r"^\w[^\n]{9,}\.$", name)
        for place, schema in self.all_places().items():
            if place[-1].endswith("_ms"):
                self.assertIn("milliseconds", schema["description"])
            if place[-1].endswith("_s"):
                self.assertIn(" seconds", schema["description"])

    def test_every_line_of_every_journal_is_as_described(self):
        for name, lines in self.journals.items():
            for number, line in enumerate(lines, 1):
                self.assertIsNone(complaint_about(line), f"{name}, line {number}: {line!r:.300}")

    def test_the_journals_are_of_the_runs_they_are_named_for(self):
        """Without this, runs in which nothing happens would show nothing."""
        def outcomes(name):
            return {line["outcome"] for line in self.journals[name] if line["type"] == "trial"}
        self.assertLessEqual({"pass", "fail"}, outcomes("a faulty plug-in"))
        self.assertEqual(self.journals["a faulty plug-in"][1]["source"], "regression")
        self.assertLessEqual({"crashed", "hung", "fail"}, outcomes("plug-ins that crash and hang"))
        self.assertTrue(self.journals["absent kernels"][0]["absent"])
        self.assertTrue(self.journals["Ctrl-C"][-1]["interrupted"])
        self.assertNotEqual(self.journals["a killed search"][-1]["type"], "end")
        search = self.journals["a resumed search"]
        self.assertEqual([search[0]["type"], search[-1]["type"]], ["run", "end"])
        tally = search[-1]["tally"]
        self.assertEqual(sum(tally.get(name, 0) for name in OUTCOMES | {"uncalled"}), 3 * 300)
        self.assertIn("fail", outcomes("a resumed search"))
        self.assertTrue(any("pairs" in line for line in search))
        self.assertIn("reason", self.journals["a search that ends early"][-1])
        self.assertEqual(set().union(*map(outcomes, self.journals)), OUTCOMES)

    def test_every_field_of_the_schema_occurs_in_a_journal(self):
        wanted, found = set(self.all_places()), set(self.samples())
        self.assertGreater(len(wanted), 100)
        self.assertEqual(wanted - found, set())
        real = set()
        for name, lines in self.journals.items():
            if name != "made up":
                for line in lines:
                    real.update(place for place, _ in places_of(line, KINDS[line["type"]], (line["type"],)))
        print(f"{len(wanted)} fields, {len(real)} of them in real journals; only in the one made up: "
              + ", ".join("/".join(place) for place in sorted(wanted - real)), file=sys.stderr)
        self.assertGreater(len(real), 0.85 * len(wanted))

    def refuse(self, line, what):
        self.assertFalse(VALIDATOR.is_valid(line), f"{what} was taken: {line!r:.300}")

    def needed(self, schema, holder, key):
        """Whether a line is no longer right without this field."""
        dependents = [other for other, keys in schema.get("dependentRequired", {}).items() if key in keys and other in holder]
        explained = key in ("layer", "reason") and holder.get("outcome", "pass") != "pass" and "outcome" in holder
        return (key in schema.get("required", []) or bool(dependents) or explained
                or len(holder) <= schema.get("minProperties", 0))

    def holder_schema(self, place):
        schema = KINDS[place[0]]
        for step in place[1:-1]:
            schema = resolved(schema)
            schema = schema["items"] if step == "[]" else fields_of(schema)[step]
        return resolved(schema)

    def test_a_field_that_is_missing_is_missed_and_only_then(self):
        required = optional = 0
        for place, (line, path) in self.samples().items():
            changed = copy.deepcopy(line)
            holder = holder_of(changed, path)
            is_needed = self.needed(self.holder_schema(place), holder, path[-1])
            del holder[path[-1]]
            if is_needed:
                required += 1
                self.refuse(changed, f"without {'/'.join(place)}, it")
            else:
                optional += 1
                self.assertIsNone(complaint_about(changed), f"without {'/'.join(place)}, which may be left out")
        for place in self.all_places():
            schema = self.holder_schema(place)
            self.assertLessEqual(set(schema.get("required", [])), set(schema.get("properties", {})), place)
        print(f"{required} fields removed and missed, {optional} removed and not missed", file=sys.stderr)
        self.assertGreater(required, 50)
        self.assertGreater(optional, 20)

    def test_a_field_of_another_name_is_refused(self):
        for place, (line, path) in self.samples().items():
            is_free = place[-1] not in self.holder_schema(place).get("properties", {})
            name = "" if is_free else path[-1] + "_"
            for keeps_old in (False, True):
                changed = copy.deepcopy(line)
                holder = holder_of(changed, path)
                holder[name] = holder[path[-1]]
                if not keeps_old:
                    del holder[path[-1]]
                self.refuse(changed, f"{'/'.join(place)} as {name!r}")

    def test_a_value_of_another_type_is_refused(self):
        schemas, changes = self.all_places(), 0
        for place, (line, path) in self.samples().items():
            allowed = types_of(schemas[place])
            wrong = [value for kind, value in VALUES.items() if kind not in allowed]
            self.assertGreaterEqual(len(wrong), 4, place)
            if "string" in allowed and not self.may_be_empty(schemas[place]):
                wrong.append("")
            for value in wrong:
                changes += 1
                changed = copy.deepcopy(line)
                holder_of(changed, path)[path[-1]] = value
                self.refuse(changed, f"{value!r} for {'/'.join(place)}")
        print(f"{changes} values of another type put in and refused", file=sys.stderr)
        self.assertGreater(changes, 500)

    @staticmethod
    def may_be_empty(schema):
        schema = resolved(schema)
        return schema.get("type") == "string" and not {"pattern", "minLength"} & set(schema)

    def test_items_of_another_type_are_refused(self):
        lists = 0
        for place, (line, path) in self.samples().items():
            value = holder_of(line, path)[path[-1]]
            if not isinstance(value, list) or not value:
                continue
            lists += 1
            for wrong in VALUES.values():
                if type_of(wrong) == type_of(value[0]):
                    continue
                changed = copy.deepcopy(line)
                holder_of(changed, path)[path[-1]][0] = wrong
                self.refuse(changed, f"{wrong!r} in {'/'.join(place)}")
        self.assertGreaterEqual(lists, 8)

    def test_numbers_out_of_range_and_words_out_of_the_list_are_refused(self):
        schemas, words, numbers = self.all_places(), 0, 0
        for place, (line, path) in self.samples().items():
            schema = resolved(schemas[place])
            wrong = []
            if "enum" in schema or "const" in schema:
                words += 1
                wrong = ["passed"] if types_of(schema) == {"string"} else []
                wrong += [1] if schema.get("const") == 2 else []
            elif schema.get("type") == "integer":
                numbers += 1
                wrong = [-1, 0.5] + ([0] if schema["minimum"] == 1 else [])
            elif "number" in types_of(schema):
                numbers += 1
                wrong = ["-nan"] + ([-1e-9] if schema is not SCHEMA["$defs"]["number"] else [])
            for value in wrong:
                changed = copy.deepcopy(line)
                holder_of(changed, path)[path[-1]] = value
                self.refuse(changed, f"{value!r} for {'/'.join(place)}")
        self.assertGreater(words, 8)
        self.assertGreater(numbers, 30)

    def test_trials_are_of_a_pass_and_a_precision(self):
        line = next(line for line in self.lines if line["type"] == "trial" and line["outcome"] == "pass")
        spec, rest = line["trial"].split("/", 1)
        for text in (spec, f"{spec}/sideways/f32", f"{spec}/forward/f8", f"{spec}/forward/f32/", f"_{line['trial']}",
                     f"{spec}/forward/f32/fill", f"{spec}/forward/f32/fil=flat", f"{spec}_x3/{rest}", f"{line['trial']},"):
            self.refuse(line | {"trial": text}, text)
        seen = {tuple(line["trial"].split("/")[1:3]) for line in self.lines if line["type"] == "trial"}
        self.assertEqual({which for which, _ in seen}, {"forward", "grad_input", "grad_weights"})
        self.assertGreaterEqual(len({precision for _, precision in seen}), 3)

    def test_the_writer_writes_the_fields_of_the_schema_and_no_others(self):
        self.assertEqual(difference(WRITER), "")
        keys = keys_written(WRITER)
        self.assertGreater(sum(map(len, keys.values())), 60)
        outcomes = set(re.findall(r'case Outcome::\w+: return "(\w+)"', (ROOT / "core/verdict.hpp").read_text()))
        self.assertEqual(outcomes, set(SCHEMA["$defs"]["outcome"]["enum"]))
        self.assertEqual(CALL_COUNTS, set(re.findall(r'{"(\w+)", &Tally::\w+}', (ROOT / "run/observer.hpp").read_text())))
        self.assertEqual(outcomes | CALL_COUNTS, set(KINDS["end"]["properties"]["tally"]["properties"]))

    def test_fields_that_belong_together_are_missed_without_each_other(self):
        together = {WRITTEN[taken]: sets for taken, body in functions_of(WRITER).items()
                    if (sets := keys_written_together(body))}
        self.assertEqual(set(together), {"counted", "pair"})
        for name, sets in together.items():
            for keys in sets:
                self.assertGreater(len(keys), 1)
                for key in keys:
                    self.assertLessEqual(keys - {key}, set(SCHEMA["$defs"][name]["dependentRequired"][key]), name)
        found = next(line for line in self.lines if {"wrong", "shrunk", "evidence"} <= set(line))
        passed = next(line for line in self.lines if line.get("outcome") == "pass")
        self.assertIsNone(complaint_about(found))
        for key in ("elements", "wrong", "first", "worst", "cluster", "layer", "reason"):
            self.refuse({name: value for name, value in found.items() if name != key}, f"a finding without {key}")
        for outcome in OUTCOMES - {"fail", "crashed", "hung"}:
            self.refuse(found | {"outcome": outcome}, f"{outcome} with what only findings have")
        self.refuse(passed | {"reason": "it is wrong"}, "a pass with a reason")

    def test_a_field_more_or_less_in_the_writer_is_seen(self):
        more = WRITER.replace('{"name", feature.name},', '{"name", feature.name}, {"colour", 1},')
        self.assertIn("run::FeatureCount: colour is written and not described", difference(more))
        optional = WRITER.replace('json["note"] = verdict.note;', 'json["remark"] = verdict.note;')
        self.assertIn("TrialResult: remark is written and not described", difference(optional))
        self.assertIn("TrialResult: note is described and not written", difference(optional))
        sometimes = WRITER.replace('  json["features"] =', '  if (!features.empty()) json["features"] =')
        self.assertIn("run::Checkpoint: features is required and not always written", difference(sometimes))
        for text in ('json.emplace("colour", 1);', 'json.at("colour") = 1;'):
            with self.assertRaises(AssertionError):
                difference(WRITER.replace("  return dump(json);", f"  {text}\n  return dump(json);", 1))
        with self.assertRaises(AssertionError):
            difference(WRITER.replace("Json json_of(const Element&", "Json json_of(const Elements&"))

    def test_the_words_for_what_decided_are_those_of_the_sources(self):
        words = set()
        for folder in ("oracle", "run"):
            for path in (ROOT / folder).rglob("*.[ch]pp"):
                words.update(re.findall(r'layer = "([^"]+)"|unsupported\("([^"]+)"|decided\(Outcome::\w+, "([^"]+)"',
                                        path.read_text()))
        words = {"".join(word) for word in words}
        self.assertEqual(words, set(KINDS["trial"]["properties"]["layer"]["enum"]))

    def test_the_facts_of_the_environment_are_those_of_the_sources(self):
        described = set(KINDS["run"]["properties"]["environment"]["properties"])
        source = (ROOT / "cli/environment.cpp").read_text()
        variables = set(re.findall(r'"([A-Z][A-Z0-9_]+)"', source))
        self.assertGreater(len(variables), 5)
        self.assertEqual(variables, {name for name in described if name.isupper()})


def walk(schema):
    """Every schema inside."""
    if isinstance(schema, dict):
        yield schema
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from walk(inner)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    JournalSchema.programs = [Path(word).resolve() for word in sys.argv[1:4]]
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=2)
