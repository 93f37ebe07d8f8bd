"""How long studies of 256 points of a 1-D case of 200 cells take, one by one and in batches: from the command to its end, the best of
some repetitions (docs/studies.md). On a quiet machine: /usr/bin/python3 tests/benchmark/batches.py [PROGRAM] [WORKERS]"""
import os
import subprocess
import sys
import tempfile
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
REPETITIONS = 5
STUDIES = {
    "sphere_uptake": """
parameters:
  species.drug.diffusivity: {log_uniform: [1e-11 m2/s, 1e-10 m2/s]}
  boundaries.surface.drug.value: {log_uniform: [0.1 mol/m3, 1 mol/m3]}
scenarios: {all: {output.endpoints: "{amount: {kind: amount, of: drug}, exposure: {kind: auc, of: drug}}"}}
outputs: [endpoints.amount, endpoints.exposure]
""",
    "round_tumour": """
parameters:
  carriers.stealth.release.rate: {from: catalogue}
  carriers.stealth.diffusivity: {from: catalogue}
  tissues.tumour.interstitial_fraction: {from: catalogue}
  reactions.0.rate: {log_uniform: [0.1 1/h, 2 1/h]}
  delivery.needle.dose: {uniform: [0.5 nmol, 3 nmol]}
scenarios: {fine: {mesh.r.cells: 200}}
outputs: [endpoints.treated, endpoints.exposure]
"""}


def seconds(program, workers, case, batch):
    text = (f"elute_study: 1\ncase: {os.path.join(ROOT, 'cases', case + '.yaml')}\nsample: {{method: sobol, points: 256, seed: 1}}\n"
            + STUDIES[case] + batch)
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "study.yaml"), "w") as file:
            file.write(text)
        began = time.time()
        subprocess.run([program, "study", "run", "study.yaml", "--quiet", "--workers", workers], cwd=folder, check=True)
        return time.time() - began


program = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "elute"))
workers = sys.argv[2] if len(sys.argv) > 2 else "2"
for case in STUDIES:
    times = {}
    for _ in range(REPETITIONS):  # in turn, so that what else the machine does meets both
        for batch in ("batch: no\n", ""):
            times[batch] = min(times.get(batch, 1e9), seconds(program, workers, case, batch))
    one, many = times["batch: no\n"], times[""]
    print(f"{case}: one by one {one:.2f} s, in batches {many:.2f} s: {one / many:.1f} times")
