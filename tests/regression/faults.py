"""What the tests of faults share: the program driven until it fails, and what every failure must look like."""
import atexit
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import MPIRUN, PROGRAM, SOURCE, session

PROGRAM = os.path.abspath(PROGRAM)
# What a user never sees, whatever was asked for.
FORBIDDEN = ("PETSC ERROR", "Segmentation", "AddressSanitizer", "runtime error", "assertion failed", "Traceback",
             "MPI_ABORT", "terminate called", "Aborted", "signal 1", "(null)", "unknown failure", "without a message")
LIMIT = 120  # s; nothing here runs longer than a few, so that a hang is told from slowness

SMALL = """
elute: 1
title: a small case of everything
mesh: {geometry: cartesian, x: {from: 0 mm, to: 1 mm, cells: 8}, y: {from: 0 mm, to: 1 mm, cells: 6}}
tissues:
  gel: {interstitial_fraction: 0.5}
  core: {interstitial_fraction: 0.2, where: {sphere: {centre: [0.5 mm, 0.5 mm], radius: 0.3 mm}}}
species:
  u: {diffusivity: 1e-10 m2/s, initial: 1 uM}
  s: {mobile: no, initial: 1 uM}
reactions:
  - {equation: "u -> s", rate: 1e-4 1/s}
boundaries: {x-: {u: {value: 1 uM}}}
time: {end: 1 h, accuracy: 1e-3}
output: {every: 10 min}
"""


ROOT = tempfile.mkdtemp(prefix="elute-fault-")
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)


class Outcome:
    def __init__(self, code, out, err, directory):
        self.code, self.out, self.err, self.directory = code, out, err, directory
        self.shown = False

    def files(self):
        """Names in the directory of the run; None: there is no such directory."""
        return sorted(os.listdir(self.directory)) if os.path.isdir(self.directory) else None


def fresh():
    """An empty directory that goes when the test ends."""
    return tempfile.mkdtemp(dir=ROOT)


def own_session():
    return session(fresh())


def write(text, name="case.yaml"):
    """A file in a fresh directory."""
    path = os.path.join(fresh(), name)
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    return path


def command(arguments, ranks=0):
    return ([MPIRUN, "-n", str(ranks)] if ranks else []) + [PROGRAM, *arguments]


def elute(*arguments, ranks=0, largest_file=None, environment=None, cwd=None, user=None):
    """The program in a fresh directory. largest_file: bytes beyond which no file may grow (EFBIG, SIGXFSZ). user:
    who runs it, where root asks."""
    directory = cwd or fresh()

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    done = subprocess.run(command(arguments, ranks), cwd=directory, capture_output=True, timeout=LIMIT,
                          user=user if os.geteuid() == 0 else None,
                          preexec_fn=limit if largest_file is not None else None,
                          env={**own_session(), **(environment or {})})
    return Outcome(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"),
                   os.path.join(directory, "out"))


def run(case, *arguments, **how):
    """elute run in a fresh directory, results in out/."""
    return elute("run", case, "--output", "out", *arguments, **how)


failures = []


def halt(pid):
    """Stops a process, and waits until it stands: until then it goes on."""
    os.kill(pid, signal.SIGSTOP)
    while True:
        with open(f"/proc/{pid}/stat") as file:
            if file.read().rpartition(")")[2].split()[0] in "TZ":
                return


def expect(name, condition, done=None):
    if condition:
        return
    failures.append(name)
    print(f"FAILED {name}")
    if done is not None and not done.shown:
        done.shown = True
        print(f"  exit code {done.code}, files {done.files()}\n  out: {done.out[-600:]}\n  err: {done.err[:1500]}")


def expect_fault(name, done, code, *words, nothing_left=True):
    """The exit code, the words on standard error, one message of the program, nothing of its insides, no half-made files."""
    expect(f"{name}: exit code {done.code}, expected {code}", done.code == code, done)
    for word in words:
        expect(f"{name}: '{word}' is not in the message", word in done.err, done)
    said = [line for line in done.err.splitlines() if line.startswith("elute: ")]
    expect(f"{name}: {len(said)} messages, expected one", len(said) == 1, done)
    for word in FORBIDDEN:
        expect(f"{name}: '{word}' is in the message", word not in done.err, done)
    if nothing_left:
        expect(f"{name}: left {done.files()}", done.files() is None, done)
    else:
        expect(f"{name}: temporary names among {done.files()}",
               not any(file.endswith(".part") for file in done.files() or []), done)


def together(jobs):
    """Runs (function, arguments...) at once: a start of the program is mostly waiting."""
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(job[0], *job[1:]) for job in jobs]:
            done.result()


def finish():
    if failures:
        sys.exit(f"{len(failures)} failed:\n  " + "\n  ".join(failures))
    print("all as claimed")
