"""A directory that cannot be written and a disk that runs full: a message, exit code 4, no temporary names, whole files only,
and what was there before untouched."""
import csv
import glob
import os
import shutil
import subprocess

from faults import LIMIT, PROGRAM, SMALL, Outcome, command, elute, expect, expect_fault, finish, fresh, own_session, run, write

CASE, SYSTEM = 1, 4
# 30 x 30 cells: 60 kB of fields; ledger, probes and steps grow line by line.
LONG = SMALL.replace("cells: 8", "cells: 30").replace("cells: 6", "cells: 30").replace(
    "output: {every: 10 min}", "output: {every: 30 s, probes: {ray: {from: [0 mm, 0 mm], to: [1 mm, 1 mm], points: 9}}}")


def contents(directory):
    found = {}
    for path in sorted(glob.glob(f"{directory}/*")):
        with open(path, "rb") as file:
            found[os.path.basename(path)] = file.read()
    return found


def expect_whole(name, done):
    """Every table ends with a whole line and every state in them is complete; every field file has the same length."""
    files = contents(done.directory)
    for file in ("ledger.csv", "probes.csv", "steps.txt", "log.txt", "verify.csv"):
        expect(f"{name}: {file} ends in half a line", file not in files or not files[file] or files[file].endswith(b"\n"), done)
    for file in ("ledger.csv", "probes.csv"):
        if file in files:
            rows = list(csv.reader(files[file].decode().splitlines()))
            expect(f"{name}: ragged {file}", all(len(row) == len(rows[0]) for row in rows), done)
            times = [row[0] for row in rows[1:]]
            expect(f"{name}: half a state in {file}", len({times.count(t) for t in set(times)}) <= 1, done)
    lengths = {len(data) for file, data in files.items() if file.endswith(".vtk")}
    expect(f"{name}: fields of {lengths} bytes", len(lengths) <= 1, done)
    expect(f"{name}: temporary names", not any(file.endswith(".part") for file in files), done)


def unwritable():
    file = write("not a directory", "file")
    yield "a file as parent", file + "/out", "Not a directory"
    yield "a file in its place", file, "Not a directory"
    yield "a place where nobody makes directories", "/proc/out", "/proc/out"
    yield "a device", "/dev/full", "Not a directory"
    yield "a dangling link", link_to("/nowhere/at/all"), "out"
    yield "too long a name", "x" * 300, "File name too long"
    yield "too long a path", "x/" * 3000, "longer than"


def link_to(target):
    path = os.path.join(fresh(), "out")
    os.symlink(target, path)
    return path


def refused_directories():
    small = write(SMALL)
    for name, directory, word in unwritable():
        done = elute("run", small, "--output", directory)
        expect_fault(name, done, 2 if "longer" in word else SYSTEM, word)
    # Parents that were made on the way go again.
    done = elute("run", small, "--output", "out/a/b/" + "x" * 300)
    expect_fault("parents of what could not be made", done, SYSTEM, "File name too long")
    # Files of the same names that no run wrote are never touched.
    mine = os.path.dirname(write("my: own\n", "case.yaml"))
    for force in ([], ["--force"]):
        done = elute("run", small, "--output", mine, *force)
        expect_fault(f"files of others {force}", done, CASE, "no run of elute wrote")
        expect("files of others", contents(mine) == {"case.yaml": b"my: own\n"}, done)


def earlier_run():
    """An earlier run stays as it is without --force, and with it where the new one cannot begin."""
    first = run(write(SMALL))
    before = contents(first.directory)
    where = os.path.dirname(first.directory)
    done = run(write(SMALL), cwd=where)
    expect_fault("an earlier run", done, CASE, "--force", nothing_left=False)
    done = run(write(SMALL), ranks=3, cwd=where)
    expect_fault("an earlier run on 3 ranks", done, CASE, "--force", nothing_left=False)
    for name, text in (("a wrong case", SMALL.replace("u -> s", "u -> t")),
                       ("a formula that fails at the start", SMALL.replace("initial: 1 uM}\n  s", 'initial: {formula: "1/(x-x)", unit: uM}}\n  s')),
                       ("an impulse outside", SMALL + "sources: [{species: u, where: {sphere: {centre: [9 mm, 9 mm], radius: 1 mm}}, amount: 1 nmol, at: 0 s}]\n")):
        done = run(write(text), "--force", cwd=where)
        expect_fault(f"--force and {name}", done, CASE, nothing_left=False)
        expect(f"--force and {name}: the earlier run changed", contents(first.directory) == before, done)
    done = run(write(SMALL), "--force", largest_file=200, cwd=where)
    expect_fault("--force and a full disk", done, SYSTEM, "case.yaml", nothing_left=False)
    expect("--force and a full disk: the earlier run changed", contents(first.directory) == before, done)
    done = run(write(SMALL), "--force", cwd=where)
    expect("--force: exit code", done.code == 0, done)


def limited_files():
    """A limit on the size of files, at every stage of a run: the case, the fields, tables late in the run."""
    for limit in (0, 100, 2000, 20000):
        expect_fault(f"files of {limit} bytes at most", run(write(LONG), largest_file=limit), SYSTEM, "cannot write")
    text = LONG.replace("output: {", "output: {vtk: no, ") + "verify: [{species: u, at: 20 min, total_in: all, above: 0 mol}]\n"
    for limit in (3000, 10000, 20001):
        done = run(write(text), largest_file=limit)
        expect_fault(f"tables of {limit} bytes at most", done, SYSTEM, "cannot write", nothing_left=False)
        expect_whole(f"tables of {limit} bytes at most", done)
    steps = SMALL.replace("output: {every: 10 min}", "output: {vtk: no, every: 30 min}").replace("accuracy: 1e-3", "step: 2 s")
    done = run(write(steps), largest_file=8000)
    expect_fault("a record of steps that is full", done, SYSTEM, "steps.txt", nothing_left=False)
    expect_whole("a record of steps that is full", done)


def full_disk():
    """A file system of a few hundred kB of its own. Where that may not be mounted, the limits above have to do."""
    script = ('mount -t tmpfs -o size=%dk none "$1" && shift && { "$@" >"$OUT/out" 2>"$OUT/err"; code=$?; '
              'cp -a disk/. "$OUT/copy"; exit $code; }')
    for size, ranks in ((400, 0), (400, 3), (640, 0)):
        directory = fresh()
        os.makedirs(f"{directory}/disk")
        os.makedirs(f"{directory}/copy")
        program = command(["run", write(LONG), "--output", "disk/out"], ranks)
        done = subprocess.run(["unshare", "-rm", "sh", "-c", script % size, "sh", "disk", *program], cwd=directory,
                              capture_output=True, timeout=LIMIT, env={**own_session(), "OUT": directory})
        if not os.path.exists(f"{directory}/err"):
            print("no file system may be mounted here: the full disk is left out:", done.stderr.decode().strip())
            return
        with open(f"{directory}/err") as err, open(f"{directory}/out") as out:
            outcome = Outcome(done.returncode, out.read(), err.read(), f"{directory}/copy/out")
        name = f"a disk of {size} kB on {ranks} ranks"
        # The estimate refuses before anything is made, where it can.
        expect_fault(name, outcome, SYSTEM, nothing_left="GB are free" in outcome.err)
        print(name, "->", outcome.err.splitlines()[0])


def disk_that_fills(ranks):
    """The estimate cannot know of a neighbour that fills the disk meanwhile."""
    script = ('mount -t tmpfs -o size=20m none disk && { "$@" >"$OUT/out" 2>"$OUT/err" & } && '
              'while [ ! -e disk/out/fields_000002.vtk ]; do sleep 0.02; done; head -c 30m /dev/zero >disk/filler 2>/dev/null; '
              'wait $!; code=$?; cp -a disk/out "$OUT/copy"; exit $code')
    text = LONG.replace("cells: 30", "cells: 60").replace("end: 1 h", "end: 20 h").replace("every: 30 s", "every: 20 min")
    directory = fresh()
    os.makedirs(f"{directory}/disk")
    done = subprocess.run(["unshare", "-rm", "sh", "-c", script, "sh", *command(["run", write(text), "--output", "disk/out"], ranks)], cwd=directory,
                          capture_output=True, timeout=LIMIT, env={**own_session(), "OUT": directory})
    if not os.path.exists(f"{directory}/copy"):
        print("no file system may be mounted here: the disk that fills is left out:", done.stderr.decode().strip())
        return
    with open(f"{directory}/err") as err, open(f"{directory}/out") as out:
        outcome = Outcome(done.returncode, out.read(), err.read(), f"{directory}/copy")
    name = f"a disk that fills on {ranks} ranks"
    expect_fault(name, outcome, SYSTEM, "cannot write", nothing_left=False)
    expect_whole(name, outcome)
    print(name, "->", len(outcome.files()), "files")


refused_directories()
earlier_run()
limited_files()
if shutil.which("unshare"):
    full_disk()
    disk_that_fills(0)
    disk_that_fills(3)
done = subprocess.run([PROGRAM, "check", write(SMALL)], stdout=open("/dev/full", "w"), stderr=subprocess.PIPE, timeout=LIMIT, env=own_session())
expect("check to a full standard output", done.returncode == SYSTEM and b"standard output" in done.stderr)
done = subprocess.run([PROGRAM, "schema"], stdout=open("/dev/full", "w"), stderr=subprocess.PIPE, timeout=LIMIT, env=own_session())
expect("schema to a full standard output", done.returncode == SYSTEM and b"standard output" in done.stderr)
finish()
