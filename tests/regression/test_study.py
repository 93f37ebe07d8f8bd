"""A study gives the same table however it is run: one process or several, 1, 2 and 4 ranks, two tasks on one database, killed again and
again; no point is lost or done twice. A point runs alone from its stored case with the same endpoints and probes, bit for bit. What a crash, a time
limit, a full disk, a locked file or a changed study does to it.

Usage: test_study.py [KILLS]; 200 by hand, a dozen otherwise."""
import csv
import io
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

from faults import SMALL, command, elute, expect, expect_fault, finish, own_session
from studies import folder_of, study

CASE, NUMERICS, SYSTEM, STOPPED = 1, 3, 4, 5
BASE = """
elute: 1
title: growth and loss without a place
mesh: {geometry: well_mixed, volume: 1 mm3}
constants: {a: 1, b: 2}
tissues: {box: {interstitial_fraction: 0.5}}
species:
  u: {diffusivity: 1e-9 m2/s, initial: {formula: "1 + sin(a) + 0.1*b", unit: mol/m3}}
  s: {mobile: no}
reactions:
  - {equation: "u -> s", rate: 1 1/h}
  - {equation: "2 u -> s", rate: 1 m3/(mol h)}
time: {end: 10 h, accuracy: 1e-6}
output:
  every: 1 h
  endpoints: {left: {kind: mean, of: u}, made: {kind: amount, of: s}, fate: {kind: split, parts: {free: u, bound: s}}}
verify: [{endpoint: left, equals: 1e9 mol/m3, within: 1e-9}]
"""
STUDY = """
elute_study: 1
case: case.yaml
sample: {method: saltelli, points: 4, seed: 3}
parameters:
  reactions.0.rate: {log_uniform: [0.1 1/h, 10 1/h]}
  tissues.box.interstitial_fraction: {normal: {mean: 0.5, standard_deviation: 0.1}, truncate: [0.2, 0.8]}
scenarios: {plain: {}, other: {constants.a: 2}}
replicates: {count: 2, seeds: [constants.b], first: 5}
outputs: [endpoints.left, endpoints.fate.bound, endpoints.made.region.volume_m3, run.steps.accepted]
"""
N = 4 * 4 * 2 * 2


def folder(study=STUDY, case=BASE):
    return folder_of(case, study)


def table(directory, *arguments):
    """Rows of the export without what differs from run to run."""
    rows = list(csv.DictReader(io.StringIO(study(directory, "export", *arguments).out)))
    return [{key: row[key] for key in row if key != "seconds"} for row in rows]


def ask(directory, question):
    database = sqlite3.connect(os.path.join(directory, "results", "sweep.db"), timeout=60)
    try:
        return database.execute(question).fetchall()
    except sqlite3.OperationalError:  # the tables are not there yet
        return []
    finally:
        database.close()


def complete(name, directory, expected):
    expect(f"{name}: another table", table(directory) == expected)
    expect(f"{name}: not every point once", ask(directory, "SELECT count(*), count(DISTINCT scenario || ' ' || replicate || ' ' || design_row) FROM point"
                                                " WHERE state = 'done'") == [(N, N)])
    expect(f"{name}: results lost or doubled", ask(directory, "SELECT count(*), count(y) FROM result") == [(4 * N, 4 * N)])
    left = [file for file in os.listdir(os.path.join(directory, "results")) if file not in ("sweep.db", "sweep.db-workers")]
    expect(f"{name}: left {left}", not left)


def same_whatever_runs_it():
    first = folder()
    done = study(first, "run")
    expect("a study: exit code", done.code == 0, done)
    expected = table(first)
    expect("a study: rows", len(expected) == N and all(row["endpoints.left [mol/m3]"] for row in expected))
    complete("alone", first, expected)
    again = study(first, "run")
    expect("again: nothing runs", again.code == 0 and ask(first, "SELECT max(attempts) FROM point") == [(1,)], again)
    for ranks, options in ((1, ()), (2, ()), (4, ()), (4, ("--ranks-per-case", "2"))):
        place = folder()
        done = study(place, "run", "--quiet", *options, ranks=ranks)
        expect(f"{ranks} ranks: exit code", done.code == 0, done)
        if options:  # two ranks add in another order
            close = all(abs(float(a[key]) - float(b[key])) <= 1e-12 * abs(float(a[key])) for a, b in zip(table(place), expected) for key in a if "." in key)
            expect("2 ranks a case: another table", close)
        else:
            complete(f"{ranks} ranks", place, expected)
    place = folder()
    expect("3 workers: exit code", study(place, "run", "--workers", "3").code == 0)
    complete("3 workers", place, expected)
    return first, expected


def two_tasks(expected):
    place = folder()
    jobs = [subprocess.Popen(command(["study", "run", "sweep.yaml", "--task", f"{i}/2"]), cwd=place, env=own_session(),
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for i in (1, 2)]
    for job in jobs:
        out = job.communicate(timeout=120)[0].decode()
        expect(f"two tasks: exit code {job.returncode}: {out}", job.returncode == 0)
    complete("two tasks", place, expected)


def alone(place):
    """Every 20th point, from its stored case."""
    for row in table(place)[::20]:
        shown = study(place, "show", row["id"], "--case")
        with open(os.path.join(place, "point.yaml"), "w") as file:
            file.write(shown.out)
        done = elute("run", "point.yaml", "--output", "out", "--force", "--quiet", cwd=place)
        expect("a point alone: its criterion, which is not the study's, is missed", done.code == NUMERICS, done)
        with open(os.path.join(place, "out", "endpoints.json")) as file:
            found = json.load(file)["endpoints"]
        expect("a point alone: another end", found["left"]["value"] == float(row["endpoints.left [mol/m3]"])
               and found["fate"]["parts"]["bound"]["value"] == float(row["endpoints.fate.bound [1]"]))
    told = study(place, "show", "1")
    expect("show: the overrides", "--set 'constants.b=5'" in told.out and "--set 'reactions.0.rate=" in told.out, told)


def series_of(place, *arguments):
    """{point: {(probe, field, time, x, y, z): value}} of an export, as text."""
    found = {}
    for row in csv.DictReader(io.StringIO(study(place, "export", "--series", *arguments).out)):
        key = tuple(row[name] for name in ("probe", "field", "time_s", "x_m", "y_m", "z_m"))
        expect(f"series: {key} twice", key not in found.setdefault(row["id"], {}))
        found[row["id"]][key] = row["value"]
    return found


def series():
    """The probes that a study names, and no others, as probes.csv of the point alone has them: to the last digit where it ran alone
    (test_study_batch.py: in a batch)."""
    case = SMALL.replace("output: {", "output: {probes: {middle: [0.5 mm, 0.5 mm], ray: {from: [0 mm, 0 mm], to: [1 mm, 0.7 mm], points: 5},"
                                      " corner: [0 mm, 0 mm]}, endpoints: {made: {kind: amount, of: s}}, ")
    sweep = """
elute_study: 1
case: case.yaml
sample: {method: grid, levels: 3}
parameters: {reactions.0.rate: {uniform: [1e-4 1/s, 3e-4 1/s]}}
outputs: [endpoints.made]
series: [ray, middle]
batch: no
"""
    for ranks, options in ((0, ()), (2, ("--ranks-per-case", "2"))):
        place = folder(sweep, case)
        expect(f"series: {ranks} ranks", study(place, "run", "--quiet", *options, ranks=ranks).code == 0)
        kept = series_of(place)
        expect(f"series: the points {sorted(kept)}", sorted(kept) == ["1", "2", "3"])
        for point, found in kept.items():
            with open(os.path.join(place, "point.yaml"), "w") as file:
                file.write(study(place, "show", point, "--case").out)
            expect("series: alone", elute("run", "point.yaml", "--output", "out", "--force", "--quiet", cwd=place, ranks=ranks).code == 0)
            with open(os.path.join(place, "out", "probes.csv")) as file:
                wanted = {(row["probe"], field, *(row[name] for name in ("time_s", "x_m", "y_m", "z_m"))): row[f"{field}_mol_per_m3"]
                          for row in csv.DictReader(file) if row["probe"] != "corner" for field in ("u_in_fluid", "s_in_tissue")}
            expect(f"series: {ranks} ranks, point {point} is not its probes.csv", found == wanted and len(found) == 7 * 6 * 2)
    database = sqlite3.connect(os.path.join(place, "results", "sweep.db"))
    expect("series: units", database.execute("SELECT DISTINCT unit FROM series").fetchall() == [("mol/m3",)])
    database.execute("UPDATE series SET value = -1, place = place + 10 WHERE point = 2")
    database.commit()
    expect("series: what was changed shows", series_of(place) != kept)
    study(place, "rerun", "2")
    expect("series: of a point that waits", sorted(series_of(place)) == ["1", "3"])
    study(place, "run", "--quiet", *options, ranks=ranks)
    expect("series: a point that is run again", series_of(place) == kept)
    with open(os.path.join(place, "sweep.yaml"), "w") as file:
        file.write(sweep.replace("series: [ray, middle]", ""))
    expect_fault("series: no longer asked for", study(place, "run"), CASE, "series was", nothing_left=False)
    study(place, "run", "--quiet", "--new-generation")
    expect_fault("series: none", study(place, "export", "--series"), CASE, "generation 2 keeps no series", nothing_left=False)
    expect("series: of the generation before", series_of(place, "--generation", "1") == kept)
    database.execute("PRAGMA user_version = 1")
    database.close()
    expect_fault("tables of another version", study(place, "status"), CASE, "has version 1 of the tables; this program knows version 3", nothing_left=False)


def processes(directory):
    """Living workers of the study."""
    found = []
    for pid, in ask(directory, "SELECT pid FROM worker WHERE ended IS NULL"):
        try:
            with open(f"/proc/{pid}/cmdline") as file:
                if "sweep.yaml" in file.read():
                    found.append(pid)
        except OSError:
            pass
    return found


def soak(kills, expected):
    """SIGKILL to a worker or to all at once, at random moments, until it has been done so often; then to the end. When all points are
    done before that, it begins anew."""
    noise, n, ends, attempts = random.Random(kills), 0, 0, 0
    place = folder()
    while n < kills:
        job = subprocess.Popen(command(["study", "run", "sweep.yaml", "--workers", "2", "--quiet"]), cwd=place, env=own_session(),
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        time.sleep(noise.uniform(0.2, 1.0))
        while job.poll() is None and n < kills:
            alive = processes(place) if os.path.exists(os.path.join(place, "results", "sweep.db")) and noise.random() < 0.6 else []
            if alive:
                try:
                    os.kill(noise.choice(alive), signal.SIGKILL)
                except ProcessLookupError:
                    continue
            else:
                os.killpg(job.pid, signal.SIGKILL)
            n += 1
            time.sleep(noise.uniform(0.0, 0.3))
        out = job.communicate(timeout=120)[0].decode()
        expect(f"kills: what a run says: {out}", job.returncode in (0, NUMERICS, -9))
        if job.returncode != -9:
            attempts += ask(place, "SELECT sum(attempts) FROM point")[0][0]
            study(place, "rerun", "--failed")
            study(place, "run", "--quiet")
            complete(f"{n} kills", place, expected)
            ends, place = ends + 1, folder()
    for _ in range(3):  # points that were lost three times have failed
        if study(place, "run", "--quiet").code == 0:
            break
        study(place, "rerun", "--failed")
    complete(f"{n} kills", place, expected)
    attempts += ask(place, "SELECT sum(attempts) FROM point")[0][0] - (ends + 1) * N
    print(f"{n} kills over {ends + 1} studies of {N} points, {attempts} of them amid a point: none lost, none doubled")


RUNNING = "SELECT pid, point.id FROM point JOIN worker USING (worker) WHERE state = 'running'"


def crash_and_stop(expected):
    place = folder()
    job = subprocess.Popen(command(["study", "run", "sweep.yaml"]), cwd=place, env=own_session(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline, crashed = time.time() + 60, 0
    while not crashed and time.time() < deadline and job.poll() is None:
        there = os.path.exists(os.path.join(place, "results", "sweep.db"))
        running = ask(place, RUNNING) if there else []
        if running:
            pid = running[0][0]
            os.kill(pid, signal.SIGSTOP)  # so that it is amid the point still when it crashes
            if running[0] in ask(place, RUNNING):
                os.kill(pid, signal.SIGSEGV)
                crashed = 1
            os.kill(pid, signal.SIGCONT)
    out, err = job.communicate(timeout=120)
    failed = ask(place, "SELECT message FROM point WHERE state = 'failed'")
    expect(f"a crash: the study goes on: {err.decode()}", job.returncode == NUMERICS and b"1 of 64 points failed" in err)
    expect(f"a crash: {failed}", len(failed) == 1 and "crashed (Segmentation fault)" in failed[0][0])
    expect("a crash: one waits again", "1 point waits again" in study(place, "rerun", "--failed").out)
    job = subprocess.Popen(command(["study", "run", "sweep.yaml"]), cwd=place, env=own_session(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    job.communicate(timeout=120)
    complete("after a crash", place, expected)

    place = folder()
    job = subprocess.Popen(command(["study", "run", "sweep.yaml"]), cwd=place, env=own_session(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not os.path.exists(os.path.join(place, "results", "sweep.db")) or not processes(place):
        time.sleep(0.01)
    job.send_signal(signal.SIGINT)
    err = job.communicate(timeout=120)[1].decode()
    expect(f"stopped: {job.returncode} {err}", job.returncode == STOPPED or ask(place, "SELECT count(*) FROM point WHERE state = 'done'") == [(N,)])
    expect("stopped: nothing runs", ask(place, "SELECT count(*) FROM point WHERE state = 'running'") == [(0,)])
    study(place, "run")
    complete("after a stop", place, expected)


def limits():
    place = folder()
    done = study(place, "run", "--time-limit", "1 us")
    expect_fault("a time limit", done, NUMERICS, "64 of 64 points failed", nothing_left=False)
    expect("a time limit: the message", "not done within 1e-06 s" in study(place, "status").out)
    bad = folder(STUDY.replace("log_uniform: [0.1 1/h, 10 1/h]", "uniform: [-3 1/h, 10 1/h]"))
    done = study(bad, "run")
    status = study(bad, "status").out
    expect("points that are wrong: the others are done", done.code == NUMERICS, done)
    expect(f"points that are wrong: {status}", "reactions.0.rate: found -" in status and "0 done" not in status)
    for option, word in ((("--workers", "0"), "at least 1"), (("--task", "3/2"), "expected I/N"), (("--time-limit", "3 mm"), "a time"),
                         (("--ranks-per-case", "2"), "mpirun"), (("--failed",), "takes no --failed"), (("--series",), "takes no --series"),
                         (("7",), "takes no third operand")):
        expect_fault(f"usage {option}", study(place, "run", *option), 2, word, nothing_left=False)


def changes():
    place = folder()
    study(place, "run", "--quiet")
    with open(os.path.join(place, "sweep.yaml"), "a") as file:
        file.write("# a remark is no change\n")
    expect("a remark", study(place, "run").code == 0)
    for name, old, new, words in (("case.yaml", "end: 10 h", "end: 9 h", "time.end was '10 h', now '9 h'"),
                                  ("case.yaml", "end: 9 h", "end: 10 h", None),
                                  ("sweep.yaml", "points: 4", "points: 2", "sample.points was '4', now '2'")):
        with open(os.path.join(place, name)) as file:
            text = file.read()
        with open(os.path.join(place, name), "w") as file:
            file.write(text.replace(old, new))
        if words:
            expect_fault(f"a changed {name}", study(place, "run"), CASE, words, "--new-generation", nothing_left=False)
    done = study(place, "run", "--new-generation")
    expect("a new generation", done.code == 0 and len(table(place)) == N // 2 and len(table(place, "--generation", "1")) == N, done)
    expect_fault("a generation too many", study(place, "status", "--generation", "3"), CASE, "has 2 generations", nothing_left=False)
    expect_fault("no such point", study(place, "show", "999999"), CASE, "has no point 999999", nothing_left=False)
    expect_fault("no database", elute("study", "status", "nowhere.db", cwd=place), CASE, "there is no such database", nothing_left=False)
    with open(os.path.join(place, "text.db"), "w") as file:
        file.write("this is no database, however long one looks at it\n" * 100)
    expect_fault("another file", elute("study", "status", "text.db", cwd=place), CASE, "is not a database of a study", nothing_left=False)
    sqlite3.connect(os.path.join(place, "other.db")).executescript("CREATE TABLE t (x); INSERT INTO t VALUES (1);")
    expect_fault("another database", elute("study", "status", "other.db", cwd=place), CASE, "not one of a study", nothing_left=False)
    expect_fault("another database to run in", study(place, "run", "--database", "other.db"), CASE, "not one of a study", nothing_left=False)


def full_disk(expected):
    place = folder()
    done = study(place, "run", "--quiet", largest_file=60000)
    expect_fault("a full disk", done, SYSTEM, "sweep.db", nothing_left=False)
    study(place, "run", "--quiet")
    complete("after a full disk", place, expected)


def read_only(expected):
    """Rights do not bind root, who becomes nobody for this."""
    place = folder()
    expect_fault("no place for a database", study(place, "run", "--database", "/proc/study.db"), SYSTEM, "/proc/study.db", nothing_left=False)
    study(place, "run", "--quiet")
    database = os.path.join(place, "results", "sweep.db")
    os.chmod(database, 0o444)
    os.chmod(os.path.dirname(database), 0o555)
    if os.geteuid() == 0:
        for path in (place, os.path.dirname(place)):
            os.chmod(path, 0o755)
    before = open(database, "rb").read()
    for arguments, code in ((["status", database], 0), (["export", database], 0), (["rerun", database, "1"], SYSTEM),
                            (["run", "sweep.yaml"], SYSTEM)):
        done = elute("study", *arguments, cwd=place, user=65534)
        expect(f"read only: {arguments}", done.code == code and (code == 0 or "read-only" in done.err), done)
    expect("read only: what was there", open(database, "rb").read() == before)
    os.chmod(os.path.dirname(database), 0o755)
    os.chmod(database, 0o644)
    complete("read only", place, expected)


if __name__ == "__main__":
    whole, rows = same_whatever_runs_it()
    if len(sys.argv) == 1:
        two_tasks(rows)
        alone(whole)
        series()
        crash_and_stop(rows)
        limits()
        changes()
        full_disk(rows)
        read_only(rows)
    soak(int(sys.argv[1]) if len(sys.argv) > 1 else 12, rows)
    finish()
