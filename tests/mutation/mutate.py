"""Do the tests notice? One change at a time in kernels/cell (a sign, a comparison, an index, a constant, a minimum for a maximum), and whether
unit, parity or verification tests fail of it.

    python3 tests/mutation/mutate.py [--count 300] [--seed 1] [--build /tmp/elute-mutants] [--verification]

Works on a copy of the tree, built without optimisation. Unit tests of the kernels come first, then parity, then (--verification: minutes for each
that survives so far) the verification scripts. Prints a line for every mutant and the share that died; a change that does not compile, or that
the compiler makes nothing of, is no mutant. Those that survive are for reading: some change nothing that can be seen."""
import argparse
import glob
import os
import random
import re
import shutil
import subprocess
import sys

SOURCE = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
CHANGES = [  # what, and what it becomes
    (r" \+ ", " - "), (r" - ", " + "), (r" \* ", " / "), (r" / ", " * "), (r"(?<=\S) \+= ", " -= "), (r" -= ", " += "), (r" < ", " <= "), (r" > ", " >= "),
    (r" <= ", " < "), (r" >= ", " > "), (r" && ", " || "), (r" \|\| ", " && "), (r" == ", " != "), (r" != ", " == "), (r"\bfmax\(", "fmin("), (r"\bfmin\(", "fmax("),
    (r"\[i\]", "[i + 1]"), (r"\[k\]", "[0]"), (r"\[0\]", "[1]"), (r"\[1\]", "[0]"), (r"\b0\.5\b", "0.25"), (r"\b2\.0\b", "3.0"), (r"\b1\.0\b", "1.5"), (r"\b2 \* ", "3 * "), (r"\b1 - ", "1 + "),
]
STAGES = [("unit", ["-R", "^unit_(cell_.*|reaction_solve|lines|operators|cross)$"]), ("parity", ["-L", "^parity$"])]
VERIFICATION = ("verification", ["-L", "^verification$"])


def blank_comments(text):
    """The same text with comments as blanks, so that places stay."""
    return re.sub(r"/\*.*?\*/|//[^\n]*|^#[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group(0)), text, flags=re.S | re.M)


def candidates():
    found = []
    for path in sorted(glob.glob(os.path.join(SOURCE, "kernels", "cell", "*.h"))):
        with open(path) as file:
            text = blank_comments(file.read())
        for what, becomes in CHANGES:
            found += [(os.path.relpath(path, SOURCE), m.start(), m.end(), becomes) for m in re.finditer(what, text)]
    return found


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, **more)


def ready(build):
    """A copy of what git has, configured and built once."""
    tree = os.path.join(build, "tree")
    if not os.path.exists(tree):
        for name in run("git", "-C", SOURCE, "ls-files").stdout.split("\n")[:-1]:
            os.makedirs(os.path.join(tree, os.path.dirname(name)), exist_ok=True)
            shutil.copy2(os.path.join(SOURCE, name), os.path.join(tree, name))
    compiler = ["-DCMAKE_C_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
    done = run("cmake", "-S", tree, "-B", os.path.join(build, "build"), "-G", "Ninja", "-DELUTE_TESTS=ON", "-DCMAKE_BUILD_TYPE=Debug", *compiler)
    assert done.returncode == 0, done.stderr
    assert compile_in(build), "the tree does not build"
    return tree


def compile_in(build):
    return run("cmake", "--build", os.path.join(build, "build"), "-j", str(os.cpu_count())).returncode == 0


def killer(build, stages):
    """The first stage that fails; None: all pass."""
    for name, which in stages:
        done = run("ctest", "--test-dir", os.path.join(build, "build"), "-j", str(os.cpu_count()), "--timeout", "300", "--stop-on-failure", *which)
        if done.returncode:
            return name
    return None


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--count", type=int, default=300)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--build", default="/tmp/elute-mutants")
parser.add_argument("--verification", action="store_true")
chosen = parser.parse_args()
stages = STAGES + ([VERIFICATION] if chosen.verification else [])
tree = ready(chosen.build)
assert killer(chosen.build, STAGES) is None, "the tests fail before anything was changed"
places = candidates()
random.Random(chosen.seed).shuffle(places)
died = survived = 0
for path, begin, end, becomes in places:
    if died + survived == chosen.count:
        break
    target = os.path.join(tree, path)
    with open(target) as file:
        text = file.read()
    with open(target, "w") as file:
        file.write(text[:begin] + becomes + text[end:])
    by = killer(chosen.build, stages) if compile_in(chosen.build) else "compiler"
    with open(target, "w") as file:
        file.write(text)
    if by == "compiler":
        continue
    died, survived = died + bool(by), survived + (not by)
    line = text.count("\n", 0, begin) + 1
    print(f"{path}:{line}: {text[begin:end].strip()} became {becomes.strip()}: {'died by ' + by if by else 'SURVIVED: ' + text.splitlines()[line - 1].strip()}", flush=True)
print(f"{died} of {died + survived} mutants died; {len(places)} places could be changed")
