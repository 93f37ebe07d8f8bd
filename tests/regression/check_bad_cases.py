"""Every file of cases/bad, checked, and of cases/bad_studies, run as a study, gets the messages it names, exit code 1, and nothing else.

A file begins with lines "# expect: TEXT", one for each error, TEXT being the end or a part of a line on standard error that
begins with the name of a file beside it or its own, or with "--set"; and perhaps "# args: ARGUMENTS" for the command line. Further inputs that no
text file can be (empty, binary, a directory, not there) are made here.

Usage: check_bad_cases.py [PROGRAM]; without an argument ELUTE_PROGRAM names it.
"""

import concurrent.futures
import glob
import os
import random
import shlex
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import session

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FORBIDDEN = ("PETSC ERROR", "Segmentation", "AddressSanitizer", "runtime error", "assertion failed")


def run(program, path, arguments, directory):
    verb = ["study", "run"] if "bad_studies" in path else ["check"]
    """Exit code, standard error, and what the program left in its directory."""
    with tempfile.TemporaryDirectory(prefix="elute-session-") as its_own:
        done = subprocess.run([program, *verb, path, *arguments], cwd=directory, capture_output=True, timeout=120, env=session(its_own))
    left = sorted(os.listdir(directory))
    return done.returncode, done.stderr.decode("utf-8", "replace"), left


def header(path):
    expected, arguments = [], []
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith("# expect: "):
                expected.append(line[len("# expect: "):].strip())
            elif line.startswith("# args: "):
                arguments = shlex.split(line[len("# args: "):])
            else:
                break
    return expected, arguments


def problems_of(code, text, left, wanted):
    found = []
    if code != 1:
        found.append(f"exit code {code}, expected 1")
    if left:
        found.append(f"left behind: {', '.join(left)}")
    found += [f"standard error has '{word}'" for word in FORBIDDEN if word in text]
    found += [f"missing: {message}" for message in wanted if message not in text]
    return found


def check_file(program, path):
    expected, arguments = header(path)
    with tempfile.TemporaryDirectory() as directory:
        code, text, left = run(program, path, arguments, directory)
    found = problems_of(code, text, left, expected)
    if not expected:
        found.append("the file has no line '# expect: …'")
    lines = [line for line in text.splitlines() if ": error: " in line and line.startswith((os.path.dirname(path), "--set"))]
    if len(lines) != len(expected):
        found.append(f"{len(lines)} errors, expected {len(expected)}")
    return found, text


def made_inputs(directory):
    """Name, path and what the message must contain."""
    def write(name, data):
        path = os.path.join(directory, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    folder = os.path.join(directory, "folder.yaml")
    os.mkdir(folder)
    noise = random.Random(1)
    yield "empty", write("empty.yaml", b""), "empty.yaml"
    yield "comment alone", write("comment.yaml", b"# nothing\n"), "comment.yaml"
    yield "binary", write("binary.yaml", b"elute: 1\n\0\0\0\x7fELF"), "binary.yaml"
    yield "not UTF-8", write("latin.yaml", b"elute: 1\ntitle: caf\xe9\n"), "latin.yaml"
    yield "1 MB of random bytes", write("noise.yaml", noise.randbytes(1 << 20)), "noise.yaml"
    yield "1 MB of brackets", write("brackets.yaml", b"[" * (1 << 20)), "brackets.yaml"
    yield "a directory", folder, "folder.yaml"
    yield "not there", os.path.join(directory, "absent.yaml"), "absent.yaml"


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("ELUTE_PROGRAM")
    if not program:
        sys.exit(__doc__)
    program = os.path.abspath(program)
    files = sorted(glob.glob(os.path.join(ROOT, "cases", "bad*", "*.yaml")))
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(2 * os.cpu_count()) as pool:  # a start waits more than it computes
        for path, (found, text) in zip(files, pool.map(lambda path: check_file(program, path), files)):
            if found:
                failed += 1
                print(f"{os.path.basename(path)}: " + "; ".join(found) + f"\n--- standard error\n{text}---")
    n_made = 0
    with tempfile.TemporaryDirectory() as inputs, tempfile.TemporaryDirectory() as directory:
        for name, path, part in made_inputs(inputs):
            n_made += 1
            code, text, left = run(program, path, [], directory)
            found = problems_of(code, text, left, [part])
            if found:
                failed += 1
                print(f"{name}: " + "; ".join(found) + f"\n--- standard error\n{text[:2000]}---")
    print(f"{len(files)} wrong files and {n_made} further inputs, {failed} failed")
    if len(files) < 60:
        print("expected at least 60 files in cases/bad and cases/bad_studies")
        failed += 1
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
