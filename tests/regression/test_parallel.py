"""Ranks and backends agree on a replayed sequence of steps; the same ranks give the same bits."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import report, run

CASE = """
elute: 1
title: three dimensions, two tissues, a binding reaction, a closed axis, open faces that vary in time
mesh:
  geometry: cartesian
  x: {from: 0 m, to: 1 m, cells: 13}
  y: {from: 0 m, to: 1 m, cells: 9}
  z: {from: 0 m, to: 1 m, cells: 7}
tissues:
  a: {interstitial_fraction: 0.2}
  b: {interstitial_fraction: 0.5, where: {sphere: {centre: [0.5 m, 0.5 m, 0.5 m], radius: 0.3 m}}}
species:
  u: {diffusivity: 1 m2/s, initial: {formula: "1+x*y", unit: mol/m3}, in: {b: {diffusivity: 0.01 m2/s}}}
  w: {diffusivity: 0.1 m2/s}
  s: {mobile: no, initial: 1 mol/m3}
reactions:
  - {equation: "u + s -> w", rate: 3 m3/(mol s)}
  - {equation: "w -> ", law: michaelis_menten, v_max: 1 mol/(m3 s), k_m: 1 mol/m3}
boundaries:
  x-: {u: {value: {formula: "1+sin(10*t)", unit: mol/m3}}}
  y-: {periodic: yes}
  y+: {periodic: yes}
  z+: {w: {transfer: {coefficient: 2 m/s, outside: 0.1 mol/m3}}}
time: {end: 0.5 s, accuracy: 1e-3, defect_limit: 1e-3}
output: {every: 0.25 s, probes: {line: {from: [0.1 m, 0.1 m, 0.1 m], to: [0.9 m, 0.8 m, 0.9 m], points: 9}}}
"""


def rows(done):
    return [[float(value) for key, value in row.items() if key != "probe"] for row in done.table("probes.csv")]


def fields(done):
    with open(os.path.join(done.directory, "fields_000002.vtk"), "rb") as file:
        return file.read()


first = run("", text=CASE)
assert first.record["steps"]["gmres_stages"] > 0, "the guard's steps are to be replayed too"
reference, replay = rows(first), ["--replay-steps", first.directory]
for ranks in (1, 2, 3, 4, 70):
    done = run("", *replay, ranks=ranks, text=CASE)
    worst = max(abs(a - b) for p, q in zip(reference, rows(done)) for a, b in zip(p, q))
    report("a replayed sequence of steps", f"largest difference, {ranks} rank{'s' if ranks > 1 else ''}", worst, 1e-10)
    assert done.closure() < 1e-12
    if ranks == 3:
        assert fields(done) == fields(run("", *replay, ranks=3, text=CASE))
assert fields(first) == fields(run("", *replay, text=CASE)), "a replay is the run again"
assert fields(first) == fields(run("", *replay, "--backend", "guard", text=CASE)), "guard and cpu differ"
