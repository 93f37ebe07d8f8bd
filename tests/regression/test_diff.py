"""elute diff: runs that agree, runs that differ by known numbers, and what only one of them has."""
import glob
import os
import re
import subprocess
import sys

import numpy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import PROGRAM, fields, run

CASE = """
elute: 1
title: two runs
mesh: {geometry: cartesian, x: {from: 0 mm, to: 1 mm, cells: CELLS}, y: {from: 0 mm, to: 1 mm, cells: 7}, z: {from: 0 mm, to: 1 mm, cells: 3}}
tissues: {gel: {interstitial_fraction: 0.3}}
species: {u: {diffusivity: 1e-10 m2/s, initial: {formula: "1e-3*(1+1000*x)", unit: mol/m3}}, w: {mobile: no, initial: 1 uM}}
reactions: [{equation: "u -> w", rate: RATE 1/h}]
time: {end: 30 min, accuracy: 1e-3}
output:
  every: EVERY min
  probes: {p: [0.31 mm, 0.42 mm, 0.2 mm]}
  endpoints: {exposure: {kind: auc, of: u, in: gel}}
  biopsies: {core: {at: [0.1 mm, 0.5 mm, 0.5 mm], direction: [1, 0, 0], length: 0.8 mm, diameter: 0.3 mm, bins: 4, times: [30 min]}}
  images: {scan: {of: u, signal: {formula: "c", unit: 1}, voxel: 0.25 mm, times: [30 min]}}
"""


def case(cells=10, rate=1, every=10):
    return run("", "--quiet", text=CASE.replace("CELLS", str(cells)).replace("RATE", str(rate)).replace("EVERY", str(every)))


def diff(*arguments, expect):
    done = subprocess.run([PROGRAM, "diff", *arguments], capture_output=True, text=True)
    assert done.returncode == expect, (arguments, done)
    return done.stdout + done.stderr


def converted(done):
    """w at all times"""
    return numpy.concatenate([fields(done, state)[0]["w_in_tissue"].ravel() for state in range(4)])


runs = case(), case(), case(rate=1.01)
one, same, faster = (each.directory for each in runs)
assert re.search(r"^\d\d quantities compared, 0 differ$", diff(one, same, expect=0), re.M)

# The numbers of the report are those that VTK's own reader and numpy find.
said = diff(one, faster, expect=3)
line = re.search(r"^fields: w_in_tissue +(\S+) +(\S+) +(\S+)  t = 1800 s, \((\S+), (\S+), (\S+)\) m$", said, re.M)
assert line, said
a, b = converted(runs[0]), converted(runs[2])
expected = abs(a - b).max(), abs(a - b).max() / max(a.max(), b.max()), numpy.linalg.norm(a - b) / numpy.linalg.norm(a)
assert numpy.allclose([float(line.group(i)) for i in (1, 2, 3)], expected, rtol=5e-3), (line.group(0), expected)
cell = abs(a - b).argmax() % 210
assert numpy.allclose([float(line.group(i)) for i in (4, 5, 6)], [(cell % 10 + 0.5) / 1e4, (cell // 10 % 7 + 0.5) / 7e3, (cell // 70 + 0.5) / 3e3], rtol=1e-5)
for quantity in ("ledger.csv: amount of w", "probes.csv: u_in_fluid_mol_per_m3", "biopsy_core.csv: u_mol", "endpoints.json: exposure.value", "image_scan_000.vtk: signal"):
    assert re.search("^" + re.escape(quantity), said, re.M), (quantity, said)
assert "ledger.csv: amount of u" in said

# A tolerance is of the largest value of a quantity.
share = float(re.findall(r"^.* ([\d.e+-]+) +[\d.e+-]+  ", said, re.M)[0])  # the largest comes first
diff(one, faster, "--within", f"{1.01 * share}", expect=0)
diff(one, faster, "--within", f"{0.99 * share}", expect=3)

# Times that both have are compared, the others named; other meshes and missing files are said.
rarer = diff(one, case(every=15).directory, expect=3)
assert "fields: 600 s is only in" in rarer and "fields: 900 s is only in" in rarer and "rows are only in" in rarer, rarer
assert re.search(r"fields: the runs have different meshes", diff(one, case(cells=12).directory, expect=3))
os.remove(os.path.join(same, "probes.csv"))
assert f"probes.csv is only in {one}" in diff(one, same, expect=3)

# What cannot be read is said, and counts.
last = sorted(glob.glob(os.path.join(faster, "fields_*.vtk")))[-1]
with open(last, "r+b") as file:
    file.truncate(os.path.getsize(last) // 2)
with open(os.path.join(faster, "ledger.csv"), "a") as file:
    file.write("1,2\n")
os.remove(os.path.join(faster, "probes.csv"))
os.mkdir(os.path.join(faster, "probes.csv"))
said = diff(one, faster, expect=3)
assert "probes.csv: cannot be read: it is a directory" in said, said
assert f"{last}: the file ends before its numbers do" in said and "its rows differ in length" in said, said
assert "has no run.json" in diff(one, os.path.dirname(one) + "/nothing", expect=2)
assert "two runs" in diff(one, expect=2)
assert "--within is a number" in diff(one, one, "--within", "-1", expect=2)
