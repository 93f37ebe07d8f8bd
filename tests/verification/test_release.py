"""Release from carriers: every law against its M(t), with and without transport, from starts that steps straddle; what a burst, a coat that
is shed, receptors, cells and bonds on a dendrimer do; V14 in domain words."""
import math
import os
import subprocess
import sys

import numpy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import PROGRAM, report, run, session

START, DOSE = 1.25, 1e-9  # h, mol
LAWS = {  # what the case says, and M by age in h
    "first_order": ("law: first_order, rate: 0.3 1/h", lambda a: 1 - math.exp(-0.3 * a)),
    "bi_exponential": ("law: bi_exponential, fraction: 0.3, fast: 2 1/h, slow: 0.1 1/h", lambda a: 1 - 0.3 * math.exp(-2 * a) - 0.7 * math.exp(-0.1 * a)),
    "zero_order": ("law: zero_order, time: 9 h", lambda a: min(a / 9, 1)),
    "higuchi": ("law: higuchi, released: 50 %, after: 2 h", lambda a: min(0.5 * math.sqrt(a / 2), 1)),
    "korsmeyer_peppas": ("law: korsmeyer_peppas, exponent: 0.43, time: 12 h", lambda a: min((a / 12) ** 0.43, 1)),
    "weibull_early": ("law: weibull, scale: 3 h, shape: 0.7", lambda a: 1 - math.exp(-((a / 3) ** 0.7))),
    "weibull_late": ("law: weibull, scale: 4 h, shape: 3", lambda a: 1 - math.exp(-((a / 4) ** 3))),
    "table": ("law: table, table: {time: [0 h, 1 h, 5 h, 9 h], value: [0, 0.4, 0.5, 1]}",
              lambda a: 0.4 * a if a < 1 else 0.4 + 0.025 * (a - 1) if a < 5 else min(0.5 + 0.125 * (a - 5), 1)),
    "thermosensitive": ("law: thermosensitive, field: T, low: 0.01 1/h, high: 1 1/h, melting: 41 degC, width: 0.4 K",
                        lambda a: 1 - math.exp(-(0.01 + 0.99 / (1 + math.exp((41 - 40.6) / 0.4))) * a)),
    "ph_decade": ("law: ph_decade, field: pH, neutral: 0.02 1/h, acid: 0.01 1/h, reference: 7.4", lambda a: 1 - math.exp(-(0.02 + 0.01 * 10 ** (7.4 - 6.4)) * a)),
    "light": ('law: first_order, rate: {field: light, formula: "0.1 + light", unit: 1/h}', lambda a: 1 - math.exp(-0.1 * a - max(0, min(a + START - 3, 2)))),
    "burst": ("law: weibull, scale: 3 h, shape: 0.7, burst: 10 %, releasable: 80 %", lambda a: 0.1 + 0.7 * (1 - math.exp(-((a / 3) ** 0.7)))),
    "enzyme": ("law: enzyme, enzyme: mmp, efficiency: 1e4 1/(M s)", lambda a: 1 - math.exp(-1e4 * 10e-9 * 3600 * a)),
}
OPEN = {"geometry: well_mixed, volume: 1 cm3": "", "geometry: cartesian, x: {from: 0 mm, to: 4 mm, cells: 12}": "at: [1.1 mm], radius: 0.6 mm, "}


def laws(names, mesh, diffusion=True, start=f"start: {START} h", accuracy="accuracy: 1e-7", end="14 h", every="1 h", more=""):
    drugs = ", ".join(f"{name}: {{diffusivity: {1e-10 if diffusion else 0} m2/s}}" for name in names)
    carries = ", ".join(f"{name}: {{release: {{{LAWS[name][0]}}}}}" for name in names)
    return f"""
elute: 1
title: laws of release
mesh: {{{mesh}}}
tissues: {{gel: {{interstitial_fraction: 0.4}}}}
fields: {{T: 40.6 degC, pH: 6.4, light: {{table: {{time: [0 h, 3 h, 5 h], value: [0, 1, 0], interpolation: previous}}}}}}
species: {{mmp: {{diffusivity: 1e-11 m2/s, initial: 10 nM}}}}
drugs: {{{drugs}}}
carriers: {{ship: {{diffusivity: 1e-11 m2/s, carries: {{{carries}}}}}}}
delivery: {{shot: {{give: ship, dose: {{{", ".join(name + f": {DOSE} mol" for name in names)}}}, {OPEN[mesh]}{start}}}}}
time: {{end: {end}, {accuracy}}}
output: {{every: {every}, vtk: no}}
{more}
"""


def errors(done, times=(START,), every=1.0):
    """The largest difference of the free drug from M(t), by name, as a share of all that is given."""
    worst = {}
    for name, (_, M) in LAWS.items():
        inside = done.ledger(name, "inside.gel")
        for i, amount in enumerate(inside):
            exact = sum(M(i * every - t) for t in times if i * every >= t)
            worst[name] = max(worst.get(name, 0), abs(amount / DOSE - exact) / len(times))
    return worst


WELL, BOX = OPEN
for mesh in OPEN:
    done = run("", text=laws(LAWS, mesh))
    where = "well mixed" if mesh == WELL else "with diffusion"
    for name, error in errors(done).items():
        report("release laws", f"{name}, {where}: share released against M(t)", error, 1e-6)
    report("release laws", f"ledger closure, {where}", done.closure(), 1e-12)

# At the default accuracy, which is that of a step.
done = run("", text=laws(LAWS, WELL, accuracy="accuracy: 1e-3"))
report("release laws", "the worst of all at the default accuracy of 1e-3", max(errors(done).values()), 1.5e-3)

# Steps of one length. The start stands wherever it stands: time is cut there. Order 3, and 2 b where M begins as a^b with b < 1.
ENDS = dict(end="5.25 h", every="5.25 h")
equal = {step: run("", text=laws(LAWS, WELL, accuracy=f"step: {step} min, method: ra34pw2", **ENDS)) for step in (16, 8)}
for name, order in (("weibull_late", 2.7), ("table", 2.7), ("zero_order", 2.6), ("weibull_early", 1.3), ("higuchi", 0.9)):
    off = [abs(done.ledger(name, "inside.gel")[-1] / DOSE - LAWS[name][1](4)) for done in equal.values()]
    report("release by age in equal steps", f"{name}: order", math.log2(off[0] / off[1]), order, above=True)
    report("release by age in equal steps", f"{name}: share released against M(t), steps of 8 min", off[1], 5e-4)


# Given three times, the third while steps are under way; each has its own age.
AGAIN = ["weibull_early", "zero_order", "burst", "bi_exponential"]
done = run("", text=laws(AGAIN, BOX, start=f"start: {START} h, every: 2.5 h, times: 3"))
for name, error in errors(done, times=(START, START + 2.5, START + 5)).items():
    if name in AGAIN:
        report("release by age, given three times", f"{name}: share released against the sum of M(t - t_i)", error, 1e-6)
amounts = {part: done.ledger(f"ship.weibull_early_{part}", "inside.gel") for part in (1, 2, 3)}
assert amounts[2][3] == 0 < amounts[2][4] and amounts[3][6] == 0 < amounts[3][7], amounts
report("release by age, given three times", "ledger closure", done.closure(), 1e-12)
for again in (os.path.join(done.directory, "case.yaml"), os.path.join(os.path.dirname(done.directory), "case-in.yaml")):
    command = [PROGRAM, "check", again, "--expand"]
    text = subprocess.run(command, capture_output=True, text=True, check=True, env=session(os.path.dirname(done.directory))).stdout
    assert run("", text=text).table("ledger.csv") == done.table("ledger.csv"), f"{again}: the expanded case gives another ledger"

# The same on the guard backend bit for bit, and by ranks and PETSc's own stepper.
AGES = ["weibull_early", "higuchi", "table"]
FLAT = laws(AGES, BOX, accuracy="accuracy: 1e-5").replace("cells: 12}", "cells: 6}, y: {from: 0 mm, to: 2 mm, cells: 4}").replace("at: [1.1 mm]", "at: [1.1 mm, 0.9 mm]")
done = run("", "--backend", "cpu", "--coefficients", "double", text=FLAT)
for backend, ranks, apart in (("guard", 0, 0), ("cpu", 2, 1e-10)):
    other = run("", "--coefficients", "double", "--backend", backend, "--replay-steps", done.directory, text=FLAT, ranks=ranks)
    worst = max(abs(float(a["amount"]) - float(b["amount"])) / DOSE for a, b in zip(other.table("ledger.csv"), done.table("ledger.csv")) if a["place"] != "closure")
    report("release by age", f"ledger on {ranks or 1} ranks, {backend}, largest difference as a share of the dose", worst, apart)
other = run("", "--stepper", "petsc", text=FLAT)
worst = {name: max(abs(a - b) / DOSE for a, b in zip(other.ledger(name, "inside.gel"), done.ledger(name, "inside.gel"))) for name in AGES}
report("release by age", "share released by --stepper petsc, largest difference", max(worst.values()), 2e-3)

# V14 in domain words: a depot in the middle of a sphere whose surface takes the drug away.
V14 = f"""
elute: 1
title: V14 in domain words
mesh: {{geometry: spherical, r: {{from: 0 mm, to: 2 mm, cells: 80}}}}
drugs: {{free: {{diffusivity: 5e-11 m2/s, degradation: {{rate: 1e-5 1/s}}}}}}
carriers: {{depot: {{diffusivity: 0 m2/s, carries: {{free: {{release: {{rate: 2e-5 1/s}}}}}}}}}}
delivery: {{needle: {{give: depot, dose: {4 / 3 * math.pi * 0.5e-3 ** 3!r} mol, at: [0 mm], radius: 0.5 mm}}}}
boundaries: {{surface: {{free: {{value: 0 mol/m3}}}}}}
time: {{end: 24 h, accuracy: 1e-5}}
output: {{every: 6 h, probes: {{c0: [0 mm], c1: [0.25 mm], c2: [0.5 mm], c3: [1 mm], c4: [1.5 mm]}}, vtk: no}}
"""
done = run("", text=V14)
exact = {(6, "c0"): 0.027235, (6, "c1"): 0.024497, (6, "c2"): 0.016303, (6, "c3"): 0.005362, (6, "c4"): 0.001754, (24, "c0"): 0.007714}
found = {(float(row["time_s"]) / 3600, row["probe"]): float(row["free_in_fluid_mol_per_m3"]) for row in done.table("probes.csv")}
report("V14 in domain words", "largest relative error of six values", max(abs(found[at] / value - 1) for at, value in exact.items()), 1e-3)
report("V14 in domain words", "ledger closure", done.closure(), 1e-12)

# Drug that is soon lost shows when it came, not only how much.
LOST = 2.0  # 1/h
nodes, weights = numpy.polynomial.legendre.leggauss(60)


def left(b, tau, age):
    """The integral of dM/ds exp(-LOST (age - s)) with M = 1 - exp(-(s/tau)^b), in x = (s/tau)^b."""
    x = 0.5 * (age / tau) ** b * (nodes + 1)
    return 0.5 * (age / tau) ** b * numpy.sum(weights * numpy.exp(-x - LOST * (age - tau * x ** (1 / b))))


done = run("", text=laws(["weibull_early", "weibull_late"], WELL, accuracy="accuracy: 1e-6").replace("diffusivity: 1e-10 m2/s}", f"diffusivity: 0 m2/s, degradation: {{rate: {LOST} 1/h}}}}"))
for name, b, tau in (("weibull_early", 0.7, 3), ("weibull_late", 3, 4)):
    worst = max(abs(amount / DOSE - left(b, tau, t - START)) for t, amount in enumerate(done.ledger(name, "inside.gel")) if t > START)
    report("release of a drug that decays", f"{name}: share that is there", worst, 1e-6)

# ---- given over some time: the convolution of M with what is given, and with carriers that are lost meanwhile

OVER = 3.0  # h
BY_AGE = ["zero_order", "higuchi", "korsmeyer_peppas", "weibull_early", "weibull_late", "table"]
GIVEN = f"duration: {OVER} h, age_classes: CLASSES"


def convolution(M, t, lost=0.0):
    """The share of a dose, given from START for OVER, that is free at t: the mean over the ages of the integral of exp(-lost a) dM(a), here
    exp(-lost a) M + lost integral of exp(-lost u) M(u) du, by the trapezoidal rule on ages that crowd at 0, where M is steep."""
    if t <= START:
        return 0.0
    ages = (t - START) * (numpy.arange(100001) / 1e5) ** 4
    m = numpy.exp(-lost * ages) * numpy.array([M(a) for a in ages])
    steps = numpy.diff(ages)
    free = m + lost * numpy.concatenate(([0], numpy.cumsum(0.5 * (m[1:] + m[:-1]) * steps)))
    whole = numpy.concatenate(([0], numpy.cumsum(0.5 * (free[1:] + free[:-1]) * steps)))
    return (whole[-1] - numpy.interp(max(0, t - START - OVER), ages, whole)) / OVER


HOURS = (2, 4, 5, 9, 14)
exact = {name: [convolution(LAWS[name][1], t) for t in HOURS] for name in BY_AGE}


def infused(names, classes, accuracy="accuracy: 1e-7", more=""):
    text = laws(names, WELL, start=f"start: {START} h, " + GIVEN.replace("CLASSES", str(classes)), accuracy=accuracy)
    return run("", text=text.replace("carries: {", more + "carries: {", 1))


def apart(done, name, exact):
    found = done.ledger(name, "inside.gel")
    return max(abs(found[t] / DOSE - e) for t, e in zip(HOURS, exact))


for classes in (1, 3):
    done = infused(BY_AGE, classes)
    for name in BY_AGE:
        report("release of what is given over some time", f"{name}, {classes} age classes: share released against the convolution", apart(done, name, exact[name]), 1e-6)
    report("release of what is given over some time", f"ledger closure, {classes} age classes", done.closure(), 1e-12)
done = infused(BY_AGE, 4, "accuracy: 1e-3")
report("release of what is given over some time", "the worst of all at the default accuracy of 1e-3", max(apart(done, name, exact[name]) for name in BY_AGE), 1.5e-3)
# carriers that are destroyed at 0.3 1/h: classes of ages converge, with their square or, where M begins as a^b with b < 1, with power 1 + b
two = ["higuchi", "weibull_late"]
exact = {name: [convolution(LAWS[name][1], t, 0.3) for t in HOURS] for name in two}
runs = {classes: infused(two, classes, "accuracy: 1e-6", "degradation: {rate: 0.3 1/h, payload: destroyed}, ") for classes in (1, 2, 4, 8)}
for name, order in (("higuchi", 1.1), ("weibull_late", 1.8)):
    off = {classes: apart(done, name, exact[name]) for classes, done in runs.items()}
    report("release of what is given over some time", f"{name}, carriers lost at 0.3 1/h: error of 4 classes, share of the dose", off[4], 4e-3)
    report("release of what is given over some time", f"{name}, carriers lost at 0.3 1/h: order from 2 to 8 classes", math.log2(off[2] / off[8]) / 2, order, above=True)

# by every route: a law that does not mind its age (weibull of shape 1) is first order, however its carrier is given, and however often
ROUTES = """
elute: 1
title: routes
mesh: {geometry: spherical, r: {from: 0 mm, to: 2 mm, cells: 20}}
tissues: {gel: {interstitial_fraction: 0.3, hydraulic_conductivity: 3e-14 m2/(Pa s), vascular_density: 100 1/cm}}
flow: {model: darcy_starling, boundaries: {surface: {pressure: 0 Pa}}}
drugs: {a: {diffusivity: 1e-11 m2/s}}
carriers: {ship: {diffusivity: 1e-12 m2/s, permeability: 1e-8 m/s, carries: {a: {release: {LAW}}}}}
delivery: {shot: {give: ship, dose: 1 nmol, ROUTE, start: 5 min, duration: 20 min, every: 25 min, times: 2}}
time: {end: 70 min, accuracy: 1e-6}
output: {vtk: no, every: 10 min}
"""
BODY = "plasma: {ship.a: {two_compartment: {clearance: 3 L/h, volume: 5 L}}}\n"
for route in ("route: depot, radius: 0.8 mm, lost_along_track: 0.2", "route: infusion, radius: 0.5 mm, rate: 0.05 uL/min, ramp: 10 min", "route: intravenous",
              "route: intra_arterial, territory: [gel], flow: 20 mL/min, extraction: 0.2"):
    done, again = (run("", "--coefficients", "double", text=ROUTES.replace("ROUTE", how).replace("LAW", law) + BODY * ("intra" in how)) for how, law in (
        (route, "law: first_order, rate: 1 1/h"), (route + ", age_classes: 3", "law: weibull, scale: 1 h, shape: 1")))
    known, found = (numpy.array(each.ledger("a", "inside.gel")) for each in (done, again))
    assert known[-1] > 0
    report("release of what is given over some time", f"{route.split(',')[0]}, twice: a law that does not mind age against first order, relative to the last", abs(found - known).max() / known[-1], 1e-5)


def mixed(carriers, dose, end="10 h", more="", drugs="{a: {}}"):
    return run("", text=f"""
elute: 1
title: carriers
mesh: {{geometry: well_mixed, volume: 1 cm3}}
drugs: {drugs}
carriers: {carriers}
delivery: {{shot: {{give: ship, dose: {dose}}}}}
time: {{end: {end}, accuracy: 1e-8}}
output: {{every: 1 h, vtk: no}}
{more}
""")


def shares(done, species):
    return [amount / DOSE for amount in done.ledger(species, "inside.tissue")]


# A coat that is shed: two carriers, the second faster.
K1, K2, S = 0.05, 0.4, 0.3  # 1/h
done = mixed(f"{{ship: {{carries: {{a: {{per_carrier: 50, release: {{rate: {K1} 1/h}}}}}}, becomes: {{carrier: bare, rate: {S} 1/h}}}}, "
             f"bare: {{carries: {{a: {{per_carrier: 50, release: {{rate: {K2} 1/h}}}}}}}}}}", f"{{ship: {DOSE / 50} mol}}")
first = [math.exp(-(K1 + S) * t) for t in range(11)]
second = [S * (math.exp(-(K1 + S) * t) - math.exp(-K2 * t)) / (K2 - K1 - S) for t in range(11)]
for what, species, exact in (("in the coat", "ship.a", first), ("without", "bare.a", second), ("free", "a", [1 - x - y for x, y in zip(first, second)]),
                             ("carriers without", "bare", [(1 - math.exp(-S * t)) / 50 for t in range(11)])):
    report("coat that is shed", f"{what}: share of the dose", max(abs(x - y) for x, y in zip(shares(done, species), exact)), 1e-7)
BY_AGE = "release: {law: weibull, scale: 3 h, shape: 0.7, releasable: 80 %}"
done = mixed(f"{{ship: {{carries: {{a: {{{BY_AGE}}}}}, becomes: {{carrier: bare, rate: {S} 1/h}}}}, bare: {{carries: {{a: {{{BY_AGE}}}}}}}}}", f"{DOSE} mol")
worst = max(abs(x - 0.8 * (1 - math.exp(-((t / 3) ** 0.7)))) for t, x in enumerate(shares(done, "a")))
report("coat that is shed", "release that does not mind goes on by the age since it was given", worst, 1e-7)

# Ligands: the carrier takes receptors, its load goes with it.
done = mixed("{ship: {carries: {a: {per_carrier: 100, release: {rate: 0 1/h}}}, targets: {R: {k_on: 1e6 1/(M s), k_off: 1e-3 1/s}}}}", f"{DOSE} mol",
             more="species: {R: {mobile: no, initial: 8 nM}}")
free, bound, receptors = (done.ledger(name, "inside.tissue")[-1] / 1e-6 for name in ("ship", "ship.on_R", "R"))  # mol/m3
report("carriers on receptors", "K_D from what is free and bound, relative", abs(free * receptors / bound / 1e-6 - 1), 1e-6)
report("carriers on receptors", "receptors free and bound, relative", abs((receptors + bound) / 8e-6 - 1), 1e-12)
report("carriers on receptors", "load on a bound carrier, relative", abs(done.ledger("ship.a.on_R", "inside.tissue")[-1] / done.ledger("ship.on_R", "inside.tissue")[-1] / 100 - 1), 1e-9)

# Cells: taken up at a rate, released inside at another.
U, R = 0.2, 0.5  # 1/h
done = mixed(f"{{ship: {{carries: {{a: {{release: {{rate: 0 1/h}}}}}}, uptake: {{rate: {U} 1/h, release_inside: {{rate: {R} 1/h}}}}}}}}", f"{DOSE} mol")
inside = [U * (math.exp(-U * t) - math.exp(-R * t)) / (R - U) for t in range(11)]
report("carriers taken up", "load inside: share of the dose", max(abs(x - y) for x, y in zip(shares(done, "ship.a.inside"), inside)), 1e-7)
report("carriers taken up", "drug inside: share of the dose", max(abs(x - (1 - y - math.exp(-U * t))) for t, (x, y) in enumerate(zip(shares(done, "a.inside"), inside))), 1e-7)

# A dendrimer with eight arms, half of them taken at random: what is left stays binomial.
K = 0.1
done = mixed(f"{{ship: {{carries: {{a: {{arms: 8, loading: 0.5, resolve_arms: yes, release: {{rate: {K} 1/h}}}}}}}}}}", f"{DOSE} mol")
worst, carriers = 0, DOSE / 4
for n in range(9):
    for t, amount in enumerate(done.ledger(f"ship.a.n{n}", "inside.tissue")):
        p = 0.5 * math.exp(-K * t)
        worst = max(worst, abs(amount / carriers - math.comb(8, n) * p ** n * (1 - p) ** (8 - n)))
report("bonds on a dendrimer", "share of the carriers with n bonds left, against the binomial distribution", worst, 1e-7)
report("bonds on a dendrimer", "free drug: share of the dose", max(abs(x - 1 + math.exp(-K * t)) for t, x in enumerate(shares(done, "a"))), 1e-7)
conjugated = [sum(n * done.ledger(f"ship.a.n{n}", "inside.tissue")[t] for n in range(9)) + done.ledger("a", "inside.tissue")[t] for t in range(11)]
report("bonds on a dendrimer", "drug bound and free, relative to carriers x arms x loading", max(abs(x / (done.ledger("ship", "inside.tissue")[0] * 4) - 1) for x in conjugated), 1e-12)

# An empty share that stays, and falls apart with the carrier; destroyed, the rest is not freed.
G = 0.05
for fate, end in (("released", 1.0), ("destroyed", 0.7 * 0.4 / (0.4 + G) + 0.1)):
    done = mixed(f"{{ship: {{carries: {{a: {{release: {{rate: 0.4 1/h, burst: 10 %, releasable: 80 %}}}}}}, degradation: {{rate: {G} 1/h, payload: {fate}}}}}}}", f"{DOSE} mol", end="400 h")
    report("carriers that fall apart", f"payload {fate}: share free in the end", abs(shares(done, "a")[-1] - end), 1e-7)

# The name of a load that is divided stands for all its parts: in sums, lists, conditions and rows of the ledger.
NAMED = """
elute: 1
title: totals by the name of a load
mesh: {x: {from: 0 mm, to: 1 mm, cells: 8}}
tissues: {gel: {interstitial_fraction: 0.4}}
species: {R: {mobile: no, initial: 5 uM}}
drugs: {a: {diffusivity: 1e-10 m2/s}}
carriers:
  ship:
    diffusivity: 1e-11 m2/s
    carries: {a: {per_carrier: 100, release: {law: weibull, scale: 1 h, shape: 0.7, releasable: 90 %}}}
    targets: {R: {k_on: 1e2 1/(M s), k_off: 1e-4 1/s}}
delivery: {shot: {give: ship, dose: {a: 1 nmol}, at: [0.5 mm], radius: 0.2 mm, duration: 30 min, start: 1 min, age_classes: 2}, more: {give: ship, dose: {a: 1 nmol}, at: [0.5 mm], radius: 0.2 mm, start: 40 min}}
boundaries: {x-: {ship.a: {value: 0 uM}}}
time: {end: 1 h, accuracy: 1e-4}
output:
  every: 30 min
  fields: [ship.a]
  probe_species: [ship.a, ship.a.on_R]
  probes: {p: [0.3 mm]}
  endpoints: {in_ships: {kind: amount, of: [ship.a, ship.a.on_R]}, share: {kind: occupancy, of: ship.a, over: [ship.a, ship.a.on_R, a]}, parts: {kind: split, parts: {free: a, loaded: [ship.a, ship.a.on_R]}}}
verify:
  - {species: ship.a, total_in: gel, equals: LOADED mol, within: 1e-12}
  - {species: [ship.a, ship.a.on_R, a], total_in: all, equals: ALL mol, within: 1e-12}
  - {species: ship.a, point: [0.3 mm], equals: POINT mol/m3, within: 1e-12}
  - {species: ship.a, as: tissue, norm: linf, exact: 0 uM, absolute: yes, below: 1 mM}
  - {ledger: ship.a.shot, equals: -1 nmol, within: 1e-12}
  - {ledger: ship.a.more, equals: -1 nmol, within: 1e-12}
  - {ledger: ship.a.x-, equals: GONE mol, within: 1e-12}
"""
first = run("", "--coefficients", "double", text=NAMED[:NAMED.index("verify:")])
last = [row for row in first.table("ledger.csv") if float(row["time_s"]) == 3600]
found = {"LOADED": sum(float(row["amount"]) for row in last if row["place"] == "inside.gel" and row["species"].startswith("ship.a_") and "on_R" not in row["species"]),
         "ALL": sum(float(row["amount"]) for row in last if row["place"] == "inside.gel" and (row["species"] == "a" or row["species"].startswith("ship.a"))),
         "GONE": sum(float(row["amount"]) for row in last if row["place"] == "x-"),
         "POINT": sum(float(x) for key, x in first.table("probes.csv")[-1].items() if key.startswith("ship.a_") and key.endswith("_in_fluid_mol_per_m3"))}
text = NAMED
for key, value in found.items():
    text = text.replace(key, repr(value))
done = run("", "--coefficients", "double", "--replay-steps", first.directory, text=text)  # exit code 3 where one is missed
assert all(row["verdict"] == "ok" for row in done.table("verify.csv")) and len(done.table("verify.csv")) == 7
with open(os.path.join(done.directory, "endpoints.csv")) as file:
    in_ships = float(file.read().splitlines()[-1].split(",")[1])
    a = next(float(row["amount"]) for row in last if row["species"] == "a" and row["place"] == "inside.gel")
    report("the name of a divided load", "endpoint over both names against all less what is free, relative", abs(in_ships / (found["ALL"] - a) - 1), 1e-12)
command = [PROGRAM, "check", os.path.join(done.directory, "case.yaml"), "--expand"]
expanded = subprocess.run(command, capture_output=True, text=True, check=True, env=session(os.path.dirname(done.directory))).stdout
report("the name of a divided load", "criteria that the expanded case misses", sum(row["verdict"] != "ok" for row in run("", "--coefficients", "double", "--replay-steps", first.directory, text=expanded).table("verify.csv")), 0)
