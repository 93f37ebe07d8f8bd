"""What the documents name exists: files and directories, commands and their options, keys of the case language; links lead somewhere; and
every case says in its head what it shows and how long it takes."""
import glob
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import PROGRAM, SOURCE

DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", *sorted(glob.glob("docs/*.md", root_dir=SOURCE))]
failures = []


def output(*arguments):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True)
    return done.stdout + done.stderr


commands = ["run", "check", "schema", "catalogue", "study", "diff", "bench"]
options = set(re.findall(r"--[a-z][-a-z]*", output("--help") + "".join(output(command, "--help") for command in commands)))
schema = json.loads(output("schema"))
keys = {key for section in schema["$defs"].values() for key in section.get("properties", {})}
tracked = subprocess.run(["git", "ls-files"], cwd=SOURCE, capture_output=True, text=True).stdout.split()
known = set(tracked) | {os.path.dirname(path) + "/" for path in tracked} | {path.split("/")[0] + "/" for path in tracked}

for document in DOCUMENTS:
    with open(os.path.join(SOURCE, document)) as file:
        text = file.read()
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        if not target.startswith("http") and not os.path.exists(os.path.join(SOURCE, os.path.dirname(document), target)):
            failures.append(f"{document}: a link to {target}, which is not there")
    code = re.findall(r"`([^`\n]+)`", text) + re.findall(r"^(?:sh|python3|build/elute|cmake) .*$", text, re.M)
    for piece in code:
        for word in piece.split():
            path = word.strip(",;:.()")
            rooted = re.match(r"(cases|cmake|docs|kernels|meshes|solver|tests)/[\w./*-]*$", path)
            if rooted and not glob.glob(os.path.join(SOURCE, path)) and path not in known:
                failures.append(f"{document}: {path} is not there")
        if "elute " in piece or piece.startswith("--"):
            ours = piece.split(" -- ")[0]  # what follows -- is PETSc's
            for option in re.findall(r"(?<![\w-])--[a-z][-a-z]*", ours):
                if option not in options and "cmake" not in ours:
                    failures.append(f"{document}: no command has the option {option}")
            command = re.search(r"elute ([a-z]+)", ours)
            if command and command.group(1) not in commands:
                failures.append(f"{document}: no command {command.group(1)}")
        setting = re.match(r"((?:time|output|mesh|verify)\.[a-z_.]+)$", piece)
        if setting and not all(part in keys for part in setting.group(1).split(".")):
            failures.append(f"{document}: no key {piece}")

with open(os.path.join(SOURCE, "README.md")) as file:
    readme = file.read()
for command in ("sh cases/demo.sh", "sh tests/run.sh"):
    if command not in readme:
        failures.append(f"README.md does not name {command}")
for case in glob.glob(os.path.join(SOURCE, "cases", "*.yaml")) + glob.glob(os.path.join(SOURCE, "cases", "verification", "*.yaml")):
    with open(case) as file:
        head = "".join(line for line in iter(file.readline, "") if line.startswith("#"))
    if len(head) < 60 or "Takes " not in head:
        failures.append(f"{case}: its head does not say what it shows and how long it takes")
print(f"{len(DOCUMENTS)} documents, {len(options)} options, {len(keys)} keys")
sys.exit("\n".join(failures) if failures else 0)
