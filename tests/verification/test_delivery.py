"""What is delivered is in the ledger: the dose of every route, with what was lost and what went outside, to rounding; a repeated
infusion against the exact solution of its box; baths and covers against the conditions they stand for."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import report, run

ROUTES = """
elute: 1
title: every route
mesh: {geometry: cartesian, x: {from: -2 mm, to: 2 mm, cells: 20}, y: {from: -2 mm, to: 2 mm, cells: 20}, z: {from: -2 mm, to: 2 mm, cells: 20}}
tissues:
  muscle: {interstitial_fraction: 0.2}
  tumour: {interstitial_fraction: 0.4, where: {SHAPE}, vary: {interstitial_fraction: {lognormal: {sigma: 0.2, correlation_length: 0.5 mm, seed: 1}}}}
drugs: {a: {diffusivity: 1e-10 m2/s, molar_mass: 500 g/mol}}
carriers: {lipo: {diffusivity: 1e-12 m2/s, carries: {a: {release: {rate: 1e-9 1/h}}}}}
delivery: {shot: {WHAT}}
time: {end: 3 h, accuracy: 1e-2}
output: {vtk: no}
"""
SHAPES = {
    "sphere": "sphere: {radius: 1 mm}", "ellipsoid": "ellipsoid: {semi_axes: [1 mm, 0.8 mm, 0.9 mm]}", "box": "box: {from: [-1 mm, -1 mm, -1 mm], to: [1 mm, 1 mm, 1 mm]}",
    "cylinder": "cylinder: {from: [-1 mm, 0 mm, 0 mm], to: [1 mm, 0 mm, 0 mm], radius: 0.8 mm}", "capsule": "capsule: {from: [-0.5 mm, 0 mm, 0 mm], to: [0.5 mm, 0 mm, 0 mm], radius: 0.8 mm}",
}
# name: what, dose in all (mol), what of it enters
WAYS = {
    "ellipsoid depot, three times, losses": ("give: lipo, dose: {a: 1 ug}, at: [0 mm, 0 mm, 0 mm], semi_axes: [0.3 mm, 0.2 mm, 0.2 mm], lost_along_track: 0.2, outside_fraction: 0.25, every: 1 h, times: 3", 6e-9, 0.8),
    "concentration times volume, slowly, twice": ("give: lipo, concentration: {a: 2 mg/mL}, volume: 0.1 uL, at: [0.5 mm, 0 mm, 0 mm], duration: 20 min, lost_along_track: 0.1, outside_fraction: 0.5, outside_reach: 3, every: 1 h, times: 2", 8e-10, 0.9),
    "deposits of points and side holes": ("give: lipo, dose: 1 nmol, route: deposits, points: [[0 mm, 0.4 mm, 0 mm]], tracks: [{from: [-0.5 mm, 0 mm, 0 mm], to: [0.5 mm, 0 mm, 0 mm], holes: 5}], volume: 0.1 uL", 1e-9, 1),
    **{f"layer around a {shape}": ("give: lipo, dose: 2 nmol, route: peritumoural, around: tumour, thickness: 0.4 mm", 2e-9, 1) for shape in SHAPES},
}
for name, (what, dose, share) in WAYS.items():
    shape = name.split()[-1] if name.startswith("layer") else "sphere"
    done = run("", "--quiet", text=ROUTES.replace("SHAPE", SHAPES[shape]).replace("WHAT", what))
    assert done.closure() < 1e-12
    rows = [(row["place"], float(row["amount"])) for row in done.table("ledger.csv") if float(row["time_s"]) == 10800 and row["species"] == "lipo.a"]
    given = -sum(amount for place, amount in rows if place.startswith("shot") and not place.endswith(".lost"))
    lost = sum(amount for place, amount in rows if place.endswith(".lost"))
    inside = sum(amount for place, amount in rows if place.startswith("inside") or place == "lipo_a_release")
    report(f"delivery: {name}", "given in the ledger against the dose, relative", abs(given / dose - 1), 1e-13)
    report(f"delivery: {name}", "given less lost against what is inside, relative", abs((given - lost) / inside - 1), 1e-12)
    assert abs(lost - (1 - share) * dose) <= 1e-13 * dose, (name, lost)
    if name.startswith("layer"):
        tumour = dict(rows)["inside.tumour"]
        assert tumour < 0.2 * dose, (name, tumour, "a layer around the tumour is hardly in it")

# what goes outside lies around the depot: at once, and evenly, from 0.4 to 1.2 mm; beyond 0.8 mm is (1.2^3 - 0.8^3)/(1.2^3 - 0.4^3) of it
AROUND = ROUTES.replace(", vary: {interstitial_fraction: {lognormal: {sigma: 0.2, correlation_length: 0.5 mm, seed: 1}}}", "").replace("SHAPE", "sphere: {radius: 0.8 mm}")
AROUND = AROUND.replace("WHAT", "give: lipo, dose: 1 nmol, at: [0 mm, 0 mm, 0 mm], radius: 0.4 mm, outside_fraction: 0.3, outside_reach: 3")
options = [f"--set={each}" for each in ("time.end=1 ms", "tissues.muscle.interstitial_fraction=0.4", *(f"mesh.{axis}.cells=40" for axis in "xyz"))]
beyond = run("", "--quiet", *options, text=AROUND).ledger("lipo.a", "inside.muscle")[0] / 1e-9
report("delivery: share outside", "amount beyond twice the depot's radius, relative", abs(beyond / (0.3 * (1.728 - 0.512) / (1.728 - 0.064)) - 1), 0.02)

# a bath and a cover are what they stand for
SURFACE = """
elute: 1
title: a surface
mesh: {geometry: cartesian, x: {from: 0 mm, to: 1 mm, cells: 30}}
tissues: {gel: {interstitial_fraction: 0.3}}
drugs: {a: {diffusivity: 1e-10 m2/s}}
WHAT
time: {end: 3 h, accuracy: 1e-4}
output: {at: [30 min, 1 h, 2 h]}
"""
TABLE = "{table: {time: [0 min, 20 min, 50 min, 80 min, 110 min], value: [0 uM, 2 uM, 0 uM, 2 uM, 0 uM], interpolation: previous}}"
for name, word, generic in (("bath", "route: bath", f"value: {TABLE}"), ("topical", "route: topical, coefficient: 1e-7 m/s", f"transfer: {{coefficient: 1e-7 m/s, outside: {TABLE}}}")):
    mine = run("", "--quiet", text=SURFACE.replace("WHAT", f"delivery: {{wash: {{give: a, {word}, surface: x+, concentration: 2 uM, start: 20 min, duration: 30 min, every: 1 h, times: 2}}}}"))
    other = run("", "--quiet", text=SURFACE.replace("WHAT", f"boundaries: {{x+: {{a: {{{generic}}}}}}}"))
    assert mine.ledger("a", "x+") == other.ledger("a", "x+") and mine.ledger("a", "x+")[-1] != 0, name
    report(f"delivery: {name}", "ledgers that differ from those of the boundary condition", 0, 0)

# a pump that takes its time, with fluid that flows back along the needle: what enters has the concentration of what is there, and stays so
PUMP = """
elute: 1
title: a pump with a ramp, and backflow
mesh: {geometry: cartesian, x: {from: -2 mm, to: 2 mm, cells: 16}, y: {from: -2 mm, to: 2 mm, cells: 16}, z: {from: -2 mm, to: 2 mm, cells: 16}}
tissues: {gel: {interstitial_fraction: 0.3, hydraulic_conductivity: 3e-14 m2/(Pa s)}}
drugs: {a: {diffusivity: 1e-11 m2/s, initial: 1 mM}}
flow: {model: darcy_starling, boundaries: {all: {pressure: 0 Pa}}}
delivery:
  drip: {give: a, concentration: 1 mM, HOW, ramp: 10 min, route: infusion, at: [0 mm, 0 mm, 0 mm], radius: 0.5 mm, start: 5 min, duration: 30 min,
         backflow: {length: 1.2 mm, radius: 0.3 mm, towards: [0 mm, 0 mm, 2 mm]}}
time: {end: 40 min, accuracy: 1e-4}
output: {vtk: no, at: [15 min, 35 min, 40 min]}
verify: [{species: a, norm: linf, exact: 1 mM, below: 1e-10}]
"""
by_rate = run("", "--quiet", "--coefficients", "double", text=PUMP.replace("HOW", "rate: 0.1 uL/min"))
given = by_rate.ledger("a", "drip")
report("delivery: a ramp", "what has entered when it ends, half of what the full rate gives, relative", abs(-given[-3] / (1e-10 / 60 * 300) - 1), 1e-12)
report("delivery: a ramp", "what has entered in all, relative", abs(-given[-1] / (1e-10 / 60 * 1500) - 1), 1e-12)
assert by_rate.record["flow"]["pressure_solves"] == 10, by_rate.record["flow"]  # before, eight steps, after
by_volume = run("", "--quiet", "--coefficients", "double", text=PUMP.replace("HOW", "volume: 2.5 uL"))
report("delivery: a ramp", "by volume against by rate, relative", abs(by_volume.ledger("a", "drip")[-1] / given[-1] - 1), 1e-13)

# an artery: more in the plasma of its territory while it is given, and what passes goes round
ARTERY = """
elute: 1
title: into an artery
mesh: {x: {from: 0 mm, to: 2 mm, cells: 20}}
tissues:
  muscle: {vascular_density: 70 1/cm, interstitial_fraction: 0.2}
  tumour: {vascular_density: 200 1/cm, interstitial_fraction: 0.3, where: {box: {from: [0 mm], to: [1 mm]}}}
drugs: {a: {diffusivity: 1e-12 m2/s, permeability: 1e-8 m/s}}
BODY
delivery:
  catheter: {give: a, dose: 2 umol, route: intra_arterial, territory: [tumour], flow: 20 mL/min, extraction: 0.2, duration: 10 min, start: 5 min, every: 20 min, times: 2}
time: {end: 1 h, accuracy: 1e-6}
output: {vtk: no}
"""
alone = run("", "--quiet", text=ARTERY.replace("BODY\n", ""))
more = 0.8 * 2e-6 / 20e-6  # mol/m3: dose over the plasma that flows by meanwhile
report("delivery: an artery", "what entered its territory, P S/V (1 - E) dose/flow, relative",
       abs(-alone.ledger("a", "catheter_in.tumour")[-1] / (1e-8 * 2e4 * 1e-3 * more * 2 * 60) - 1), 1e-9)
assert {row["place"] for row in alone.table("ledger.csv")} >= {"plasma.tumour", "plasma.muscle"}  # what leaves goes into the blood everywhere
BODY = "plasma: {a: {two_compartment: {clearance: 30 L/h, volume: 5 L}}}\n"
both = run("", "--quiet", text=ARTERY.replace("BODY\n", BODY))
vein = run("", "--quiet", text=ARTERY.replace("BODY\n", BODY).replace("dose: 2 umol", "dose: 1.6 umol").replace("intra_arterial, territory: [tumour], flow: 20 mL/min, extraction: 0.2", "intravenous"))
report("delivery: an artery", "what it brings elsewhere against a vein's, relative", abs(both.ledger("a", "plasma_in.muscle")[-1] / vein.ledger("a", "plasma_in.muscle")[-1] - 1), 1e-5)
report("delivery: an artery", "what it brings by itself in a body, relative", abs(both.ledger("a", "catheter_in.tumour")[-1] / alone.ledger("a", "catheter_in.tumour")[-1] - 1), 1e-12)
