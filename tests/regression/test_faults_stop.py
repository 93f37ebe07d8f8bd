"""Runs that end early: on a signal, killed, or because a step cannot advance. What is on disk can be read and goes on being of use."""
import glob
import json
import math
import os
import re
import signal
import struct
import subprocess
import sys
import time

from faults import FORBIDDEN, LIMIT, SMALL, Outcome, command, elute, expect, expect_fault, finish, fresh, own_session, run, write

NUMERICS, STOPPED = 3, 5
# Runs for minutes if nobody stops it, and writes every few steps.
ENDLESS = SMALL.replace("cells: 8", "cells: 40").replace("cells: 6", "cells: 40").replace(
    "time: {end: 1 h, accuracy: 1e-3}", "time: {end: 200 h, step: 1 s}").replace(
    "output: {every: 10 min}", "output: {every: 30 s, probes: {ray: {from: [0 mm, 0 mm], to: [1 mm, 1 mm], points: 9}}}")
BLOW_UP = """
elute: 1
title: u' = u^2 ends at t = 1 s, first in the cell where u is largest
mesh: {geometry: cartesian, x: {from: 0 m, to: 1 m, cells: 10}, y: {from: 0 m, to: 1 m, cells: 5}}
species: {u: {mobile: no, initial: {formula: "0.5 + 0.5*(x > 0.7)*(x < 0.8)*(y > 0.4)*(y < 0.6)", unit: mol/m3}}, w: {mobile: no}}
reactions: [{equation: "2 u -> 3 u", rate: 1 m3/(mol s)}]
time: {end: 10 s, accuracy: 1e-3}
output: {every: 0.4 s}
"""


def fields(path):
    """Cell arrays of a legacy file of ours, read as its head says; an exception where it is cut."""
    with open(path, "rb") as file:
        data = file.read()
    cells, at = int(re.search(rb"CELL_DATA (\d+)\n", data)[1]), data.index(b"CELL_DATA")
    found = {}
    for head in re.finditer(rb"(\S+) 1 (\d+) (unsigned_char|double)\n", data[at:]):
        size = 8 if head[3] == b"double" else 1
        begin = at + head.end()
        found[head[1].decode()] = struct.unpack(f">{cells}{'d' if size == 8 else 'B'}", data[begin:begin + cells * size])
    time = struct.unpack(">d", data[data.index(b"TIME 1 1 double\n") + 16:][:8])[0]
    return time, found


def expect_readable(name, done, finished):
    """Every file under a final name is whole, and the list of fields names what is there."""
    paths = sorted(glob.glob(f"{done.directory}/fields_*.vtk"))
    expect(f"{name}: {len(paths)} files of fields", len(paths) > 1, done)
    times = []
    for path in paths:
        at, arrays = fields(path)
        expect(f"{name}: {path} lacks arrays", {"u_in_fluid", "u_in_tissue", "s_in_tissue"} <= set(arrays) or "w_in_tissue" in arrays, done)
        expect(f"{name}: {path} has numbers that are not finite", all(map(math.isfinite, arrays["u_in_tissue"])), done)
        times.append(at)
    with open(f"{done.directory}/fields.vtk.series") as file:
        listed = json.load(file)["files"]
    # Between the renaming of a file of fields and of the list a killed run may leave one that is not listed.
    expect(f"{name}: {len(listed)} listed, {len(paths)} there", len(listed) == len(paths) or (not finished and len(listed) == len(paths) - 1), done)
    expect(f"{name}: times", all(abs(entry["time"] - at) <= 1e-9 * at for entry, at in zip(listed, times)), done)
    for table in ("ledger.csv", "probes.csv", "steps.txt", "log.txt"):
        if os.path.exists(f"{done.directory}/{table}"):
            with open(f"{done.directory}/{table}") as file:
                text = file.read()
            expect(f"{name}: {table} ends in half a line", text.endswith("\n"), done)
            if table.endswith(".csv"):
                commas = {line.count(",") for line in text.splitlines()}
                expect(f"{name}: ragged {table}", len(commas) == 1, done)
    if finished:
        with open(f"{done.directory}/run.json") as file:
            expect(f"{name}: exit code in run.json", json.load(file)["exit_code"] == done.code, done)
    return times


def stopped(number, *arguments, ranks=0, to_ranks=False):
    """A run that gets a signal when it has written a few states."""
    directory = fresh()
    with open(f"{directory}/err", "w") as err, open(f"{directory}/printed", "w") as out:
        process = subprocess.Popen(command(["run", write(ENDLESS), "--output", "out", *arguments], ranks), cwd=directory, stdout=out, stderr=err,
                                   env=own_session())
    begin = time.monotonic()
    while not os.path.exists(f"{directory}/out/fields_000003.vtk") and time.monotonic() < begin + LIMIT and process.poll() is None:
        time.sleep(0.01)
    if to_ranks:
        children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
        for child in children:
            os.kill(int(child), number)
    else:
        process.send_signal(number)
    code = process.wait(timeout=LIMIT)
    with open(f"{directory}/err") as err, open(f"{directory}/printed") as out:
        return Outcome(code, out.read(), err.read(), f"{directory}/out")


def steps_of(directory):
    with open(f"{directory}/steps.txt") as file:
        return [tuple(map(float.fromhex, line.split())) for line in file]


def on_request():
    for name, number, arguments in (("SIGINT", signal.SIGINT, []), ("SIGTERM", signal.SIGTERM, []),
                                    ("SIGTERM to PETSc's stepper", signal.SIGTERM, ["--stepper", "petsc"])):
        done = stopped(number, *arguments)
        expect_fault(name, done, STOPPED, "stopped on request", nothing_left=False)
        times = expect_readable(name, done, finished=True)
        if not arguments:
            t, h = steps_of(done.directory)[-1]
            expect(f"{name}: the last state is not that of the last step", abs(times[-1] - (t + h)) < 1e-9 * times[-1], done)
    # Either all ranks end by themselves and mpirun hands their code on, or mpirun says that it ended them.
    for name, number, to_ranks in (("SIGTERM to mpirun", signal.SIGTERM, False), ("SIGTERM to the ranks", signal.SIGTERM, True)):
        done = stopped(number, ranks=3, to_ranks=to_ranks)
        expect(f"{name}: exit code {done.code}", done.code == STOPPED or (not to_ranks and done.code != 0), done)
        expect(f"{name}: words", not any(word in done.err for word in FORBIDDEN), done)
        expect(f"{name}: message", not to_ranks or done.err.count("stopped on request") == 1, done)
        expect_readable(name, done, finished=to_ranks)
        print(f"{name}: exit code {done.code}")


def killed():
    for ranks in (0, 3):
        name = f"SIGKILL on {ranks} ranks"
        done = stopped(signal.SIGKILL, ranks=ranks, to_ranks=ranks > 0)
        time.sleep(0.2 if ranks else 0)
        expect_readable(name, done, finished=False)
        where = os.path.dirname(done.directory)
        again = run(write(SMALL), cwd=where)
        # What was being written may still be there under its temporary name, until --force.
        expect(f"{name}, then again: exit code {again.code}", again.code == 1 and "--force" in again.err, again)
        # MPI-IO of several ranks keeps files beside the one it writes; a user's own file is none of them.
        for file in ("fields_000009.vtk.part.data.1", "fields_000009.vtk.part.metadata.1", "notes.part"):
            open(f"{done.directory}/{file}", "w").close()
        again = run(write(SMALL), "--force", cwd=where)
        alone = run(write(SMALL))
        expect(f"{name}, then --force: exit code", again.code == 0, again)
        expect(f"{name}, then --force: {again.files()}", again.files() == sorted([*alone.files(), "notes.part"]), again)


def cannot_advance():
    for ranks in (0, 3):
        for backend in ("cpu", "guard"):
            name = f"blow-up on {ranks} ranks, {backend}"
            done = run(write(BLOW_UP), "--backend", backend, ranks=ranks)
            expect_fault(name, done, NUMERICS, "the step fell to", "in species u", "cell 27 at (0.75, 0.5, 0) m", nothing_left=False)
            said = re.search(r"at t = (\S+) s because of (the time error|a value that is not finite|the linear solver)", done.err)
            expect(f"{name}: time and cause", said and abs(float(said[1]) - 1) < 0.01, done)
            times = expect_readable(name, done, finished=True)
            expect(f"{name}: the last good state", said and len(times) == 4 and abs(times[-1] - float(said[1])) < 1e-4, done)
            last = fields(sorted(glob.glob(f"{done.directory}/fields_*.vtk"))[-1])[1]["u_in_tissue"]
            expect(f"{name}: cell 27 is the one that grew", max(last) == last[27] > 100 * sorted(last)[-2], done)
            print(name, "->", done.err.strip().splitlines()[0])
    done = run(write(BLOW_UP), "--stepper", "petsc")
    expect_fault("blow-up with PETSc's stepper", done, NUMERICS, "PETSc's TS failed at t = ", nothing_left=False)
    expect_readable("blow-up with PETSc's stepper", done, finished=True)
    missed = SMALL + "verify: [{species: u, at: 30 min, total_in: all, above: 1 mol}]\n"
    for ranks in (0, 3):
        done = run(write(missed), "--quiet", ranks=ranks)
        expect_fault(f"a missed criterion on {ranks} ranks", done, NUMERICS, "1 verify criterion was missed", nothing_left=False)


on_request()
killed()
cannot_advance()
finish()
