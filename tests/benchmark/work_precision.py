"""Work against precision: Elute's stepper beside PETSc's own on the same residual, in one run on one machine.

    python3 tests/benchmark/work_precision.py [--cells 100] [--only smooth|patchy] [--methods "cn, Jacobi" …] [--seconds 600] [--output results/work_precision]

Two problems on cells^3 cells: smooth (one diffusivity, a wide hill) and patchy (log-normal diffusivities 100 to 1, exchange with vessels
at 30/min, uptake of 0.1 to 2/min). Errors are those in time: relative L2 of the field at the end, against the third-order method with every
stage solved by GMRES at an accuracy of 1e-7. Each method runs at accuracies ten times and a third apart until its error is below 1e-4 or a
run takes longer than --seconds. Writes work_precision.json, .txt and, where gnuplot is, .png. Times are those of the run without output."""
import argparse
import json
import math
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import fields, run

CUBE = "{{from: -5 mm, to: 5 mm, cells: {n}}}"
HEAD = "elute: 1\ntitle: work and precision\nmesh: {{geometry: cartesian, x: " + CUBE + ", y: " + CUBE + ", z: " + CUBE + "}}\n"
HILL = '{{formula: "1e-3*exp(-(x^2+y^2+z^2)/(2*0.0012^2))", unit: mol/m3}}'
PROBLEMS = {
    "smooth": HEAD + """
tissues: {{gel: {{interstitial_fraction: 0.2}}}}
species: {{drug: {{diffusivity: 2e-10 m2/s, initial: """ + HILL + """}}}}
reactions: [{{equation: "drug -> ", rate: 1e-4 1/s}}]
time: {{end: 2 h}}
""",
    "patchy": HEAD + """
tissues:
  gel:
    interstitial_fraction: 0.2
    vary: {{diffusivity: {{lognormal: {{sigma: 1.15, correlation_length: 1 mm, seed: 7, truncation: 2}}}}}}
species: {{drug: {{diffusivity: 2e-10 m2/s, initial: """ + HILL + """}}}}
fields: {{uptake: {{formula: "0.1*20^(0.5+0.25*(sin(1500*x)*cos(1100*y)+sin(900*z)))", unit: 1/min}}}}
reactions: [{{equation: "drug -> ", rate: {{field: uptake, formula: "uptake", unit: 1/s}}}}]
exchanges: [{{species: drug, model: linear, rate: 30 1/min, outside: {{multi_exponential: {{amplitudes: [2 uM, -2 uM], rates: [0.5 1/h, 6 1/h]}}}}}}]
time: {{end: 2 h}}
""",
}
OURS = {"ros2": ["time.method=ros2"], "ra34pw2": ["time.method=ra34pw2"]}
PETSCS = {  # time method, preconditioner; problems are linear, so that one solution per stage is enough
    f"{ts}, {name}": ["-snes_type", "ksponly", "-ts_type", ts, "-ts_adapt_type", "basic", "-ksp_type", "bcgs", "-ksp_rtol", "1e-6", *preconditioner]
    for ts in ("arkimex", "bdf", "cn")
    for name, preconditioner in {"GAMG": ["-pc_type", "gamg"], "BoomerAMG": ["-pc_type", "hypre"], "Jacobi": ["-pc_type", "jacobi"]}.items()
}
ACCURACIES = [1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6]
TARGETS = (1e-2, 1e-3, 1e-4)


def measure(text, sets, stepper=None, options=()):
    """The field at the end , the seconds of the run without output, and its steps; None where the run failed."""
    words = [f"--set={each}" for each in sets] + (["--stepper", stepper, "--", *options] if stepper else [])
    done = run("", "--quiet", "--backend", "cpu", *words, text=text, expect=None)
    if not hasattr(done, "record"):
        return None
    field = fields(done)[0]["drug_in_tissue"].copy()
    shutil.rmtree(os.path.dirname(done.directory))
    return field, done.record["seconds"]["run"] - done.record["seconds"]["output"], done.record["steps"]["accepted"]


def relative(field, reference):
    return math.sqrt(((field - reference) ** 2).sum() / (reference**2).sum())


def at(points, target):
    """Seconds for an error, between the two runs about it, in logarithms; None: not reached."""
    for a, b in zip(points, points[1:]):
        if a["error"] > target >= b["error"]:
            share = math.log(a["error"] / target) / math.log(a["error"] / b["error"])
            return a["seconds"] * (b["seconds"] / a["seconds"]) ** share
    return points[0]["seconds"] if points and points[0]["error"] <= target else None


def curve(name, text, reference, most, sets=(), stepper=None, options=()):
    points = []
    for accuracy in ACCURACIES:
        result = measure(text, [*sets, f"time.accuracy={accuracy:g}"], stepper, options)
        if not result:
            print(f"  {name}: failed at accuracy {accuracy:g}", flush=True)
            break
        field, seconds, steps = result
        points.append({"accuracy": accuracy, "error": relative(field, reference), "seconds": seconds, "steps": steps})
        print("  {}: accuracy {accuracy:g}, {steps} steps, error {error:.2e}, {seconds:.2f} s".format(name, **points[-1]), flush=True)
        if points[-1]["error"] < min(TARGETS) or seconds > most:
            break
    return points


def picture(results, path):
    for problem, curves in results.items():
        plots = ", ".join(f"'-' using 1:2 with linespoints title \"{name}\"" for name in curves)
        data = "".join("\n".join(f"{p['error']:g} {p['seconds']:g}" for p in points) + "\ne\n" for points in curves.values())
        script = f"set terminal pngcairo size 900,600\nset output '{path}_{problem}.png'\nset logscale xy\nset xlabel 'relative error in time (L2)'\n" \
                 f"set ylabel 'run, s'\nset format x '10^{{%L}}'\nset key outside right\nset grid\nplot {plots}\n{data}"
        subprocess.run(["gnuplot"], input=script, text=True, check=True)


def table(results, cells):
    lines = []
    for problem, curves in results.items():
        lines += [f"| {problem}, {cells}^3 cells | " + " | ".join(f"{target:g}" for target in TARGETS) + " |", "|---" * (1 + len(TARGETS)) + "|"]
        best = {}
        for name, points in curves.items():
            times = [at(points, target) for target in TARGETS]
            lines.append(f"| {name} | " + " | ".join("not reached" if t is None else f"{t:.2f} s" for t in times) + " |")
            for target, t in zip(TARGETS, times):
                side = "ours" if name in OURS else "PETSc"
                if t is not None and t < best.get((side, target), math.inf):
                    best[side, target] = t
        ratios = [f"{best['PETSc', t] / best['ours', t]:.1f}" if ("PETSc", t) in best and ("ours", t) in best else "" for t in TARGETS]
        lines += ["| best of PETSc over best of ours | " + " | ".join(ratios) + " |", ""]
    return "\n".join(lines)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--cells", type=int, default=100)
parser.add_argument("--only", choices=PROBLEMS)
parser.add_argument("--methods", nargs="+", metavar="METHOD", choices=PETSCS, default=list(PETSCS), help="those of PETSc, such as 'cn, Jacobi'; all if absent")
parser.add_argument("--seconds", type=float, default=600)
parser.add_argument("--output", default="results/work_precision")
chosen = parser.parse_args()
results = {}
for problem in [chosen.only] if chosen.only else PROBLEMS:
    print(problem, flush=True)
    text = PROBLEMS[problem].format(n=chosen.cells)
    reference, _, steps = measure(text, ["time.accuracy=1e-7", "time.method=ra34pw2", "time.linear=gmres"])
    print(f"  reference: {steps} steps", flush=True)
    results[problem] = {name: curve(name, text, reference, chosen.seconds, sets) for name, sets in OURS.items()}
    results[problem] |= {name: curve(name, text, reference, chosen.seconds, (), "petsc-assembled", PETSCS[name]) for name in chosen.methods}
os.makedirs(chosen.output, exist_ok=True)
path = os.path.join(chosen.output, "work_precision")
with open(path + ".json", "w") as file:
    json.dump(results, file, indent=1)
text = table(results, chosen.cells)
with open(path + ".txt", "w") as file:
    file.write(text)
print(text)
if shutil.which("gnuplot"):
    picture(results, path)
