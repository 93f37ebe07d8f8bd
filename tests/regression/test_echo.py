"""The case.yaml of a run runs again from the run's directory, also where the case names files beside it: tables, images, networks of
vessels and catalogues. So does what `check --expand` prints."""
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import PROGRAM, session

FILES = {
    "mine.yaml": "elute_catalogue: 1\ndrugs:\n  slow: {description: a drug, diffusivity: {value: 1e-11 m2/s, source: assumed, evidence: A}}\n",
    "released.csv": "age [min],released [1]\n0,0\n60,0.5\n",
    "bath.csv": "time [min],value [uM]\n0,1\n10,3\n",
    "pores.raw": "AABB",
    "vessels.csv": "x0 [mm],y0 [mm],z0 [mm],x1 [mm],y1 [mm],z1 [mm],radius [um]\n0.1,0.5,0.5,0.9,0.5,0.5,10\n",
}
CASE = """
elute: 1
title: a case with files beside it
catalogues: [with/mine.yaml]
mesh: {x: {from: 0 mm, to: 1 mm, cells: 4}, y: {from: 0 mm, to: 1 mm, cells: 4}, z: {from: 0 mm, to: 1 mm, cells: 4}}
tissues: {gel: {interstitial_fraction: 0.3, vary: {diffusivity: {image: {file: with/pores.raw, cells: [4, 1, 1], type: uint8}}}}}
vessels: {network: with/vessels.csv}
drugs: {slow: {from: slow, permeability: 1e-8 m/s}}
carriers: {ship: {diffusivity: 1e-12 m2/s, carries: {slow: {release: {law: table, table: {file: with/released.csv}}}}}}
delivery: {shot: {give: ship, dose: 1 nmol, at: [0.5 mm, 0.5 mm, 0.5 mm], radius: 0.3 mm}}
boundaries: {x-: {slow: {value: {table: {file: with/bath.csv}}}}}
time: {end: 5 min}
output: {vtk: no}
"""


def elute(*arguments, directory):
    done = subprocess.run([PROGRAM, *arguments], cwd=directory, capture_output=True, text=True, env=session(directory))
    assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
    return done.stdout


base = tempfile.mkdtemp(prefix="elute-echo-")
try:
    os.makedirs(os.path.join(base, "case", "with"))
    for name, text in FILES.items():
        with open(os.path.join(base, "case", "with", name), "w") as file:
            file.write(text)
    with open(os.path.join(base, "case", "case.yaml"), "w") as file:
        file.write(CASE)
    elute("run", "case/case.yaml", "--output", "first", "--quiet", directory=base)  # named from elsewhere
    elute("run", "case.yaml", "--output", "../second", "--quiet", directory=os.path.join(base, "case"))  # and from its own place
    elute("run", "case.yaml", "--output", "again", "--quiet", directory=os.path.join(base, "first"))
    with open(os.path.join(base, "first", "expanded.yaml"), "w") as file:
        file.write(elute("check", "case/case.yaml", "--expand", directory=base))
    elute("run", "expanded.yaml", "--output", "expanded", "--quiet", directory=os.path.join(base, "first"))
    ledgers = [open(os.path.join(base, *path.split("/"), "ledger.csv")).read() for path in ("first", "second", "first/again", "first/expanded")]
    assert ledgers[0].count("\n") > 5 and all(ledger == ledgers[0] for ledger in ledgers), "the runs differ"
finally:
    shutil.rmtree(base, ignore_errors=True)
