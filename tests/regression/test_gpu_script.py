"""The script that measures on a GPU says clearly what it lacks, and runs nothing then."""
import os
import shutil
import subprocess
import tempfile

SOURCE = os.environ.get("ELUTE_SOURCE", os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
SCRIPT = os.path.join(SOURCE, "tests", "gpu", "run.sh")


def run(*arguments, **environment):
    directory = tempfile.mkdtemp(prefix="elute-gpu-script-")
    done = subprocess.run(["sh", SCRIPT, *arguments], cwd=directory, capture_output=True, text=True, timeout=60, env={**os.environ, **environment})
    left = os.listdir(directory)
    shutil.rmtree(directory)
    return done.returncode, done.stderr, left


code, said, left = run("one", "two", "three")
assert code == 2 and "sh tests/gpu/run.sh" in said and not left, (code, said, left)
code, said, left = run("nothing-here", ELUTE_GPU_STAND_IN="1")
assert code == 1 and "no programs in nothing-here" in said and not left, (code, said, left)
if not shutil.which("nvidia-smi"):
    code, said, left = run("nothing-here")
    assert code == 1 and "nvidia-smi" in said and "nothing was run" in said and not left, (code, said, left)
# A driver's tool that finds no device is no GPU either.
tools = tempfile.mkdtemp(prefix="elute-gpu-tools-")
with open(os.path.join(tools, "nvidia-smi"), "w") as file:
    file.write("#!/bin/sh\necho No devices were found\nexit 6\n")
os.chmod(os.path.join(tools, "nvidia-smi"), 0o755)
code, said, left = run("nothing-here", PATH=tools + ":" + os.environ["PATH"])
shutil.rmtree(tools)
assert code == 1 and "finds no GPU; nothing was run" in said and not left, (code, said, left)
print("refuses as it should")
