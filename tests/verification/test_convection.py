"""Convection: Ogata-Banks (V06) with order and numerical diffusion, a depot that drifts (V03 under uniform flow), uniform concentration
in flows that diverge, bounds, mirror images, hindrance, the ledger, ranks and backends, Courant numbers beyond the stable range."""
import math
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import fields, report, run

# ---- V06: c = (erfc((x - vt)/2 sqrt(Dt)) + exp(vx/D) erfc((x + vt)/2 sqrt(Dt)))/2, the second term by erfcx

V, D, T = 1e-7, 1e-11, 7200.0


def erfc_scaled(z):  # exp(z^2) erfc(z), z > 0
    return math.exp(z * z) * math.erfc(z) if z < 20 else 1 / (z * math.sqrt(math.pi)) * (1 - 1 / (2 * z * z) + 3 / (4 * z**4))


def ogata(x, d):
    s = 2 * math.sqrt(d * T)
    return 0.5 * (math.erfc((x - V * T) / s) + math.exp(-(((x - V * T) / s) ** 2)) * erfc_scaled((x + V * T) / s))


for x, value in {0.2: 0.971355, 0.5: 0.815763, 0.72: 0.598985, 1.0: 0.294464, 1.5: 0.027941}.items():
    assert abs(ogata(x * 1e-3, D) - value) < 1e-6, x

BANKS = """elute: 1
title: Ogata and Banks
mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 3 mm, cells: {cells}}}}}
tissues: {{tissue: {{interstitial_fraction: 0.2}}}}
species: {{u: {{diffusivity: 1e-11 m2/s}}}}
flow: {{model: prescribed, velocity: [2e-8 m/s], advection: {advection}}}
boundaries: {{x-: {{u: {{value: 1 mol/m3}}}}}}
time: {{end: 7200 s, accuracy: {accuracy}}}
"""


def banks(cells, advection, accuracy=1e-5):
    """Cells, centres and the record: the pore velocity is u/phi."""
    done = run("", "--quiet", text=BANKS.format(cells=cells, advection=advection, accuracy=accuracy))
    assert done.closure() < 1e-12, done.closure()
    found, edges = fields(done)
    return found["u_in_fluid"][0, 0], 0.5 * (edges[0][1:] + edges[0][:-1]), done


def difference(c, x, d):
    exact = [ogata(a, d) for a in x]
    return math.sqrt(sum((a - b) ** 2 for a, b in zip(c, exact)) / sum(b * b for b in exact))


errors = {n: difference(*banks(n, "limited")[:2], D) for n in (30, 60, 120, 240)}
report("V06", "relative L2 error, limited, cell Peclet number 1", errors[30], 0.01)
report("V06", "order of the limited scheme, 60 to 240 cells", math.log2(errors[60] / errors[240]) / 2, 1.7, above=True)
c, x, done = banks(30, "upwind")
record = done.record["flow"]
assert abs(record["cell_peclet"]["u"] - 1) < 1e-9 and abs(record["numerical_diffusion_m2_per_s"]["u"] - V * 1e-4 / 2) < 1e-20, record
for n in (60, 120):  # D + vh/2 is the first term of an expansion in the cell Peclet number
    c, x, _ = banks(n, "upwind")
    own, added = difference(c, x, D), difference(x=x, c=[ogata(a, D + V * 3e-3 / n / 2) for a in x], d=D)
    report("V06", f"error of upwind over that of D + vh/2, less one, cell Peclet number {30 / n:g}", abs(own / added - 1), 0.1)

# ---- V03 under uniform flow: the depot's solution about a centre that drifts with u/phi, any direction

DRIFT = """elute: 1
title: a depot that drifts
mesh: {geometry: cartesian, x: {from: -1.5 mm, to: 2 mm, cells: 56}, y: {from: -1.5 mm, to: 1.75 mm, cells: 52}, z: {from: -1.5 mm, to: 1.5 mm, cells: 48}}
tissues: {tissue: {interstitial_fraction: 0.5}}
species: {u: {diffusivity: 5e-11 m2/s}}
sources: [{species: u, where: {sphere: {centre: [0 mm, 0 mm, 0 mm], radius: 0.5 mm}}, amount: 261.79938779914943 pmol}]
flow: {model: prescribed, velocity: [0.3 um/s, 0.15 um/s, 0 m/s]}
time: {end: 600 s, accuracy: 1e-3}
"""


def depot(r, a=0.5e-3, d=5e-11, t=600.0):
    s = math.sqrt(4 * d * t)
    near = 2 * a / (s * math.sqrt(math.pi)) * math.exp(-((a / s) ** 2))
    if r < 1e-9:
        return math.erf(a / s) - near
    return 0.5 * (math.erf((a + r) / s) + math.erf((a - r) / s)) - s / (2 * math.sqrt(math.pi) * r) * (math.exp(-(((a - r) / s) ** 2)) - math.exp(-(((a + r) / s) ** 2)))


assert abs(depot(0) - 0.755980) < 2e-6 and abs(depot(1e-3) - 0.008446) < 1e-6
done = run("", "--quiet", text=DRIFT)
assert done.closure() < 1e-12
found, edges = fields(done)
mid = [0.5 * (e[1:] + e[:-1]) for e in edges]
top = bottom = 0.0
for k, z in enumerate(mid[2]):
    for j, y in enumerate(mid[1]):
        for i, x in enumerate(mid[0]):
            exact = depot(math.dist((x, y, z), (0.36e-3, 0.18e-3, 0)))
            top, bottom = top + (found["u_in_fluid"][k, j, i] - exact) ** 2, bottom + exact**2
report("V03 under uniform flow", "relative L2 error, h = a/8", math.sqrt(top / bottom), 0.02)
report("V03 under uniform flow", "Courant number at most", done.record["steps"]["largest_courant_number"], 1.5 * (1 + 1e-6))

# ---- uniform concentration in a flow that diverges, with sources that match

UNIFORM = """elute: 1
title: uniform concentration in a flow with sources
mesh: {geometry: cartesian, x: {from: -1 mm, to: 1 mm, cells: 15}, y: {from: -1 mm, to: 1 mm, cells: 14}, z: {from: -1 mm, to: 1 mm, cells: 13, stretch: 1.1}}
tissues:
  gel: {interstitial_fraction: 0.3, hydraulic_conductivity: 1e-14 m2/(Pa s)}
  ball: {interstitial_fraction: 0.6, hydraulic_conductivity: 4e-14 m2/(Pa s), where: {sphere: {centre: [0.3 mm, 0 mm, 0 mm], radius: 0.4 mm}}}
drugs: {u: {diffusivity: 1e-11 m2/s, initial: 2 uM}}
delivery: {drip: {give: u, dose: 2 pmol, route: infusion, at: [-0.2 mm, 0.1 mm, 0 mm], radius: 0.25 mm, volume: 1 uL, duration: 1 h}}
flow: {model: darcy_starling, boundaries: {x-: {pressure: 1 kPa}, x+: {pressure: 0 Pa}, y+: {pressure: 0 Pa}}}
boundaries: {x-: {u: {value: 2 uM}}}
time: {end: 90 min, accuracy: 1e-3}
"""
for advection in ("limited", "upwind"):
    done = run("", "--quiet", "--coefficients", "double", "--set", f"flow.advection={advection}", text=UNIFORM)
    u = fields(done)[0]["u_in_fluid"]
    report("uniform concentration, divergent flow", f"{advection}, largest deviation, relative", abs(u / 2e-3 - 1).max(), 1e-10)
    report("uniform concentration, divergent flow", f"{advection}, ledger", done.closure(), 1e-12)
    assert done.record["flow"]["pressure_solves"] == 2, done.record["flow"]
    report("infusion", f"{advection}, dose in the ledger, relative", abs(done.ledger("u", "drip")[-1] / -2e-12 - 1), 1e-12)

# ---- pure advection keeps bounds, and its mirror image is its image

BLOCK = """elute: 1
title: a block that is carried along
mesh: {{geometry: cartesian, x: {{from: -1 mm, to: 1 mm, cells: 40}}, y: {{from: -1 mm, to: 1 mm, cells: 40}}}}
species: {{u: {{diffusivity: 0 m2/s, initial: {{formula: "abs(x-{sign}0.3e-3)<0.3e-3 && abs(y)<0.4e-3 ? 1 : 0", unit: mol/m3}}}}}}
flow: {{model: prescribed, velocity: [{{formula: "{minus}1e-6*(1+y*y*1e6)", unit: m/s}}, 0 m/s]}}
time: {{end: 10 min, accuracy: 1e-3, method: ra34pw2, largest_step: 10 s}}
"""
there = run("", "--quiet", text=BLOCK.format(sign="-", minus=""))
back = run("", "--quiet", text=BLOCK.format(sign="", minus="-"))
u, mirror = fields(there)[0]["u_in_fluid"], fields(back)[0]["u_in_fluid"]
report("pure advection of a block", "above 1 or below 0 by at most", max(u.max() - 1, -u.min()), 1e-3)
report("pure advection of a block", "mirror image, relative", abs(mirror - u[:, :, ::-1]).max() / u.max(), 1e-9)
report("pure advection of a block", "peak left, of 1", u.max(), 0.9, above=True)
assert max(there.closure(), back.closure()) < 1e-12

# ---- hindrance: what enters at full concentration and is carried at f collects until f c = c_in

HINDERED = """elute: 1
title: hindered convection
mesh: {geometry: cartesian, x: {from: 0 mm, to: 1 mm, cells: 20}}
tissues: {left: {interstitial_fraction: 0.3}, right: {interstitial_fraction: 0.3, where: {half_space: {point: [0.5 mm], normal: [-1]}}}}
species: {u: {diffusivity: 0 m2/s, convective_hindrance: 0.8, in: {right: {convective_hindrance: 0.4}}}}
flow: {model: prescribed, velocity: [0.1 um/s]}
boundaries: {x-: {u: {value: 1 uM}}}
time: {end: 10 h, accuracy: 1e-4}
"""
done = run("", "--quiet", text=HINDERED)
u = fields(done)[0]["u_in_fluid"][0, 0]
report("hindered convection", "steady concentration, 1/f, relative", max(abs(u[2:9] * 0.8e3 - 1).max(), abs(u[12:] * 0.4e3 - 1).max()), 1e-3)
assert done.closure() < 1e-12

# ---- everything at once: ledger, ranks, backends, PETSc's integrator on the same residual

ALL = """elute: 1
title: flow, vessels, lymph, an infusion, held tissue
mesh: {geometry: cylindrical, r: {from: 0 mm, to: 2 mm, cells: 16}, z: {from: -2 mm, to: 2 mm, cells: 22, stretch: 1.03}}
tissues:
  gel: {interstitial_fraction: 0.3, hydraulic_conductivity: 1e-14 m2/(Pa s), lymph_conductance: 1e-8 1/(Pa s)}
  tumour:
    interstitial_fraction: 0.5
    hydraulic_conductivity: {formula: "3e-14*(1+0.3*sin(4000*z))", unit: m2/(Pa s)}
    vascular_density: 200 1/cm
    vessel_conductivity: 2.1e-11 m/(Pa s)
    vessel_pressure: 11.5 mmHg
    where: {sphere: {centre: [0 mm, 0 mm], radius: 1 mm}}
  bath: {hydraulic_conductivity: 1e-13 m2/(Pa s), where: {box: {from: [1 mm, 1.6 mm], to: [2 mm, 2 mm]}}}
species: {s: {mobile: no}}
drugs: {u: {diffusivity: 1e-11 m2/s, convective_hindrance: 0.7, in: {tumour: {partition: 2}}}, w: {diffusivity: 2e-12 m2/s, sorption_factor: 2}}
reactions: [{equation: "u -> s", rate: 1e-4 1/s}]
delivery: {drip: {give: u, dose: 1 nmol, route: infusion, at: [0 mm, 0.2 mm], radius: 0.3 mm, volume: 1 uL, start: 10 min, duration: 30 min, lost_along_track: 0.1}}
hold: {bath: {u: {value: {formula: "1e-3*(1+t/3600)", unit: mol/m3}}, w: {value: 3 uM}}}
flow: {model: darcy_starling, boundaries: {surface: {pressure: 0 Pa}, z-: {velocity: 0.05 um/s}, z+: {pressure: 200 Pa}}}
boundaries: {z-: {w: {value: {formula: "1e-3*(1+sin(t/900))", unit: mol/m3}}}}
time: {end: 1 h, accuracy: 1e-3}
output: {every: 10 min}
"""
done = run("", "--quiet", text=ALL)
report("everything at once", "ledger", done.closure(), 1e-12)
report("everything at once", "dose in the ledger, relative", max(abs(done.ledger("u", "drip")[-1] / -0.9e-9 - 1), abs(done.ledger("u", "drip_track.lost")[-1] / 0.1e-9 - 1)), 1e-12)
assert done.record["flow"]["pressure_solves"] >= 3 and done.record["flow"]["highest_pressure_Pa"] > done.record["flow"]["peak_pressure_Pa"], done.record["flow"]
base = fields(done)[0]
for what, options, ranks in [("2 ranks", (), 2), ("3 ranks", (), 3), ("4 ranks", (), 4), ("guard backend", ("--backend", "guard"), 0)]:
    other = run("", "--quiet", "--replay-steps", done.directory, *options, text=ALL, ranks=ranks)
    assert other.closure() < 1e-12
    found = fields(other)[0]
    report("everything at once", f"{what}, same steps, largest difference, relative",
           max(abs(found[n] - base[n]).max() / abs(base[n]).max() for n in ("u_in_fluid", "w_in_fluid", "s_in_tissue", "pressure", "velocity")), 1e-9)
fine = fields(run("", "--quiet", "--set", "time.accuracy=1e-5", text=ALL))[0]
for stepper, more in (("petsc", ("-ts_type", "bdf")), ("petsc-assembled", ("-ts_type", "bdf", "-pc_type", "bjacobi"))):
    found = fields(run("", "--quiet", "--set", "time.accuracy=1e-5", "--stepper", stepper, "--", *more, text=ALL))[0]
    report("everything at once", f"{stepper} bdf against the W-method, accuracy 1e-5, relative", abs(found["u_in_fluid"] - fine["u_in_fluid"]).max() / abs(fine["u_in_fluid"]).max(), 1e-3)

# ---- Courant numbers: shortened a little beyond the stable range, GMRES far beyond

FAST = """elute: 1
title: a slow source in quick fluid
mesh: {geometry: cartesian, x: {from: 0 mm, to: 2 mm, cells: 40}, y: {from: 0 mm, to: 1 mm, cells: 20}}
species: {u: {diffusivity: 1e-10 m2/s}}
sources: [{species: u, where: {sphere: {centre: [0.4 mm, 0.5 mm], radius: 0.2 mm}}, rate: 1 pmol/s}]
flow: {model: prescribed, velocity: [5 um/s, 1 um/s]}
time: {end: 12 h, accuracy: 1e-3}
"""
done = run("", "--quiet", text=FAST)
steps = done.record["steps"]
assert steps["gmres_stages"] > 0 and steps["largest_courant_number"] > 10 * steps["courant_number_of_gmres"], steps
small = run("", "--quiet", "--set", "time.largest_step=5 s", "--set", "time.end=1 h", text=FAST)
assert small.record["steps"]["gmres_stages"] == 0
a, b = fields(done)[0]["u_in_fluid"], fields(small)[0]["u_in_fluid"]
report("quick fluid", "steady plume by GMRES against small steps, relative", abs(a - b).max() / b.max(), 5e-3)
report("quick fluid", "accepted steps over 12 h", steps["accepted"], 200)
report("quick fluid", "ledger", max(done.closure(), small.closure()), 1e-12)
