"""Tissue that changes at a time: the solution follows, what is where stays, the ledger goes on, and ranks and backends agree."""
import math
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import report, run

# A Gaussian of variance 2 D t: after the change D is three times as large. phi = 0.25 all the time: C = phi c.
SPREAD = """
elute: 1
title: a diffusivity that triples
mesh: {{geometry: cartesian, x: {{from: -8 m, to: 8 m, cells: {n}}}}}
tissues: {{gel: {{interstitial_fraction: 0.25}}}}
species: {{u: {{diffusivity: 0.1 m2/s, initial: {{formula: "exp(-x^2/2)", unit: mol/m3}}}}}}
changes: [{{at: 2 s, in: [gel], multiply: {{diffusivity: 3}}}}, {{at: 4 s, set: {{diffusivity: 0.05 m2/s}}}}]
time: {{end: 5 s, accuracy: 1e-6}}
verify: [{{species: u, norm: l2, below: 1, exact: {{formula: "exp(-x^2/(2*(1+2*(0.2+0.6+0.05))))/sqrt(1+2*(0.2+0.6+0.05))", unit: mol/m3}}}}]
"""
errors = []
for n in (80, 160, 320):
    done = run("", text=SPREAD.format(n=n))
    errors.append(float(done.table("verify.csv")[0]["obtained"]))
    assert done.closure() < 1e-12
report("diffusivity that changes twice", "relative L2 error at 320 cells", errors[-1], 3e-4)
report("diffusivity that changes twice", "order in space", math.log2(errors[1] / errors[2]), 1.9, above=True)

# A fraction that doubles in half of a closed box: amounts stay at first, then spread until c is the same everywhere.
SWELL = """
elute: 1
title: a fraction that doubles
mesh: {geometry: cartesian, x: {from: 0 mm, to: 1 mm, cells: 20}, y: {from: 0 mm, to: 1 mm, cells: 6}}
tissues:
  gel: {interstitial_fraction: 0.2, vary: {diffusivity: {lognormal: {sigma: 0.5, correlation_length: 0.2 mm, seed: 4}}}}
  bath: {interstitial_fraction: 1, where: {box: {from: [0.9 mm, 0 mm], to: [1 mm, 1 mm]}}}
species: {u: {diffusivity: 1e-9 m2/s, initial: 3 uM}, w: {diffusivity: 1e-10 m2/s, initial: 1 uM}, s: {mobile: no, initial: 1 uM}}
reactions: [{equation: "w + s -> ", rate: 1e3 1/(M s)}]
hold: {bath: {w: {value: 2 uM}}}
boundaries: {y-: {w: {value: 1 uM}}}
changes:
  - {at: 10 min, where: {half_space: {point: [0.5 mm, 0 mm], normal: [1, 0]}}, in: [gel], multiply: {interstitial_fraction: 2}}
  - {at: 10 min, in: [bath], species: [w], multiply: {availability: 0.5}}
time: {end: 2 h, accuracy: 1e-4}
output: {at: [10 min], probes: {left: [0.3 mm, 0.5 mm], right: [0.7 mm, 0.5 mm]}}
"""
done = run("", "--coefficients", "double", text=SWELL)
report("fraction that doubles in a half", "ledger closure", done.closure(), 1e-12)
probe = {(float(row["time_s"]), row["name"] if "name" in row else row["probe"]): float(row["u_in_fluid_mol_per_m3"]) for row in done.table("probes.csv")}
report("fraction that doubles in a half", "fluid concentration just after, halved there, relative", abs(probe[600.0, "left"] / 1.5e-3 - 1) + abs(probe[600.0, "right"] / 3e-3 - 1), 1e-12)
total = 3e-3 * (0.9 * 0.2 + 0.1)
after = total / (0.5 * 0.4 + 0.4 * 0.2 + 0.1)
report("fraction that doubles in a half", "uniform in the end, relative", max(abs(probe[7200.0, p] / after - 1) for p in ("left", "right")), 2e-3)
for ranks, backend in ((3, "cpu"), (7, "cpu"), (0, "guard")):
    other = run("", "--coefficients", "double", "--backend", backend, "--replay-steps", done.directory, text=SWELL, ranks=ranks)
    assert other.closure() < 1e-12
    apart = max(abs(float(a["amount"]) - float(b["amount"])) / max(abs(float(b["amount"])), 1e-15)
                for a, b in zip(other.table("ledger.csv"), done.table("ledger.csv")) if a["place"] != "closure")
    report("fraction that doubles in a half", f"ledger on {ranks or 1} ranks, {backend}, relative difference", apart, 1e-10)
for stepper in ("petsc", "petsc-assembled"):
    other = run("", "--coefficients", "double", "--stepper", stepper, "--set", "time.accuracy=1e-6", text=SWELL)
    apart = max(abs(float(a["amount"]) / float(b["amount"]) - 1) for a, b in zip(other.table("ledger.csv"), done.table("ledger.csv"))
                if a["place"].startswith("inside") and float(b["amount"]) > 1e-12)
    report("fraction that doubles in a half", f"amounts by --stepper {stepper}, relative difference", apart, 1e-3)

# A fraction that follows the cells that are left: the same as the fractions that they leave at these times, said one by one.
LEAVE = """
elute: 1
title: space that dead cells leave
mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 1 mm, cells: 20}}, y: {{from: 0 mm, to: 1 mm, cells: 6}}}}
tissues: {{gel: {{interstitial_fraction: 0.3}}}}
cells: {{tumour: {{density: {{formula: "2e14*(1 + 500*x)", unit: 1/m3}}, death: 0.5 1/h}}}}
species: {{u: {{diffusivity: 0 m2/s, initial: 3 uM}}, w: {{diffusivity: 1e-10 m2/s, initial: 1 uM}}}}
boundaries: {{x-: {{w: {{value: 2 uM}}}}}}
changes: [{changes}]
time: {{end: 2 h, accuracy: 1e-7}}
output: {{vtk: no, every: 30 min, probes: {{p: [0.325 mm, 0.25 mm], q: [0.875 mm, 0.75 mm]}}}}
"""
follows = LEAVE.format(changes='{at: 30 min, every: 30 min, set: {interstitial_fraction: {field: tumour, formula: "0.5 - 0.2*tumour/4e14", unit: 1, range: [0 1/m3, 1e15 1/m3]}}}')
said = LEAVE.format(changes=", ".join(f'{{at: {30 * i} min, set: {{interstitial_fraction: {{formula: "0.5 - 0.1*(1 + 500*x)*exp(-{0.25 * i})", unit: 1}}}}}}' for i in (1, 2, 3)))
done, other = run("", "--coefficients", "double", text=follows), run("", "--coefficients", "double", text=said)
worst = 0
for row in done.table("probes.csv"):
    passed = min(round(float(row["time_s"]) / 1800), 3)
    fraction = 0.5 - 0.1 * (1 + 500 * float(row["x_m"])) * math.exp(-0.25 * passed) if passed else 0.3
    worst = max(worst, abs(float(row["u_in_fluid_mol_per_m3"]) / (3e-3 * 0.3 / fraction) - 1))
report("fraction that follows dying cells", "fluid concentration of what stays where it is, relative", worst, 1e-6)
ranks = run("", "--coefficients", "double", "--replay-steps", done.directory, text=follows, ranks=3)
host, guard = (run("", "--coefficients", "double", "--backend", backend, text=follows) for backend in ("cpu", "guard"))
for what, one, other, criterion in (("fractions said one by one", done, other, 1e-6), ("three ranks", done, ranks, 1e-10), ("the guard backend", host, guard, 0)):
    apart = max(abs(float(a["w_in_fluid_mol_per_m3"]) / float(b["w_in_fluid_mol_per_m3"]) - 1) for a, b in zip(one.table("probes.csv"), other.table("probes.csv")))
    report("fraction that follows dying cells", f"what diffuses, against {what}, relative", apart, criterion)
report("fraction that follows dying cells", "ledger closure", done.closure(), 1e-12)
