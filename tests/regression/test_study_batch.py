"""Points of a study that differ in numbers alone are stepped as one: the same endpoints and series as one by one, to the tolerance of the
steps, on 1-D and 2-D meshes and without a place, with doses at different times, held tissues, receptors and random tissue. Why points were
run one by one is said. A point that is wrong, or fails amid a batch, or crashes its process, takes no other with it."""
import csv
import io
import os
import signal
import sqlite3
import subprocess
import time

from faults import command, expect, finish, halt, own_session
from studies import folder_of, study

NUMERICS = 3
SPHERE = """
elute: 1
mesh: {geometry: spherical, r: {from: 0 mm, to: 1 mm, cells: 24}}
tissues:
  rim: {interstitial_fraction: 0.2}
  core: {interstitial_fraction: 0.4, where: {sphere: {centre: [0 mm], radius: 0.5 mm}}, vary: {diffusivity: {lognormal: {sigma: 0.5, correlation_length: 0.1 mm, seed: 3}}}}
receptors: {her2: {density: 200 nM, turnover: 1 1/d}}
drugs: {drug: {diffusivity: 1e-11 m2/s, permeability: 0 m/s, binds: {her2: {k_on: 4e5 1/(M s), k_d: 10 nM, internalisation: 1 1/d}}}}
boundaries: {surface: {drug: {value: {multi_exponential: {amplitudes: [50 nM], rates: [1 1/d]}}}}}
delivery: {needle: {give: drug, dose: 1 pmol, route: depot, at: [0 mm], volume: 0.1 uL, start: 2 h}}
time: {end: 12 h, accuracy: 1e-5}
output:
  every: 4 h
  probes: {ray: {from: [0 mm], to: [1 mm], points: 5}}
  endpoints: {held: {kind: auc, of: drug.her2, in: core}, now: {kind: mean, of: drug}, fate: {kind: split, parts: {free: drug, bound: drug.her2}}}
"""
SPHERE_STUDY = """
elute_study: 1
case: case.yaml
sample: {method: sobol, points: 10, seed: 3}
parameters:
  drugs.drug.diffusivity: {log_uniform: [3e-12 m2/s, 3e-11 m2/s]}
  receptors.her2.density: {log_uniform: [50 nM, 500 nM]}
  tissues.core.interstitial_fraction: {uniform: [0.1, 0.5]}
  delivery.needle.start: {uniform: [1 h, 6 h]}
  delivery.needle.dose: {log_uniform: [0.1 pmol, 3 pmol]}
outputs: [endpoints.held, endpoints.now, endpoints.fate.bound, endpoints.held.distribution.d10]
series: [ray]
"""
PLANE = """
elute: 1
mesh: {geometry: cartesian, x: {from: 0 mm, to: 1 mm, cells: 10}, y: {from: 0 mm, to: 1 mm, cells: 9}}
tissues: {tissue: {interstitial_fraction: 0.2}, bath: {interstitial_fraction: 1, where: {box: {from: [0 mm, 0 mm], to: [0.3 mm, 1 mm]}}}}
species: {a: {diffusivity: 1e-11 m2/s}, b: {mobile: no}}
reactions: [{equation: "a -> b", law: michaelis_menten, v_max: 1e-4 mol/(m3 s), k_m: 0.1 mol/m3}]
hold: {bath: {a: {value: 1 mol/m3}}}
boundaries: {y+: {a: {value: {formula: "0.5 + x/1e-3*t/1e5", unit: mol/m3}}}}
time: {end: 10 h, accuracy: 1e-5}
output: {endpoints: {mean: {kind: mean, of: a, in: tissue}, made: {kind: amount, of: b}}}
"""
PLANE_STUDY = """
elute_study: 1
case: case.yaml
sample: {method: latin_hypercube, points: 12, seed: 1}
parameters:
  species.a.diffusivity: {log_uniform: [3e-12 m2/s, 3e-11 m2/s]}
  hold.bath.a.value: {uniform: [0.5 mol/m3, 2 mol/m3]}
outputs: [endpoints.mean, endpoints.made]
"""
POINT = """
elute: 1
mesh: {geometry: well_mixed, volume: 1 mm3}
species: {u: {mobile: no, initial: 1 mol/m3}}
reactions: [{equation: "u -> ", rate: 1 1/h}]
time: {end: 3 h, accuracy: 1e-5}
output: {endpoints: {left: {kind: amount, of: u}}}
"""
POINT_STUDY = """
elute_study: 1
case: case.yaml
sample: {method: grid, levels: 9}
parameters: {reactions.0.rate: {uniform: [0 1/h, 2 1/h]}}
outputs: [endpoints.left]
"""


def numbers(directory, *arguments):
    """What the export has after the names of a row: {names: [numbers]}."""
    rows = list(csv.DictReader(io.StringIO(study(directory, "export", *arguments).out)))
    return {tuple(row[key] for key in row if key in ("id", "probe", "field", "time_s", "place")):
            [float(row[key]) for key in row if key == "value" or key.startswith("endpoints.")] for row in rows}


def ask(directory, question):
    database = sqlite3.connect(os.path.join(directory, "results", "sweep.db"), timeout=60)
    try:
        return database.execute(question).fetchall()
    finally:
        database.close()


def far(found, expected):
    """The largest difference beside the largest number of its kind."""
    if found.keys() != expected.keys():
        return float("inf")
    kinds = {}
    for key, row in expected.items():
        for column, value in enumerate(row):
            kind = kinds.setdefault((key[2:3], column), [0, 0])
            kind[0] = max(kind[0], abs(value))
            kind[1] = max(kind[1], abs(found[key][column] - value))
    return max(difference / size if size else difference for size, difference in kinds.values())


def same_as_one_by_one(name, case, text, bound):
    """Returns the table of the batches."""
    one, many = folder_of(case, text + "batch: no\n"), folder_of(case, text)
    done = study(one, "run")
    expect(f"{name}, one by one", done.code == 0 and "one by one: the study says so" in done.out, done)
    done = study(many, "run")
    n = ask(many, "SELECT count(*) FROM point")[0][0]
    expect(f"{name}: as one", done.code == 0 and f"{n} points in " in done.out and ask(many, "SELECT count(batch) FROM point") == [(n,)], done)
    for what in ((), ("--series",)) if "series" in text else ((),):
        off = far(numbers(many, *what), numbers(one, *what))
        expect(f"{name} {what}: {off} beside one by one", off < bound)
    for how in ((("--workers", "2"), 0), ((), 2)):
        place = folder_of(case, text)
        done = study(place, "run", "--quiet", *how[0], ranks=how[1])
        expect(f"{name}, {how}", done.code == 0, done)
        off = far(numbers(place), numbers(one))
        expect(f"{name}, {how}: {off} beside one by one", off < bound)
    return one, many


def rerun(place):
    before = numbers(place)
    told = study(place, "rerun", "3").out + study(place, "run", "--quiet").out
    expect("rerun of one: alone", ask(place, "SELECT batch FROM point WHERE id = 3") == [(None,)] and "waits again" in told)
    shown = study(place, "show", "3", "--case")
    expect("its case", shown.code == 0 and "elute: 1" in shown.out, shown)
    expect("the others stay", [before[key] == row for key, row in numbers(place).items() if key[0] != "3"].count(False) == 0)


def reasons():
    for text, case, why in ((SPHERE_STUDY.replace("endpoints.held,", "endpoints.held, run.steps.accepted,"), SPHERE, "keeps numbers of the run"),
                            (POINT_STUDY, POINT.replace("end: 3 h", "until: steady, at_most: 30 h"), "ends when it is steady"),
                            (POINT_STUDY.replace("reactions.0.rate: {uniform: [0 1/h, 2 1/h]}", "time.accuracy: {discrete: [1e-5, 1e-4]}"), POINT,
                             "times or accuracies differ"),
                            (PLANE_STUDY, PLANE.replace("cells: 10", "cells: 80").replace("cells: 9", "cells: 60").replace("10 h", "1 min"), "many cells")):
        place = folder_of(case, text.replace("points: 10", "points: 2").replace("points: 12", "points: 2"))
        done = study(place, "run")
        expect(f"why not: {why}", done.code == 0 and why in done.out and why in study(place, "status").out, done)


def wrong_points():
    """A rate below zero is refused before the batch; a formula that has no value from 2 h on where a constant is large ends it."""
    case = POINT.replace("rate: 1 1/h", "rate: {formula: \"k/h*(t < 7200 ? 1 : sqrt(1.9 - k)/sqrt(1.9 - k))\", unit: 1/s}").replace(
        "mesh:", "constants: {k: 1, h: 3600}\nmesh:")
    place = folder_of(case, POINT_STUDY.replace("reactions.0.rate: {uniform: [0 1/h, 2 1/h]}", "constants.k: {uniform: [0, 2]}"))
    done = study(place, "run")
    failed = ask(place, "SELECT id, message FROM point WHERE state = 'failed'")
    expect(f"fails amid a batch: {failed}", done.code == NUMERICS and [row[0] for row in failed] == [9], done)
    expect("the others are done", ask(place, "SELECT count(*) FROM point WHERE state = 'done'") == [(8,)])
    place = folder_of(POINT, POINT_STUDY.replace("uniform: [0 1/h, 2 1/h]", "discrete: [1 1/h, -1 1/h, 2 1/h]"))
    done = study(place, "run")
    expect("wrong before a batch", done.code == NUMERICS and ask(place, "SELECT state, count(*), count(batch) FROM point GROUP BY state")
           == [("done", 2, 2), ("failed", 1, 0)], done)
    place = folder_of(SPHERE, SPHERE_STUDY)
    done = study(place, "run", "--time-limit", "1 ms")
    expect("a time limit: of each", done.code == NUMERICS and "not done within 0.001 s" in study(place, "status").out, done)


def crash(expected):
    """The points of a batch wait again and run alone."""
    place = folder_of(SPHERE, SPHERE_STUDY)
    job = subprocess.Popen(command(["study", "run", "sweep.yaml"]), cwd=place, env=own_session(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    running = "SELECT pid FROM point JOIN worker USING (worker) WHERE state = 'running'"
    deadline, n = time.time() + 60, 0
    while n < 2 and time.time() < deadline and job.poll() is None:
        try:
            pids = ask(place, running)
        except sqlite3.OperationalError:  # not there yet
            continue
        if len(pids) < 2:
            continue
        halt(pids[0][0])
        n = len(ask(place, running))
        if n > 1:
            os.kill(pids[0][0], signal.SIGKILL)  # another signal may be handled by one thread while others go on
        os.kill(pids[0][0], signal.SIGCONT)
    err = job.communicate(timeout=120)[1].decode()
    expect(f"a crash of a batch: {job.returncode} {err}", job.returncode == 0 and n > 1)
    lost, in_batch = ask(place, "SELECT count(*), count(batch) FROM point WHERE losses = 1")[0]
    expect(f"those that were lost ran alone: {n}, {lost}, {in_batch}", lost == n and in_batch == 0)
    off = far(numbers(place), expected)
    expect(f"after a crash: {off} beside one by one", off < 3e-4)


if __name__ == "__main__":
    one, _ = same_as_one_by_one("a sphere", SPHERE, SPHERE_STUDY, 3e-4)
    same_as_one_by_one("a plane", PLANE, PLANE_STUDY, 3e-4)
    rerun(same_as_one_by_one("no place", POINT, POINT_STUDY, 3e-4)[1])
    reasons()
    wrong_points()
    crash(numbers(one))
    finish()
