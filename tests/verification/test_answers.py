"""elute study analyse: indices of Ishigami's and Sobol's functions, through the case language, are the known ones within their bootstrap
intervals, and those that numpy finds in the exported points; failed points leave the estimators; a refinement study finds the orders
of the schemes, and its index holds the error; every key of `analyse` changes what it should; without gnuplot scripts are left."""
import atexit
import csv
import io
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile

import numpy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import PROGRAM, SOURCE, report, session

ROOT = tempfile.mkdtemp(prefix="elute-answers-")
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)


def elute(verb, study, *options, expect=0, **surroundings):
    """Standard output of a study's command, or standard error where it must fail."""
    done = subprocess.run([os.path.abspath(PROGRAM), "study", verb, study, *options], cwd=ROOT, capture_output=True, text=True,
                          env={**session(ROOT), **surroundings})
    assert done.returncode == expect, f"{verb} {study}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stderr if expect else done.stdout


def write(name, text):
    path = os.path.join(ROOT, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def table(study, name):
    with open(os.path.join(ROOT, "results", os.path.splitext(os.path.basename(study))[0] + "_answers", name)) as file:
        return list(csv.DictReader(file))


def indices(study, endpoint="endpoints.y"):
    """{(index, parameter): (value, low, high)} of all units"""
    found = {}
    for row in table(study, "indices.csv"):  # later lines are of more units
        if row["endpoint"] == endpoint and row["value"]:
            found[row["index"], row["parameter"]] = tuple(float(row[key]) for key in ("value", "low", "high"))
    return found


def points(study):
    """Parameters and the one endpoint of the exported points, NaN where there is none."""
    rows = list(csv.reader(io.StringIO(elute("export", study))))
    number = [[float(cell) if cell else math.nan for cell in row] for row in rows[1:]]
    first = rows[0].index("seconds") + 1
    return numpy.array(number)[:, first:-1], numpy.array(number)[:, -1]


def by_numpy(y, d):
    """Sobol' indices of a column of blocks A, B, AB_1, ...; rows with a failed point left out."""
    y = y.reshape(d + 2, -1)
    y = y[:, numpy.isfinite(y).all(axis=0)]
    a, b = y[0], y[1]
    variance = numpy.concatenate([a, b]).var()
    first = [((b - y[:2].mean()) * (y[2 + k] - a)).mean() / variance for k in range(d)]
    return first, [((a - y[2 + k]) ** 2).mean() / 2 / variance for k in range(d)], y.shape[1]


def known_indices(name, first, total):
    study = os.path.join(SOURCE, "cases", "studies", name + ".yaml")
    elute("run", study, "--quiet", "--workers", "2")
    elute("analyse", study)
    found, (_, y) = indices(study), points(study)
    calculated = by_numpy(y, len(first))
    for k in range(len(first)):
        for index, known, same in (("first_order", first, calculated[0]), ("total", total, calculated[1])):
            value, low, high = found[index, f"constants.x{k + 1}"]
            assert abs(value - same[k]) < 1e-8, (index, k, value, same[k])
            assert low < value < high and high - low < 0.2, (low, value, high)
            report(f"`cases/studies/{name}.yaml`", f"{index} of x{k + 1}, {value:.3f} for {known[k]:.4f}: distance over that to the end of the "
                   "bootstrap interval", (known[k] - value) / ((high if known[k] > value else low) - value), 1)


def ishigami_and_g():
    v1, v2, v13 = 0.5 * (1 + 0.1 * math.pi**4 / 5) ** 2, 49 / 8, 0.01 * math.pi**8 * 8 / 225
    v = v1 + v2 + v13
    known_indices("ishigami", [v1 / v, v2 / v, 0], [(v1 + v13) / v, v2 / v, v13 / v])
    part = [1 / (3 * (1 + a) ** 2) for a in (0, 1, 4.5, 9)]
    whole = math.prod(1 + p for p in part)
    known_indices("g_function", [p / (whole - 1) for p in part], [p * whole / (1 + p) / (whole - 1) for p in part])


CASE = """
elute: 1
constants: {a: 1, b: 1}
mesh: {geometry: well_mixed, volume: 1 m3}
species: {y: {mobile: no, initial: {formula: "FORMULA", unit: mol/m3}}}
time: {end: 1 s}
output: {every: 1 s, endpoints: {y: {kind: mean, of: y, as: tissue}}}
"""
STUDY = """
elute_study: 1
case: CASE
sample: {SAMPLE, seed: 2}
parameters: {constants.a: {uniform: [0, 1]}, constants.b: {log_uniform: [1, 100]}}
outputs: [endpoints.y]
"""


def failed_points():
    """A root of what is sometimes below zero."""
    write("root_case.yaml", CASE.replace("FORMULA", "b + sqrt(a - 0.05)"))
    study = write("root.yaml", STUDY.replace("CASE", "root_case.yaml").replace("SAMPLE", "method: saltelli, points: 64"))
    assert "points failed" in elute("run", study, "--quiet", expect=3)
    text = elute("analyse", study)
    x, y = points(study)
    assert (numpy.isnan(y) == (x[:, 0] < 0.05)).all() and numpy.isnan(y).any()
    first, total, n = by_numpy(y, 2)
    found = indices(study)
    assert abs(found["first_order", "constants.b"][0] - first[1]) < 1e-8 and abs(found["total", "constants.a"][0] - total[0]) < 1e-8
    assert f"of {n} rows of Saltelli's design; {64 - n} more left out" in text, text
    assert f"{numpy.isnan(y).sum()} failed" in text


def regression():
    """y is linear in a and log10 b: coefficients, R^2 and ranks beside numpy's."""
    write("line_case.yaml", CASE.replace("FORMULA", "1 + 2*a + log10(b) + 0.3*sin(30*a)"))
    study = write("line.yaml", STUDY.replace("CASE", "line_case.yaml").replace("SAMPLE", "method: latin_hypercube, points: 100"))
    elute("run", study, "--quiet")
    elute("analyse", study)
    x, y = points(study)
    found = indices(study)
    z = numpy.column_stack([x[:, 0], numpy.log(x[:, 1])])
    z, w = (z - z.mean(axis=0)) / z.std(axis=0), (y - y.mean()) / y.std()
    slope = numpy.linalg.lstsq(z, w, rcond=None)[0]
    ranks = [v.argsort().argsort() for v in (x[:, 0], x[:, 1], y)]
    for k, name in enumerate(("constants.a", "constants.b")):
        assert abs(found["standardised_regression", name][0] - slope[k]) < 1e-7
        assert abs(found["rank_correlation", name][0] - numpy.corrcoef(ranks[k], ranks[2])[0, 1]) < 1e-7
    assert abs(found["r_squared", ""][0] - 1 + ((w - z @ slope) ** 2).mean()) < 1e-7


def elementary_effects():
    """Of 1 + 2 a + log10 b + 3 (a - 1/2) log10 b over the ranges of a and b, which is a in 0 ... 1 and log10 b in 0 ... 2."""
    write("product_case.yaml", CASE.replace("FORMULA", "5 + 2*a + log10(b) + 3*(a - 0.5)*log10(b)"))
    study = write("product.yaml", STUDY.replace("CASE", "product_case.yaml").replace("SAMPLE", "method: morris, trajectories: 30"))
    elute("run", study, "--quiet")
    elute("analyse", study)
    found, (x, y) = indices(study), points(study)
    x, y = x.reshape(30, 3, 2), y.reshape(30, 3)
    u = numpy.stack([x[:, :, 0], numpy.log10(x[:, :, 1]) / 2], axis=2)
    for k, name in enumerate(("constants.a", "constants.b")):
        step, rise = numpy.diff(u[:, :, k]), numpy.diff(y)
        effect = rise[abs(step) > 1e-9] / step[abs(step) > 1e-9]
        other = numpy.array([u[i, j, 1 - k] for i in range(30) for j in range(2) if abs(step[i, j]) > 1e-9])
        assert abs(effect - (2 + 6 * other if k == 0 else 6 * other - 1)).max() < 1e-6
        for index, value in (("mu_star", abs(effect).mean()), ("mu", effect.mean()), ("sigma", effect.std(ddof=1))):
            assert abs(found[index, name][0] - value) < 1e-6, (index, name, found[index, name], value)


def analyse(study, more):
    """The answers with these keys under `analyse`, after the run."""
    with open(study) as file:
        text = file.read()
    write(os.path.basename(study), text.split("analyse:")[0] + f"analyse: {{{more}}}\n")
    return elute("analyse", study)


def questions():
    study = write("asked.yaml", STUDY.replace("CASE", "line_case.yaml").replace("SAMPLE", "method: sobol, points: 128"))
    elute("run", study, "--quiet")
    plain = analyse(study, "")
    intervals = [indices(study)["rank_correlation", "constants.a"]]
    for more in ("seed: 7", "bootstrap: 50"):
        analyse(study, more)
        intervals.append(indices(study)["rank_correlation", "constants.a"])
    assert len({value for value, _, _ in intervals}) == 1 and len({low for _, low, _ in intervals}) == 3, intervals
    assert len(table(study, "curves.csv")) == 2 * 6
    analyse(study, "bins: 9")
    assert len(table(study, "curves.csv")) == 2 * 9
    assert "Pareto" not in plain and "the largest" not in plain
    x, y = points(study)
    for word, best in (("largest", y.argmax()), ("smallest", y.argmin())):
        analyse(study, f"objectives: {{endpoints.y: {word}}}")
        assert [int(row["point"]) for row in table(study, "choices.csv")] == [best + 1]
    analyse(study, "")
    assert "choices.csv" not in os.listdir(os.path.join(ROOT, "results", "asked_answers"))
    asked = "endpoint: endpoints.y, {side}: {threshold}, parameter: constants.a, nominal: {nominal}, level: {level}"

    def allowed(side="below", threshold="3.5 mol/m3", nominal=0, level=0.9):
        text = analyse(study, "bins: 16, tolerances: [{" + asked.format(**locals()) + "}]")
        rows = table(study, "tolerances.csv")
        met = y <= float(threshold.split()[0]) if side == "below" else y >= float(threshold.split()[0])
        for row in rows:
            inside = (x[:, 0] >= float(row["lowest"]) - 1e-8) & (x[:, 0] <= float(row["highest"]) + 1e-8)
            assert inside.sum() == int(row["points"]) and abs(met[inside].mean() - float(row["value"])) < 1e-8
        return re.search(r"far may constants.a be from .*\n *(.*)\n", text).group(1)

    found = [allowed(), allowed(threshold="4 mol/m3"), allowed("above", "2 mol/m3", nominal=1), allowed(nominal=0.9), allowed(level=0.3)]
    assert found[0].startswith("From 0") and len(set(found)) == 5, found
    assert elute("run", study, "--quiet") == ""  # a question changes no point
    write("asked.yaml", STUDY.replace("CASE", "line_case.yaml").replace("SAMPLE", "method: sobol, points: 128")
          + "analyse: {tolerances: [{endpoint: endpoints.y, above: 1 mm, parameter: constants.a, nominal: 0}]}\n")
    wrong = elute("analyse", study, expect=1)
    assert re.search(r"asked.yaml:\d+:\d+: error: analyse.tolerances.0.above: found '1 mm'", wrong), wrong


def pictures():
    """Each has its script; without gnuplot the scripts stay alone."""
    study, there = os.path.join(ROOT, "line.yaml"), os.path.join(ROOT, "pictures")
    text = elute("analyse", study, "--output", there, PATH="/nonexistent")
    assert "gnuplot is not installed (Debian: gnuplot-nox)" in text
    names = sorted(os.listdir(there))
    assert "curves_endpoints.y.gp" in names and "correlation_endpoints.y.gp" in names and "curves.csv" in names, names
    assert not [name for name in names if name.endswith((".png", ".svg"))]
    if not shutil.which("gnuplot"):
        return print("no gnuplot here: pictures are not looked at")
    elute("analyse", study, "--output", there)
    for script in [name for name in names if name.endswith(".gp")]:
        with open(os.path.join(there, script[:-2] + "png"), "rb") as file:
            picture = file.read()
        with open(os.path.join(there, script[:-2] + "svg")) as file:
            drawing = file.read()
        assert picture[:8] == b"\x89PNG\r\n\x1a\n" and len(picture) > 3000, script
        assert "</svg>" in drawing and "endpoints.y [mol/m3]" in drawing, script


# A sine that decays: second order in space.
DIFFUSION = """
elute: 1
mesh: {geometry: cartesian, x: {from: 0 m, to: 1 m, cells: 10}}
species: {u: {diffusivity: 1 m2/s, initial: {formula: "sin(3.14159265358979*x)", unit: mol/m3}}}
boundaries: {all: {u: {value: 0 mol/m3}}}
time: {end: 0.1 s, accuracy: 1e-8}
output: {every: 0.1 s, endpoints: {y: {kind: mean, of: u}}}
"""


def refinement():
    write("decay.yaml", DIFFUSION)
    study = write("finer.yaml", "elute_study: 1\ncase: decay.yaml\nsample: {method: refine}\noutputs: [endpoints.y]\n"
                  "parameters: {mesh.refine: {discrete: [1, 2, 4]}, time.accuracy: {discrete: [1e-6, 1e-7, 1e-8]}}\n")
    exact = 2 / math.pi * math.exp(-math.pi**2 * 0.1)
    elute("run", study, "--quiet")
    elute("analyse", study)
    mesh, accuracy = table(study, "refinement.csv")
    assert mesh["refined"] == "mesh.refine" and accuracy["refined"] == "time.accuracy"
    report("refinement of a decaying sine", "observed order of the mesh, distance from 2", abs(float(mesh["order"]) - 2), 0.02)
    report("refinement of a decaying sine", "error of the finest over its grid-convergence index",
           abs(float(mesh["fine"]) - exact) / (float(mesh["index"]) + float(accuracy["index"] or 0)), 1)
    report("refinement of a decaying sine", "error of Richardson's estimate over that of the finest",
           abs(float(mesh["extrapolated"]) - exact) / abs(float(mesh["fine"]) - exact), 0.02)


ishigami_and_g()
failed_points()
regression()
elementary_effects()
questions()
pictures()
refinement()
