"""`elute schema` prints a valid JSON Schema that accepts every case of the project and refuses wrong ones; and docs/case-language.md is
what the program prints. Editors read YAML 1.2 (yes is a word, 1e-3 a number), many scripts YAML 1.1 (yes is true, 1e-3 a word): the
schema takes both."""
import glob
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import jsonschema
import yaml
from driver import PROGRAM, SOURCE


def printed(*options):
    return subprocess.run([PROGRAM, "schema", *options], capture_output=True, text=True, check=True).stdout


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema, and merge keys."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in (("merge", r"<<", "<"), ("null", r"~|null|", "~n"), ("bool", r"true|false", "tf"), ("int", r"[-+]?[0-9]+", "-+0123456789"),
                            ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789")):
    Core.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(f"^(?:{pattern})$"), list(first))

schema = json.loads(printed())
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
cases = glob.glob(os.path.join(SOURCE, "cases", "*.yaml")) + glob.glob(os.path.join(SOURCE, "cases", "verification", "*.yaml"))
assert len(cases) >= 12, cases
for path in sorted(cases):
    for loader in (yaml.SafeLoader, Core):
        with open(path) as file:
            errors = [f"{'.'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator.iter_errors(yaml.load(file, loader))]
        assert not errors, (path, loader, errors)

with open(os.path.join(SOURCE, "cases", "binding.yaml")) as file:
    good = file.read()
WRONG = {  # what is wrong: (old, new)
    "a key with a slip": ("diffusivity:", "difusivity:"),
    "a word for a number": ("cells: 100", "cells: many"),
    "no mesh": ("mesh:", "constants:"),
    "a list for a mapping": ("tissues: {spheroid: {interstitial_fraction: 0.3}}", "tissues: [spheroid]"),
    "an unknown geometry": ("geometry: spherical", "geometry: toroidal"),
}
for what, (old, new) in WRONG.items():
    text = good.replace(old, new, 1)
    assert text != good, what
    assert not validator.is_valid(yaml.load(text, Core)), what

with open(os.path.join(SOURCE, "docs", "case-language.md")) as file:
    assert file.read() == printed("--reference"), "docs/case-language.md is not what `elute schema --reference` prints: write it anew"
with open(os.path.join(SOURCE, "docs", "study-language.md")) as file:
    assert file.read() == printed("--study", "--reference"), "docs/study-language.md is not what `elute schema --study --reference` prints"
studies = json.loads(printed("--study"))
jsonschema.Draft202012Validator.check_schema(studies)
for path in glob.glob(os.path.join(SOURCE, "cases", "studies", "*.yaml")):
    with open(path) as file:
        jsonschema.validate(yaml.load(file, Loader=Core), studies)
print(f"{len(cases)} cases are valid, {len(WRONG)} wrong ones are not")
