"""Every entry of the ledger is the time integral of a flux, found here from the concentrations by Simpson's rule; the books close at
every step, whatever its size; doses arrive to rounding."""
import math
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import report, run

# ---- entries against fluxes integrated from the probes: all cells, every 10 ms

CELLS, PHI, D, TRANSFER, OUTSIDE = 20, 0.4, 0.1, 0.3, 0.2
SLAB = f"""
elute: 1
title: a slab with a face of given value, one with mass transfer, a saturable loss, a binding and a source
mesh: {{geometry: cartesian, x: {{from: 0 m, to: 1 m, cells: {CELLS}}}}}
tissues: {{gel: {{interstitial_fraction: {PHI}}}}}
species:
  u: {{diffusivity: {D} m2/s, initial: {{formula: "1+x", unit: mol/m3}}}}
  b: {{mobile: no, initial: 0.5 mol/m3}}
reactions:
  - {{equation: "u -> ", law: michaelis_menten, v_max: 0.7 mol/(m3 s), k_m: 0.5 mol/m3, name: uptake}}
  - {{equation: "u + b -> ", rate: 0.2 m3/(mol s), name: capture}}
sources: [{{species: u, density: {{formula: "1+sin(3*t)", unit: mol/(m3 s)}}, name: feed}}]
boundaries:
  x-: {{u: {{value: {{formula: "1+0.5*sin(2*t)", unit: mol/m3}}}}}}
  x+: {{u: {{transfer: {{coefficient: {TRANSFER} m/s, outside: {OUTSIDE} mol/m3}}}}}}
time: {{end: 2 s, accuracy: 1e-6}}
output: {{vtk: no, every: 0.01 s, probes: {{cells: {{from: [{0.5 / CELLS} m], to: [{1 - 0.5 / CELLS} m], points: {CELLS}}}}}}}
"""


def simpson(t, f):
    assert len(t) % 2 == 1
    h = (t[-1] - t[0]) / (len(t) - 1)
    return h / 3 * (f[0] + f[-1] + 4 * sum(f[1:-1:2]) + 2 * sum(f[2:-1:2]))


def profiles(done, column):
    """{time: values along the probe}"""
    by_time = {}
    for row in done.table("probes.csv"):
        by_time.setdefault(float(row["time_s"]), []).append(float(row[column]))
    return by_time


def passed(done, species, place, times):
    amounts = dict(zip([float(r["time_s"]) for r in done.table("ledger.csv") if r["species"] == species and r["place"] == place],
                       done.ledger(species, place)))
    return amounts[times[-1]] - amounts[times[0]]


slab = run("", "--quiet", text=SLAB)
u, b = profiles(slab, "u_in_fluid_mol_per_m3"), profiles(slab, "b_in_tissue_mol_per_m3")
times = [t for t in sorted(u) if t >= 0.5 - 1e-9]  # after the first, steep moments, which Simpson's rule does not see
times = times[: len(times) // 2 * 2 - 1] if len(times) % 2 == 0 else times
h = 1.0 / CELLS
half = PHI * D / (h / 2)
rates = {
    "x-": [half * (u[t][0] - 1 - 0.5 * math.sin(2 * t)) for t in times],
    "x+": [(u[t][-1] - OUTSIDE) / (1 / half + 1 / TRANSFER) for t in times],
    "uptake": [sum(h * PHI * 0.7 * c / (0.5 + c) for c in u[t]) for t in times],
    "capture": [sum(h * 0.2 * c * s for c, s in zip(u[t], b[t])) for t in times],
    "feed": [-(1 + math.sin(3 * t)) for t in times],
}
for place, rate in rates.items():
    integral = simpson(times, rate)
    report("ledger of a slab", f"{place} against its integrated flux, relative", abs(passed(slab, "u", place, times) / integral - 1), 1e-5)

SPHERE = """
elute: 1
title: V04, what leaves a sphere
mesh: {geometry: spherical, r: {from: 0 um, to: 200 um, cells: 200}}
species: {drug: {diffusivity: 4e-11 m2/s, initial: 1 mol/m3}}
boundaries: {surface: {drug: {value: 0 mol/m3}}}
time: {end: 100 s, accuracy: 1e-6}
output: {vtk: no, every: 0.5 s, probes: {last: {from: [198.5 um], to: [199.5 um], points: 2}}}
"""
sphere = run("", "--quiet", text=SPHERE)
last = profiles(sphere, "drug_in_fluid_mol_per_m3")
times = [t for t in sorted(last) if t >= 10 - 1e-9]
area, volume = 4 * math.pi * 2e-4**2, 4 / 3 * math.pi * 2e-4**3
flux = [4e-11 * area / 0.5e-6 * last[t][1] for t in times]
report("V04, efflux", "surface of the ledger against its integrated flux, 10 s to 100 s, relative",
       abs(passed(sphere, "drug", "surface", times) / simpson(times, flux) - 1), 1e-5)
crank = 1 - 6 / math.pi**2 * sum(math.exp(-(n * math.pi) ** 2 * 0.1) / n**2 for n in range(1, 50))
report("V04, efflux", "surface of the ledger at Dt/R2 = 0.1 against Crank's series, of the amount", abs(sphere.ledger("drug", "surface")[-1] / volume - crank), 1e-4)

# ---- the books close at every step

BOX = """
elute: 1
title: everything at once on a heterogeneous box
mesh: {{geometry: cartesian, x: {{from: 0 m, to: 1 m, cells: 12}}, y: {{from: 0 m, to: 1 m, cells: 10}}, z: {{from: 0 m, to: 1 m, cells: 8}}}}
tissues:
  a: {{interstitial_fraction: 0.2}}
  b: {{interstitial_fraction: 0.5, where: {{sphere: {{centre: [0.5 m, 0.5 m, 0.5 m], radius: 0.3 m}}}}}}
  c: {{interstitial_fraction: 1, where: {{box: {{from: [0.7 m, 0.7 m, 0 m], to: [1 m, 1 m, 1 m]}}}}}}
species:
  u: {{diffusivity: 1 m2/s, in: {{b: {{diffusivity: 0.01 m2/s}}}}, initial: {{tissue: {{b: 1 mol/m3, default: 0 mol/m3}}}}}}
  w: {{diffusivity: 0.1 m2/s}}
  s: {{mobile: no, initial: 1 mol/m3}}
reactions:
  - {{equation: "u <-> s", forward: 3 1/s, backward: 1 1/s}}
  - {{equation: "s -> w", rate: 0.5 1/s}}
  - {{equation: "w -> ", law: michaelis_menten, v_max: 1 mol/(m3 s), k_m: 1 mol/m3}}
hold: {{c: {{u: {{value: {{formula: "0.1*sin(t)^2", unit: mol/m3}}}}}}}}
boundaries:
  x-: {{u: {{value: {{formula: "1+sin(t)", unit: mol/m3}}}}}}
  z+: {{w: {{transfer: {{coefficient: 2 m/s, outside: 0.1 mol/m3}}}}}}
  y-: {{periodic: yes}}
  y+: {{periodic: yes}}
time: {{end: {end} s, {control}, accuracy: 1e-3, method: {method}}}
output: {{vtk: no, every: {every} s}}
"""
for method in ("ros2", "ra34pw2"):
    for step in (1e-4, 1e-2, 1.0, 100.0):
        for linear in ("factored", "gmres"):
            control = f"step: {step} s" + (", linear: gmres" if linear == "gmres" else "")
            done = run("", "--quiet", text=BOX.format(method=method, control=control, every=step, end=30 * step))
            assert done.record["steps"]["accepted"] == 30
            report(f"closure at each of 30 steps of {step:g} s", f"{method}, {linear}, of the gross turnover", done.closure(), 1e-12)
done = run("", "--quiet", text=BOX.format(method="ros2", control="step: 1 ms", every=5e-3, end=2.0))
report("closure over 2000 steps", "ros2, of the gross turnover", done.closure(), 1e-12)

# ---- doses

DOSES = """
elute: 1
title: an infusion from 10 min to 25 min and a rate in steps
mesh: {geometry: cylindrical, r: {from: 0 mm, to: 2 mm, cells: 12}, z: {from: -2 mm, to: 2 mm, cells: 13}}
species: {steady: {diffusivity: 1e-10 m2/s}, stepped: {diffusivity: 1e-10 m2/s}}
sources:
  - {species: steady, where: {sphere: {centre: [0 mm, 0 mm], radius: 0.5 mm}}, rate: 1 pmol/s, from: 10 min, to: 25 min}
  - {species: stepped, where: {sphere: {centre: [0 mm, 0 mm], radius: 0.5 mm}}, rate: {table: {time: [0 min, 7 min, 31 min], value: [2 pmol/s, 5 pmol/s, 0 pmol/s], interpolation: previous}}}
time: {end: 1 h, accuracy: 1e-2}
output: {vtk: no, every: 7 min}
verify:
  - {species: steady, at: 1 h, total_in: all, equals: 900 pmol, within: 1e9}
  - {species: stepped, at: 1 h, total_in: all, equals: 8040 pmol, within: 1e9}
"""
doses = run("", "--quiet", text=DOSES).table("verify.csv")
report("an infusion of 900 pmol", "relative", abs(float(doses[0]["obtained"]) / 900e-12 - 1), 1e-12)
report("a dose in steps, 8040 pmol", "relative", abs(float(doses[1]["obtained"]) / 8040e-12 - 1), 1e-12)
