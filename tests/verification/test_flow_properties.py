"""Properties that the fluid's pressure looks at: they vary from cell to cell, change at a time, and give with the pressure."""
import math
import os
import sys

import numpy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import fields, report, run

HEAD = "elute: 1\ntitle: properties of the flow\nspecies: {{u: {{diffusivity: 1e-11 m2/s, initial: 1 mol/m3}}}}\n"
MOMENT = "time: {{end: 1 ms, step: 1 ms}}\n"


def solved(text, *options, **more):
    done = run("", "--quiet", "--coefficients", "double", *options, text=text, **more)
    assert done.closure() < 1e-12, done.closure()
    return done


# ---- a conductivity that varies along the flow: the flux is that of the harmonic mean, the pressure falls as the resistance adds up

LINE = HEAD + MOMENT + """mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 2 mm, cells: {n}}}}}
tissues: {{gel: {{interstitial_fraction: 0.1, hydraulic_conductivity: 1e-14 m2/(Pa s), vary: {{{vary}}}}}}}
flow: {{model: darcy_starling, boundaries: {{x-: {{pressure: 1 kPa}}, x+: {{pressure: 0 Pa}}}}}}
"""


def against_series(name, done, multiplier):
    """Holds flux and pressure against resistances in series, one per cell."""
    n = len(multiplier)
    passed = (numpy.cumsum(1 / multiplier) - 0.5 / multiplier) * 2e-3 / n  # m, to the cell's centre
    total = (1 / multiplier).sum() * 2e-3 / n
    array, _ = fields(done)
    speed = array["velocity"].reshape(n, -1)[:, 0]
    report(name, "velocity against the harmonic mean, relative", abs(speed / (1e-14 * 1e3 / total) - 1).max(), 1e-10)
    report(name, "pressure against resistances in series, of 1 kPa", abs(array["pressure"].ravel() / 1e3 - (1 - passed / total)).max(), 1e-10)


layers = "layers: {direction: [1], spacing: 0.5 mm, thickness: 0.2 mm, offset: 0.1 mm, multiplier: 0.1}"
done = solved(LINE.format(n=40, vary=f"hydraulic_conductivity: {{{layers}}}"))
against_series("layers of conductivity across the flow", done, numpy.where(numpy.arange(40) % 10 < 4, 0.1, 1.0))
report("layers of conductivity across the flow", "flux against the harmonic mean 1e-14/4.6, relative",
       abs(fields(done)[0]["velocity"].ravel()[0] / (1e-14 / 4.6 * 1e3 / 2e-3) - 1), 1e-10)
said = [each for each in done.record["variations"] if each["property"] == "hydraulic_conductivity"]
report("layers of conductivity across the flow", "mean of the multipliers in run.json, deviation from 0.64", abs(said[0]["mean"] - 0.64), 1e-14)

# A random conductivity is the same function of place as a random fraction of the same seed, which u shows: u_in_tissue = fraction.
random = "lognormal: {{sigma: {sigma}, correlation_length: 0.2 mm, seed: {seed}{more}}}"
for n in (40, 120):
    shown = random.format(sigma=0.3, seed=3, more="")
    done = solved(LINE.format(n=n, vary=f"interstitial_fraction: {{{shown}}}, hydraulic_conductivity: {{{random.format(sigma=1.2, seed=3, more='')}}}"))
    multiplier = (fields(done, 0)[0]["u_in_tissue"].ravel() / 0.1) ** 4
    against_series(f"random conductivity, {n} cells", done, multiplier)
    said = [each for each in done.record["variations"] if each["property"] == "hydraulic_conductivity"][0]
    report(f"random conductivity, {n} cells", "variance of the logarithm in run.json against the field, relative",
           abs(said["log_variance"] / numpy.log(multiplier).var() - 1), 1e-10)
correlated = random.format(sigma=1.2, seed=8, more=", with: interstitial_fraction, correlation: -1")
done = solved(LINE.format(n=40, vary=f"interstitial_fraction: {{{shown}}}, hydraulic_conductivity: {{{correlated}}}"))
against_series("conductivity correlated with the fraction, -1", done, (fields(done, 0)[0]["u_in_tissue"].ravel() / 0.1) ** -4)
failed = run("", "--quiet", text=LINE.format(n=40, vary=f"hydraulic_conductivity: {{{layers.replace('0.1}', '0}')}}}"), expect=1)
assert "tissues.gel.vary.hydraulic_conductivity: makes it 0 at" in failed.stderr and "expected a number above 0" in failed.stderr, failed.stderr
with open("conductivity.raw", "wb") as file:
    file.write(numpy.linspace(0.5, 2, 40).astype("<f8").tobytes())
image = f"image: {{file: {os.getcwd()}/conductivity.raw, cells: [40], type: float64}}"
against_series("conductivity from an image", solved(LINE.format(n=40, vary=f"hydraulic_conductivity: {{{image}}}")), numpy.linspace(0.5, 2, 40))

# ---- vessels: their area and the conductivity of their walls as filtration and what it carries show them

VESSELS = HEAD + MOMENT + """mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 2 mm, cells: {n}}}, y: {{from: 0 mm, to: 2 mm, cells: {n}}}}}
tissues: {{gel: {{hydraulic_conductivity: 3e-14 m2/(Pa s), vascular_density: 200 1/cm, vessel_conductivity: 2e-11 m/(Pa s), vessel_pressure: 2 kPa, vary: {{{vary}}}}}}}
flow: {{model: darcy_starling, boundaries: {{all: {{pressure: 0 Pa}}}}}}
"""
VARY = ("vascular_density: [{lognormal: {sigma: 0.6, correlation_length: [0.3 mm, 0.15 mm], covariance: exponential, seed: 5}}, "
        "{septa: {spacing: 0.5 mm, thickness: 0.1 mm, offset: 0.03 mm, multiplier: 0.5}}], vessel_conductivity: {gaussian: {sigma: 0.2, correlation_length: 0.2 mm, seed: 6}}, "
        "hydraulic_conductivity: {lognormal: {sigma: 1, correlation_length: 0.2 mm, seed: 7, with: vascular_density, correlation: 0.7}}")


def walls(n, **more):
    """G_v in every cell, and the pressure."""
    array, _ = fields(solved(VESSELS.format(n=n, vary=VARY), **more))
    return array["filtration"][0] / (2000 - array["pressure"][0]), array["pressure"][0]


(coarse, pressure), (fine, _) = walls(20), walls(60)
report("vessels that vary", "vessel area times wall conductivity on a mesh three times finer, at the same points, relative", abs(fine[1::3, 1::3] / coarse - 1).max(), 1e-10)
assert coarse.max() > 3 * coarse.min()
for ranks in (2, 3, 7):
    other, p = walls(20, ranks=ranks)
    report("vessels that vary", f"{ranks} ranks against one, walls and pressure, relative", max(abs(other / coarse - 1).max(), abs(p / pressure - 1).max()), 1e-9)

# What filters at a given pressure carries the plasma's solute along: u gains A L_p (p_v - p) c_v everywhere; the network's wall does not vary.
CARRIED = """elute: 1
title: what filters through walls that vary
mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 1 mm, cells: 10}}, y: {{from: 0 mm, to: 1 mm, cells: 4}}, z: {{from: 0 mm, to: 1 mm, cells: 4}}}}
tissues: {{gel: {{vascular_density: 200 1/cm, vessel_conductivity: 2e-11 m/(Pa s), vessel_pressure: 2 kPa, interstitial_pressure: 500 Pa{vary}}}}}
species: {{u: {{diffusivity: 0 m2/s, permeability: 0 m/s}}}}
plasma: {{u: 1 mol/m3}}
{vessels}time: {{end: 1 min, accuracy: 1e-6}}
"""
several = "layers: {{direction: [1, 0, 0], spacing: 0.2 mm, thickness: 0.1 mm, offset: {}, multiplier: {}}}"
vary = f", vary: {{vascular_density: {{{several.format('0.05 mm', 3)}}}, vessel_conductivity: {{{several.format('0.15 mm', 0.5)}}}}}"
single = "vessels: {segments: [{from: [0 mm, 0.4 mm, 0.3 mm], to: [1 mm, 0.6 mm, 0.7 mm], radius: 5 um}]}\n"
plain, both, varied = (fields(solved(CARRIED.format(vary=v, vessels=s)))[0]["u_in_tissue"] for v, s in (("", ""), ("", single), (vary, single)))
report("what filters through walls", "uniform walls, relative", abs(plain / (2e4 * 2e-11 * 1500 * 60) - 1).max(), 1e-9)
even = numpy.arange(10) % 2 == 0
expected = numpy.where(even, 3 * plain + (both - plain), 0.5 * both)
report("what filters through walls", "walls that vary beside a single vessel, relative", abs(varied / expected - 1).max(), 1e-9)

# ---- a conductivity that changes in a half: the exact pressure before and after, and no solution for what does not concern it

HALF = HEAD + """time: {{end: 3 s, step: 1 s}}
output: {{every: 1 s}}
mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 2 mm, cells: 40}}}}
tissues: {{gel: {{hydraulic_conductivity: 1e-14 m2/(Pa s)}}}}
flow: {{model: darcy_starling, boundaries: {{x-: {{pressure: 1 kPa}}, x+: {{pressure: 0 Pa}}}}}}
changes:
  - {{at: 1 s, where: {{half_space: {{point: [1 mm], normal: [-1]}}}}, {how}}}
  - {{at: 2 s, multiply: {{diffusivity: 2}}}}
"""
x = (numpy.arange(40) + 0.5) * 0.05
for how, ratio in (("multiply: {hydraulic_conductivity: 0.25}", 0.25), ("set: {hydraulic_conductivity: 5e-14 m2/(Pa s)}", 5.0)):
    done = solved(HALF.format(how=how))
    total = 1 + 1 / ratio
    after = numpy.where(x < 1, 1 - x / total, (2 - x) / ratio / total)
    worst = [abs(fields(done, state)[0]["pressure"].ravel() / 1e3 - p).max() for state, p in ((0, 1 - x / 2), (1, after), (3, after))]
    report(f"conductivity, {how.split(':')[0]} in a half", "pressure before, just after and later, of 1 kPa", max(worst), 1e-10)
    report(f"conductivity, {how.split(':')[0]} in a half", "velocity later, relative",
           abs(fields(done)[0]["velocity"][0, 0, :, 0] / (1e-14 * 1e3 / 1e-3 / total) - 1).max(), 1e-10)
    assert done.record["flow"]["pressure_solves"] == 2, done.record["flow"]
    report(f"conductivity, {how.split(':')[0]} in a half", "highest pressure of the run in run.json, relative", abs(done.record["flow"]["highest_pressure_Pa"] / (1e3 * (1 - min(0.025 / total, 0.0125))) - 1), 1e-10)

# ---- vessels thinned out: p = p_v (1 - cosh(beta x)/cosh(beta L)) in a slab, beta = sqrt(L_p S/V / K)

SLAB = HEAD + """time: {{end: 2 s, step: 1 s}}
output: {{every: 1 s}}
mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 1 mm, cells: {n}}}}}
tissues: {{gel: {{hydraulic_conductivity: 3e-14 m2/(Pa s), vascular_density: 200 1/cm, vessel_conductivity: 2e-11 m/(Pa s), vessel_pressure: 2 kPa}}}}
flow: {{model: darcy_starling, boundaries: {{x+: {{pressure: 0 Pa}}}}}}
changes: [{{at: 1 s, multiply: {{{what}: 0.25}}}}]
"""
for what in ("vascular_density", "vessel_conductivity"):
    errors = []
    for n in (50, 100, 200):
        done, x, beta = solved(SLAB.format(n=n, what=what)), (numpy.arange(n) + 0.5) / n, math.sqrt(2e4 * 2e-11 / 3e-14) * 1e-3
        errors.append([abs(fields(done, state)[0]["pressure"].ravel() / 2e3 - 1 + numpy.cosh(b * x) / math.cosh(b)).max() for state, b in ((0, beta), (-1, beta / 2))])
    report(f"a quarter of the {what.replace('_', ' ')}", "pressure before and after, 200 cells, of 2 kPa", max(errors[-1]), 4.5e-5)  # (beta h)^2/8 at the edge
    report(f"a quarter of the {what.replace('_', ' ')}", "order of the pressure before and after", min(math.log2(a / b) for a, b in zip(*errors[-2:])), 1.95, above=True)

# ---- exchange follows: a closed box where p = (G_v p_v + G_L p_L)/(G_v + G_L) everywhere, wall by wall for an hour each

AREA, LP, PV, GL, PL, PERM, SIGMA, PHI = 2e4, 2e-11, 2000.0, 1e-7, 100.0, 3e-9, 0.4, 0.3
BOX = """elute: 1
title: vessels that change in a closed box
mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 1 mm, cells: 4}}, y: {{from: 0 mm, to: 1 mm, cells: 3}}, z: {{from: 0 mm, to: 1 mm, cells: 2}}}}
tissues: {{gel: {{interstitial_fraction: 0.3, hydraulic_conductivity: 1e-14 m2/(Pa s), {area}vessel_conductivity: 2e-11 m/(Pa s),
  vessel_pressure: 2000 Pa, lymph_conductance: 1e-7 1/(Pa s), lymph_pressure: 100 Pa}}}}
species: {{drug: {{diffusivity: 1e-10 m2/s, permeability: 3e-9 m/s, reflection: 0.4}}}}
plasma: {{drug: 1 mol/m3}}
flow: {{model: darcy_starling}}
{more}changes: [{changes}]
time: {{end: {end} h, accuracy: 1e-8}}
output: {{vtk: no, every: 1 h}}
"""


def wall(permeability, v):
    """k(P, v), m/s (kernels/cell/exchange.h)."""
    return v / math.expm1(v / permeability) if v else permeability


def hour(c, area, conductivity):
    """c after an hour."""
    filtered = conductivity * (PV - (area * conductivity * PV + GL * PL) / (area * conductivity + GL))
    pressure = PV - filtered / conductivity if conductivity else PL
    gain = area * wall(PERM, -filtered * (1 - SIGMA)) / PHI
    loss = (area * wall(PERM, filtered * (1 - SIGMA)) + GL * (pressure - PL)) / PHI
    return gain / loss + (c - gain / loss) * math.exp(-loss * 3600) if loss else c


walls_in_time = ((AREA, LP), (0.5 * AREA, LP), (0.5 * AREA, 3 * LP), (0.5 * AREA, 0.0), (0.0, 0.0))
changes = ("{at: 1 h, multiply: {vascular_density: 0.5}}, {at: 2 h, set: {vessel_conductivity: 6e-11 m/(Pa s)}}, "
           "{at: 3 h, multiply: {vessel_conductivity: 0}}, {at: 4 h, set: {vascular_density: 0 1/cm}}")
done, c = run("", "--quiet", text=BOX.format(area="vascular_density: 200 1/cm, ", more="", changes=changes, end=5)), 0.0
for h, (area, conductivity) in enumerate(walls_in_time):
    c = hour(c, area, conductivity)
    report("exchange through vessels that change", f"amount inside after {h + 1} h, relative", abs(done.ledger("drug", "inside.gel")[h + 1] / (PHI * 1e-9 * c) - 1), 1e-7)
report("exchange through vessels that change", "closure, of the gross turnover", done.closure(), 1e-12)
entered = done.ledger("drug", "plasma_in.gel")
assert entered[-1] == entered[-2], "vessels that are shut still give"
assert done.record["flow"]["pressure_solves"] >= 5, done.record["flow"]

# vessels where there were none; single vessels shut down
done = run("", "--quiet", text=BOX.format(area="", more="", changes="{at: 1 h, set: {vascular_density: 200 1/cm}}", end=2))
inside = done.ledger("drug", "inside.gel")
assert inside[1] == 0, inside
report("vessels where there were none", "amount inside after an hour, relative", abs(inside[2] / (PHI * 1e-9 * hour(0.0, AREA, LP)) - 1), 1e-7)
single = "vessels: {segments: [{from: [0 mm, 0.4 mm, 0.3 mm], to: [1 mm, 0.6 mm, 0.7 mm], radius: 5 um}]}\n"
for how in ("multiply: {vascular_density: 0}", "set: {vascular_density: 0 1/cm}"):
    done = run("", "--quiet", text=BOX.format(area="", more=single, changes=f"{{at: 1 h, {how}}}", end=2))
    entered = done.ledger("drug", "plasma_in.gel")
    assert entered[0] == 0 > entered[1] == entered[2], entered

# ---- everything on a mesh: the same on any number of ranks and on the guard backend

MESH = """elute: 1
title: a tumour whose core is ablated and whose matrix is digested
mesh: {geometry: cartesian, x: {from: -1 mm, to: 1 mm, cells: 14}, y: {from: -1 mm, to: 1 mm, cells: 12}, z: {from: -1 mm, to: 1 mm, cells: 4}}
tissues:
  normal: {hydraulic_conductivity: 6.4e-15 m2/(Pa s), vascular_density: 70 1/cm, vessel_conductivity: 2.7e-12 m/(Pa s), vessel_pressure: 1 kPa, lymph_conductance: 1e-7 1/(Pa s)}
  tumour:
    where: {sphere: {centre: [0 mm, 0 mm, 0 mm], radius: 0.7 mm}}
    hydraulic_conductivity: 3.1e-14 m2/(Pa s)
    vascular_density: 200 1/cm
    vessel_conductivity: 2.1e-11 m/(Pa s)
    vessel_pressure: 2 kPa
    vary: {hydraulic_conductivity: {lognormal: {sigma: 1, correlation_length: 0.3 mm, seed: 3}}, vascular_density: {lognormal: {sigma: 0.5, correlation_length: 0.2 mm, seed: 4}}}
species: {drug: {diffusivity: 1e-10 m2/s, permeability: 3e-8 m/s, reflection: 0.1}}
plasma: {drug: 1 uM}
flow: {model: darcy_starling, boundaries: {all: {pressure: 0 Pa}}}
changes:
  - {at: 1 h, where: {sphere: {centre: [0 mm, 0 mm, 0 mm], radius: 0.4 mm}}, set: {vascular_density: 0 1/cm}, multiply: {hydraulic_conductivity: 10}}
  - {at: 2 h, in: [tumour], multiply: {hydraulic_conductivity: 3, interstitial_fraction: 0.8}}
  - {at: 3 h, multiply: {diffusivity: 0.5}}
time: {end: 4 h, accuracy: 1e-4}
output: {every: 1 h}
"""


def amounts(done):
    return numpy.array([float(row["amount"]) for row in done.table("ledger.csv") if row["place"] != "closure"])


alone = run("", "--quiet", text=MESH)
for ranks, backend in ((0, "guard"), (2, "cpu"), (3, "cpu"), (5, "cpu")):
    other = run("", "--quiet", "--backend", backend, "--replay-steps", alone.directory, text=MESH, ranks=ranks)
    report("changes of flow and vessels on a mesh", f"ledger on {ranks or 1} ranks, {backend}, of the largest amount", abs(amounts(other) - amounts(alone)).max() / abs(amounts(alone)).max(), 1e-9)
    report("changes of flow and vessels on a mesh", f"pressure on {ranks or 1} ranks, {backend}, of the largest",
           max(abs(fields(other, state)[0]["pressure"] - fields(alone, state)[0]["pressure"]).max() for state in range(5)) / 2e3, 1e-9)
    assert other.closure() < 1e-12
report("changes of flow and vessels on a mesh", "closure, of the gross turnover", alone.closure(), 1e-12)
report("changes of flow and vessels on a mesh", "imbalance of fluid in a cell", alone.record["flow"]["largest_imbalance"], 1e-10)
still = run("", "--quiet", "--set", "changes.2.multiply.diffusivity=1", text=MESH)
assert still.record["flow"]["pressure_solves"] == alone.record["flow"]["pressure_solves"] >= 3

# ---- tissue that gives with the pressure: K = K_0 exp(a (p - p_0)), a = M/(lambda + 2 G); its flux is the gradient of exp(a (p - p_0)) K_0/a

GIVES = "dilatation: {{factor: {factor}, modulus: 10 kPa, reference_pressure: {reference} kPa}}"
PLATE = HEAD + MOMENT + """mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 1 mm, cells: {n}}}}}
tissues:
  gel: {{hydraulic_conductivity: 1e-14 m2/(Pa s), """ + GIVES + """}}
  stiff: {{hydraulic_conductivity: 3e-14 m2/(Pa s), where: {{half_space: {{point: [{stiff} mm], normal: [-1]}}}}}}
flow: {{model: darcy_starling, boundaries: {{x-: {{pressure: 8 kPa}}, x+: {{pressure: 1 kPa}}}}}}
"""


def plate(n, factor, reference, stiff):
    """Error of the flux, relative, and of the pressure, of 8 kPa; and the record."""
    done = solved(PLATE.format(n=n, factor=factor, reference=reference, stiff=stiff))
    a, grown = factor / 10e3, lambda p: math.exp(factor * (p / 10e3 - reference / 10))
    low, high = 1e3, 8e3  # between the tissues, where both carry the same
    for _ in range(200):
        middle = 0.5 * (low + high)
        gives = 1e-14 * (grown(8e3) - grown(middle)) / a / (stiff * 1e-3)
        low, high = (middle, high) if stiff < 1 and gives > 3e-14 * (middle - 1e3) / (1 - stiff) / 1e-3 else (low, middle)
    between = low if stiff < 1 else 1e3
    flux = 1e-14 * (grown(8e3) - grown(between)) / a / (stiff * 1e-3)
    x = (numpy.arange(n) + 0.5) / n
    gel = reference * 1e3 + numpy.log(grown(8e3) - numpy.minimum(x, stiff) / stiff * (grown(8e3) - grown(between))) / a
    exact = numpy.where(x < stiff, gel, between - (x - stiff) / (1 - min(stiff, 0.999)) * (between - 1e3))
    array = fields(done)[0]
    return abs(array["velocity"][0, 0, :, 0] / flux - 1).max(), abs(array["pressure"].ravel() - exact).max() / 8e3, done.record["flow"]


for factor, reference, stiff in ((1, 0, 1), (5, 2, 1), (5, 2, 0.5)):
    name = f"tissue that gives, M = {factor}" + (", beside one that does not" if stiff < 1 else "")
    errors = [plate(n, factor, reference, stiff) for n in (40, 80, 160)]
    if stiff == 1:  # exact on any mesh
        report(name, "flux between two pressures, 40 cells, relative", errors[0][0], 1e-8)
        report(name, "pressure, 40 cells, of 8 kPa", errors[0][1], 1e-8)
    else:
        report(name, "flux between two pressures, 160 cells, relative", errors[-1][0], 1e-5)
        report(name, "order of the flux", math.log2(errors[1][0] / errors[2][0]), 1.9, above=True)
        report(name, "order of the pressure", math.log2(errors[1][1] / errors[2][1]), 1.9, above=True)
    report(name, "rounds in which the conductivity followed", errors[-1][2]["conductivity_rounds"], 50)

# fluid infused into a cavity opens its way: exp(a p) at the wall is 1 + a Q (1/r_1 - 1/r_2)/(4 pi K_0); without dilatation p would be 214 kPa
CAVITY = HEAD + MOMENT + """mesh: {{geometry: spherical, r: {{from: 0.2 mm, to: 10 mm, cells: {n}, stretch: {stretch}}}}}
tissues: {{gel: {{hydraulic_conductivity: 3.1e-14 m2/(Pa s), dilatation: {{factor: 2, modulus: 20 kPa, reference_pressure: 0 Pa}}}}}}
flow: {{model: darcy_starling, boundaries: {{r-: {{inflow: 1 uL/min}}, r+: {{pressure: 0 Pa}}}}}}
"""
errors = []
for n, stretch in ((50, 1.08), (100, math.sqrt(1.08)), (200, 1.08 ** 0.25)):
    done = solved(CAVITY.format(n=n, stretch=stretch))
    array, edges = fields(done)
    r = 0.5 * (edges[0][1:] + edges[0][:-1])
    exact = 1e4 * numpy.log(1 + 1e-4 * 1e-9 / 60 / (4 * math.pi * 3.1e-14) * (1 / r - 1 / 10e-3))
    errors.append(abs(array["pressure"].ravel() - exact).max() / exact.max())
report("infusion into tissue that gives", "pressure, 200 cells, of the largest", errors[-1], 1e-4)
report("infusion into tissue that gives", "order of the pressure", math.log2(errors[1] / errors[2]), 1.9, above=True)
report("infusion into tissue that gives", "rounds in which the conductivity followed", done.record["flow"]["conductivity_rounds"], 50)

# drawn from one side, the tissue closes: no more than K_0 exp(a (p_1 - p_0))/(a L) can pass
DRAWN = HEAD + MOMENT + """mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 1 mm, cells: 40}}}}
tissues: {{gel: {{hydraulic_conductivity: 1e-14 m2/(Pa s), dilatation: {{factor: 5, modulus: 10 kPa, reference_pressure: 2 kPa}}}}}}
flow: {{model: darcy_starling, boundaries: {{x-: {{pressure: 2 kPa}}, x+: {{velocity: {speed} m/s}}}}}}
"""
most = 1e-14 / (5 / 10e3) / 1e-3
pressure = fields(solved(DRAWN.format(speed=-0.5 * most)))[0]["pressure"].ravel()
report("tissue that closes", "pressure at half of what can be drawn, of 2 kPa", abs(pressure - 2e3 - 2e3 * numpy.log(1 - 0.5 * (numpy.arange(40) + 0.5) / 40)).max() / 2e3, 1e-8)
failed = run("", "--quiet", text=DRAWN.format(speed=-1.5 * most), expect=3)
assert "the dilated conductivity did not settle in 100 solutions" in failed.stderr, failed.stderr

# with all the rest, an infusion and changes
SWOLLEN = MESH.replace("    hydraulic_conductivity: 3.1e-14", "    dilatation: {factor: 2, modulus: 5 kPa, reference_pressure: 500 Pa}\n    hydraulic_conductivity: 3.1e-14") \
    .replace("pressure: 0 Pa}}}", "pressure: 0 Pa}}, infusions: {drip: {where: {sphere: {centre: [0.1 mm, 0 mm, 0 mm], radius: 0.2 mm}}, rate: 0.2 uL/min, from: 90 min, to: 150 min}}}")
alone = run("", "--quiet", text=SWOLLEN)
for ranks, backend in ((0, "guard"), (2, "cpu"), (5, "cpu")):
    other = run("", "--quiet", "--backend", backend, "--replay-steps", alone.directory, text=SWOLLEN, ranks=ranks)
    report("dilatation with an infusion and changes", f"ledger on {ranks or 1} ranks, {backend}, of the largest amount", abs(amounts(other) - amounts(alone)).max() / abs(amounts(alone)).max(), 1e-8)
    assert other.closure() < 1e-12
report("dilatation with an infusion and changes", "imbalance of fluid in a cell", alone.record["flow"]["largest_imbalance"], 1e-10)
assert alone.record["flow"]["conductivity_rounds"] > 10, alone.record["flow"]

# ---- verify: what a case asserts of its pressure and of its flow is what the fields and run.json hold

SPHERE = HEAD + """time: {{end: 2 s, step: 1 s}}
constants: {{R: 4 mm}}
mesh: {{geometry: spherical, r: {{from: 0 mm, to: 4 mm, cells: 200}}}}
tissues: {{tumour: {{hydraulic_conductivity: 3e-14 m2/(Pa s), vascular_density: 200 1/cm, vessel_conductivity: 2e-11 m/(Pa s), vessel_pressure: 2 kPa, lymph_conductance: 1e-8 1/(Pa s), lymph_pressure: 100 Pa}}}}
flow: {{model: darcy_starling, boundaries: {{surface: {{pressure: 200 Pa}}}}}}
verify: [{verify}]
"""
rate = 2e4 * 2e-11 + 1e-8
plateau, alpha = (2e4 * 2e-11 * 2e3 + 1e-8 * 100) / rate, math.sqrt(rate / 3e-14)
formula = f"{plateau!r}+({200 - plateau!r})*R*sinh({alpha!r}*r)/(r*sinh({alpha!r}*R))"
place = plateau + (200 - plateau) * 4 / 3.6 * math.sinh(alpha * 3.6e-3) / math.sinh(alpha * 4e-3)
asserted = [f"pressure: yes, norm: l2, exact: {{formula: \"{formula}\", unit: Pa}}, below: 1e-3", f"pressure: yes, at: 1 s, point: [3.6 mm], equals: {place!r} Pa, within: 0.1 %",
            f"endpoint: peak_pressure, equals: {plateau!r} Pa, within: 1e-4", "endpoint: rim_pressure, above: 200 Pa, below: 300 Pa",
            "endpoint: filtration, above: 0 m3/s", "endpoint: lymph_flow, above: 0 m3/s", "endpoint: outflow, at: 1 s, above: 0 uL/min"]
for ranks in (0, 3):
    done = run("", text=SPHERE.format(verify=", ".join(f"{{{each}}}" for each in asserted)), ranks=ranks)
    obtained = {row["what"]: float(row["obtained"]) for row in done.table("verify.csv")}
    assert len(obtained) == len(asserted), obtained
    flow = done.record["flow"]
    report(f"verify of the flow, {ranks or 1} ranks", "endpoints against run.json, relative", max(
        abs(obtained[f"{name} [{unit}]"] / flow[key] - 1) for name, unit, key in (
            ("peak_pressure", "Pa", "peak_pressure_Pa"), ("rim_pressure", "Pa", "rim_pressure_Pa"), ("filtration", "m3/s", "filtration_m3_per_s"),
            ("lymph_flow", "m3/s", "lymph_m3_per_s"), ("outflow", "m3/s", "outflow_m3_per_s"))), 1e-14)
    array, edges = fields(done)
    r = 0.5 * (edges[0][1:] + edges[0][:-1])
    exact = plateau + (200 - plateau) * 4e-3 / r * numpy.sinh(alpha * r) / math.sinh(alpha * 4e-3)
    volume = numpy.diff(edges[0] ** 3)
    norm = math.sqrt((volume * (array["pressure"].ravel() - exact) ** 2).sum() / (volume * exact ** 2).sum())
    report(f"verify of the flow, {ranks or 1} ranks", "norm of the pressure against that of the field, relative", abs(obtained["pressure l2 error in all [relative]"] / norm - 1), 1e-9)
    report(f"verify of the flow, {ranks or 1} ranks", "filtration against lymph and outflow, relative",
           abs(obtained["filtration [m3/s]"] / (obtained["lymph_flow [m3/s]"] + obtained["outflow [m3/s]"]) - 1), 1e-9)
for wrong in ("pressure: yes, point: [3.6 mm], equals: 1 Pa, within: 10 %", "pressure: yes, point: [3.6 mm], above: 3 kPa", "endpoint: peak_pressure, below: 1 kPa"):
    failed = run("", text=SPHERE.format(verify=f"{{{wrong}}}"), expect=3)
    assert "MISSED" in failed.stdout + failed.stderr, failed.stdout
