"""How a run ends and goes on: signals, a time limit, another number of ranks or another backend, a changed case, a damaged checkpoint, two
runs in one directory."""
import csv
import glob
import json
import os
import re
import signal
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from restart import CASES, DOSES, FIXED, FLOW, LIMIT, checkpoints, copied, elute, expect, expect_fault, expect_same, files, finish, fresh, running, start, together, write

CASE, SYSTEM, STOPPED = 1, 4, 5
MASK = (1 << 64) - 1
# Runs for minutes if nobody stops it.
ENDLESS = FIXED.replace("end: 1 h, step: 7 min", "end: 100 h, step: 1 s").replace("every: 25 min", "every: 5 min")


def wait_for(there, process):
    begin = time.monotonic()
    while not there() and process.poll() is None and time.monotonic() < begin + LIMIT:
        time.sleep(0.002)


def rows(directory, name="ledger.csv"):
    with open(f"{directory}/{name}") as file:
        return list(csv.DictReader(file))


def apart(directory, other):
    """Largest difference of amounts, over the largest amount of the species."""
    largest, most = {}, 0
    for row in rows(other):
        if row["place"] != "closure":
            largest[row["species"]] = max(largest.get(row["species"], 0), abs(float(row["amount"])))
    expect(f"{directory}: rows", len(rows(directory)) == len(rows(other)))
    for a, b in zip(rows(directory), rows(other)):
        if a["place"] != "closure" and largest[a["species"]] > 0:
            most = max(most, abs(float(a["amount"]) - float(b["amount"])) / largest[a["species"]])
    return most


def by_signal(number, ranks):
    """SIGUSR1 writes a checkpoint and the run goes on; the other signals end it, and another run does the rest."""
    path, directory, name = write(ENDLESS), os.path.join(fresh(), "run"), f"{signal.Signals(number).name} on {ranks or 1} ranks"
    process = running(path, directory, ranks=ranks)
    wait_for(lambda: os.path.exists(f"{directory}/fields_000002.vtk"), process)
    process.send_signal(signal.SIGUSR1)
    wait_for(lambda: checkpoints(directory), process)
    expect(f"{name}: goes on after SIGUSR1", process.poll() is None)
    written = len(glob.glob(f"{directory}/fields_*.vtk"))
    wait_for(lambda: len(glob.glob(f"{directory}/fields_*.vtk")) > written, process)
    process.send_signal(number)
    out, err = process.communicate(timeout=LIMIT)
    if ranks:  # mpirun passes SIGUSR1 on, and ends its processes after the others
        expect(f"{name}: exit code {process.returncode}", process.returncode != 0)
    else:
        expect(f"{name}: exit code {process.returncode}: {err}", process.returncode == STOPPED)
        expect(f"{name}: message {err}", "stopped on request; a checkpoint is written, --restart goes on from it" in err)
        with open(f"{directory}/run.json") as file:
            expect(f"{name}: run.json", json.load(file)["exit_code"] == STOPPED)
    expect(f"{name}: checkpoints {checkpoints(directory)}", checkpoints(directory) and not checkpoints(directory, ".part") or ranks)
    t = max(float(row["time_s"]) for row in rows(directory)) // 300 * 300 + 600
    end = ("--set", f"time.end={t} s")
    done = start(path, directory, "--restart", "--allow-changed", *end, ranks=ranks)
    expect(f"{name}, restarted: exit code {done.code}", done.code == 0, done)
    whole = os.path.join(fresh(), "run")
    start(path, whole, *end, ranks=ranks)
    expect_same(f"{name}, restarted", directory, whole)


def before_limit():
    directory, path = os.path.join(fresh(), "run"), write(ENDLESS)
    begin = time.monotonic()
    done = start(path, directory, "--stop-after", "3s")
    expect(f"--stop-after 3s: after {time.monotonic() - begin} s", done.code == STOPPED and time.monotonic() - begin < 10, done)
    expect_fault("--stop-after 3s", done, STOPPED, "stopped before --stop-after; a checkpoint is written", nothing_left=False)
    last = float(rows(directory)[-1]["time_s"])
    done = start(path, directory, "--restart", "--stop-after", "3s")
    expect("--stop-after once more", done.code == STOPPED and float(rows(directory)[-1]["time_s"]) > last, done)
    with open(f"{directory}/run.json") as file:
        record = json.load(file)
    expect(f"restarts {record['restarts']}, {record['seconds']['run']} s, {record['steps']['accepted']} steps",
           record["restarts"] == 1 and record["seconds"]["run"] > 3 and record["steps"]["accepted"] > last)
    for word in ("10", "3 weeks", "0 h", "1h-", "", "nan s"):
        expect_fault(f"--stop-after '{word}'", start(path, os.path.join(fresh(), "run"), "--stop-after", word), 2, "--stop-after: found '")
    expect_fault("--allow-changed alone", start(path, os.path.join(fresh(), "run"), "--allow-changed"), 2, "goes with --restart")
    expect_fault("--restart of PETSc's stepper", start(path, os.path.join(fresh(), "run"), "--restart", "--stepper", "petsc"), 2, "--stepper own")


def on_others(name):
    """From a checkpoint of one rank on other ranks and backends: 10 x accuracy; 1e-10 where the steps are replayed."""
    text, minutes = CASES[name]
    path, whole = write(text), os.path.join(fresh(), "run")
    how = ("--coefficients", "double", "--set", f"checkpoint.every_model_time={0.4 * minutes} min")
    done = start(path, whole, "--backend", "cpu", *how)
    expect(f"{name}: exit code {done.code}", done.code == 0, done)
    for ranks, backend, replay in ((2, "cpu", False), (3, "cpu", True), (0, "guard", True)):
        again, place = copied(whole), f"{name} of one rank on {ranks or 1} ranks, {backend}"
        os.remove(checkpoints(again)[-1])
        done = start(path, again, "--restart", "--backend", backend, *(("--replay-steps", whole) if replay else ()), *how, ranks=ranks)
        expect(f"{place}: exit code {done.code}", done.code == 0, done)
        if done.code == 0:
            difference, allowed = apart(again, whole), 1e-10 if replay else 1e-2
            print(f"{place}{', replayed' if replay else ''}: {difference:.2g}, at most {allowed:g}")
            expect(f"{place}: {difference} apart, at most {allowed}", difference <= allowed)


def changed():
    path, whole = write(DOSES), os.path.join(fresh(), "run")
    start(path, whole, "--set", "checkpoint.every_model_time=20 min")
    kept = {file: open(f"{whole}/{file}", "rb").read() for file in files(whole)}

    def refused(name, *options, words):
        done = start(path, whole, "--restart", *options)
        expect_fault(name, done, CASE, *words, nothing_left=False)
        expect(f"{name}: what was there is as it was", kept == {file: open(f"{whole}/{file}", "rb").read() for file in files(whole)}, done)

    refused("another end", "--set", "time.end=2 h", words=["the case is not that of the checkpoint", "time.end: was '1 h', now '2 h'", "--allow-changed"])
    refused("another drug", "--set", "drugs.dox.molar_mass=600 g/mol", "--set", "verify=[{species: w, total_in: all, above: 0 mol}]",
            words=["drugs.dox.molar_mass: was '500 g/mol', now '600 g/mol'", "verify: was absent, now a sequence"])
    refused("other coefficients", "--coefficients", "double", words=["--coefficients: was 'single', now 'double'"])
    refused("another mesh, allowed", "--set", "mesh.x.cells=13", "--allow-changed", words=["12 cells along axis 1, the case 13"])
    refused("an end before the checkpoint, allowed", "--set", "time.end=30 min", "--allow-changed", words=["the checkpoint is at", "found 0 s to 1800 s"])
    refused("another species, allowed", "--set", "species.x.initial=1 uM", "--set", "species.x.mobile=no", "--allow-changed", words=["--restart: "])
    refused("other columns, allowed", "--set", "output.probes.p=[0.1 mm, 0.1 mm]", "--set", "output.endpoints.m.kind=mean", "--set", "output.endpoints.m.of=w", "--allow-changed",
            words=["--restart: "])
    longer = copied(whole)
    done = start(path, longer, "--restart", "--allow-changed", "--set", "time.end=2 h", "--set", "checkpoint.every=1 h")
    expect("a longer run", done.code == 0 and "warning: the case has changed since the checkpoint:\n  time.end: was '1 h', now '2 h'" in done.err, done)
    at_once = os.path.join(fresh(), "run")
    start(path, at_once, "--set", "time.end=2 h")
    expect("a longer run ends at two hours", float(rows(longer)[-1]["time_s"]) == 7200 and len(rows(longer)) == len(rows(at_once)))
    expect(f"a longer run is the same: {apart(longer, at_once)}", apart(longer, at_once) < 1e-2)
    # `checkpoint:` itself is no change
    done = start(path, copied(whole), "--restart", "--set", "checkpoint.every=1 h")
    expect("other checkpoints", done.code == 0 and "warning" not in done.err, done)


def forge(path, **what):
    """Changes the fourth entry of a checkpoint's table and makes the checksum of head and table right again."""
    def of(index, data):
        value = (((index + 1) * 0x9E3779B97F4A7C15) & MASK) ^ len(data)
        for at in range(0, len(data), 8):
            value = ((value ^ int.from_bytes(data[at:at + 8], "little")) * 0xD6E8FEB86659FD93) & MASK
            value ^= value >> 32
        return value

    with open(path, "r+b") as file:
        magic, form, order, n, table, _ = struct.unpack("<16sIIQQQ", file.read(48))
        file.seek(table)
        entries = [list(struct.unpack("<48sQQQQ", file.read(80))) for _ in range(n)]
        for name, value in what.items():
            entries[3][("name", "offset", "rows", "row_bytes").index(name)] = value
        data = b"".join(struct.pack("<48sQQQQ", *each) for each in entries)
        head = struct.pack("<16sIIQQQ", magic, form, order, n, table, 0)
        file.seek(0)
        file.write(head[:40] + struct.pack("<Q", (of(0, head) + of(1, data)) & MASK))
        file.seek(table)
        file.write(data)


def damaged():
    """Cut or with a bit turned, a checkpoint is told from a whole one, and the one before is taken."""
    path, whole = write(FLOW), os.path.join(fresh(), "run")
    start(path, whole, "--set", "checkpoint.every_model_time=50 min")
    last, size = checkpoints(whole)[-1], os.path.getsize(checkpoints(whole)[-1])

    def spoil(file, at):
        with open(file, "r+b") as bytes_of:
            if at is None:
                bytes_of.truncate(size // 2)
            else:
                bytes_of.seek(at)
                one = bytes_of.read(1)[0]
                bytes_of.seek(at)
                bytes_of.write(bytes([one ^ 4]))

    # the head, a block of numbers, cells, the table at the end
    for ranks, at in ((0, None), (0, 3), (0, 40), (0, 2000), (2, size // 2), (0, size - 5)):
        again = copied(whole)
        spoil(checkpoints(again)[-1], at)
        done = start(path, again, "--restart", "--set", "checkpoint.every_model_time=50 min", ranks=ranks)
        said = re.search(r"warning: \S+/checkpoint/\d+\.elute is damaged \((.*)\): the one before is tried", done.err)
        expect(f"damage at {at}: {done.code}", done.code == 0 and said and done.err.count("warning") == 1, done)
        if ranks == 0:
            expect_same(f"damage at {at}", again, whole)
    for what in (dict(rows=1 << 60, row_bytes=0), dict(row_bytes=1 << 40), dict(offset=1 << 62), dict(name=b"x" * 48)):
        again = copied(whole)
        forge(checkpoints(again)[-1], **what)
        done = start(path, again, "--restart", "--set", "checkpoint.every_model_time=50 min")
        expect(f"forged: {what}", done.code == 0 and "block 3 of its table is not in the file" in done.err, done)
    again = copied(whole)
    for file in checkpoints(again):
        spoil(file, size // 3)
    done = start(path, again, "--restart")
    expect("all damaged", done.code == CASE and done.err.count("is damaged") == 2 and "holds an earlier run" in done.err, done)
    done = start(path, again, "--restart", "--force")
    expect("all damaged, with --force", done.code == 0 and not checkpoints(again), done)
    done = start(path, copied(whole), "--force")
    expect("--force alone begins anew", done.code == 0, done)
    expect("--force removes checkpoints", not checkpoints(done.directory))
    assert last in checkpoints(whole)


def full():
    """A file that may not grow to the size of a checkpoint: exit code 4, and nothing half-written."""
    path = write(FIXED.replace("cells: 8", "cells: 80").replace("cells: 7", "cells: 70").replace("every: 25 min", "vtk: no"))
    done = elute("run", path, "--output", "out", "--quiet", "--set", "checkpoint.every_model_time=20 min", largest_file=50000)
    expect_fault("no room for a checkpoint", done, SYSTEM, "checkpoint/000000001.elute: cannot write", nothing_left=False)
    expect("no room for a checkpoint: what is left", os.listdir(f"{done.directory}/checkpoint") == [] and len(rows(done.directory)) > 0, done)


def locked():
    """A second run in the same directory is refused, whatever it was asked to do, and the first one does not notice."""
    # nothing is written meanwhile, so that nothing has a temporary name
    path, directory = write(ENDLESS.replace("every: 5 min", "every: 100 h")), os.path.join(fresh(), "run")
    process = running(path, directory)
    wait_for(lambda: os.path.exists(f"{directory}/fields_000000.vtk"), process)
    process.send_signal(signal.SIGUSR1)
    wait_for(lambda: checkpoints(directory), process)
    for options in (("--force",), ("--restart",)):
        done = start(path, directory, *options)
        expect_fault(f"a second run, {options[0]}", done, CASE, "another run is writing there", nothing_left=False)
        expect("the first goes on", process.poll() is None and os.path.exists(f"{directory}/fields_000000.vtk"))
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=LIMIT)
    expect(f"the first ends as it should: {err}", process.returncode == STOPPED and ".lock" not in os.listdir(directory))


together([(by_signal, signal.SIGTERM, 0), (by_signal, signal.SIGINT, 0), (by_signal, signal.SIGTERM, 2), (before_limit,), (changed,), (damaged,),
          (locked,), (full,), (on_others, "flow"), (on_others, "heat"), (on_others, "doses")])
finish()
