"""Receptors and what binds them, in domain words: kinetics and equilibria with closed forms (V22), two arms in detailed balance, drugs that
compete, totals of drug and receptor, proteins, and the fronts that binding makes (V11, V12) on a line, in a sphere and embedded in 3-D."""
import math
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import report, run

PHI = 0.2  # the free drug is in a fifth of the tissue: what binds counts per volume of tissue, what drives it per volume of fluid
MIXED = """
elute: 1
title: binding in a well-mixed tissue
mesh: {geometry: well_mixed, volume: 1 uL}
tissues: {gel: {interstitial_fraction: 0.2}}
receptors: {RECEPTORS}
drugs: {DRUGS}
hold: {HOLD}
time: TIME
output: {vtk: no, at: [AT]}
"""


def mixed(receptors, drugs, time, at="", hold=""):
    text = MIXED.replace("RECEPTORS", receptors).replace("DRUGS", drugs).replace("AT]", at + "]").replace("HOLD", hold).replace("TIME", time)
    return run("", "--quiet", text=text.replace("hold: {}\n", "") if not hold else text)


def inside(done, species, tissue="gel"):
    """nM of tissue at each output."""
    return [amount / 1e-9 * 1e6 for amount in done.ledger(species, f"inside.{tissue}")]


def kept(drug, nanomolar):
    return f"{drug}: {{value: {nanomolar!r} nM}}"


# ---- V22: one arm, a concentration that is kept

for c, equilibrium in ((4, 0.5), (10, 0.714286)):
    rate = 6.7e5 * c * 1e-9 + 2.68e-3
    done = mixed("pd_1: {density: 0.46 nM}", "anti: {binds: {pd_1: {k_on: 6.7e5 1/(M s), k_off: 2.68e-3 1/s}}}", "{end: 2 h, accuracy: 1e-7}", "129.32 s, 300 s", "gel: {" + kept("anti", c) + "}")
    bound = [b / 0.46 for b in inside(done, "anti.pd_1")]
    if c == 4:
        report("binding (V22)", "bound after the half-time 129.32 s at 4 nM, against half of the equilibrium, relative", abs(bound[1] / (equilibrium / 2) - 1), 2e-5)
    report("binding (V22)", f"occupancy in time at {c} nM, phi 0.2", max(abs(b - equilibrium * (1 - math.exp(-rate * t))) for b, t in zip(bound, (0, 129.32, 300, 7200))), 1e-6)

# ---- two arms: detailed balance, and an avidity that is not K_D

K_D, TOTAL = 7.2, 5.0  # nM


def two_arms(c, chi):
    """Free sites, one arm, both: R + 2 R c/K + 2 chi c R^2/K^2 = B_T"""
    a, b = 2 * chi * c / K_D**2, 1 + 2 * c / K_D
    free = (math.sqrt(b * b + 4 * a * TOTAL) - b) / (2 * a)
    return free, 2 * c * free / K_D, chi * c * free**2 / K_D**2


worst = 0
for c, chi in ((0.72, 10.0), (7.2, 10.0), (7.2, 0.1), (200.0, 10.0)):
    done = mixed("r: {density: 5 nM}", f"igg: {{binds: {{r: {{k_on: 5e5 1/(M s), k_d: {K_D} nM, valency: 2, chi: {chi}}}}}}}", "{until: steady, tolerance: 1e-10, at_most: 30 d, accuracy: 1e-6}", "", "gel: {" + kept("igg", c) + "}")
    found = [inside(done, name)[-1] for name in ("r", "igg.r", "igg.r.both")]
    worst = max(worst, max(abs(f / e - 1) for f, e in zip(found, two_arms(c, chi))))
report("two arms", "free sites, one arm and both in detailed balance, relative", worst, 1e-7)
low, high = 1e-6, K_D
while high / low > 1 + 1e-12:  # where half of the sites are free
    middle = math.sqrt(low * high)
    low, high = (middle, high) if two_arms(middle, 10.0)[0] > TOTAL / 2 else (low, middle)
done = mixed("r: {density: 5 nM}", f"igg: {{binds: {{r: {{k_on: 5e5 1/(M s), k_d: {K_D} nM, valency: 2, chi: 10}}}}}}", "{until: steady, tolerance: 1e-10, at_most: 30 d, accuracy: 1e-6}", "", "gel: {" + kept("igg", low) + "}")
report("two arms", "sites free at the avidity, against one half", abs(inside(done, "r")[-1] / TOTAL - 0.5), 1e-7)
report("two arms", "K_D of one arm over the avidity (chi 10, K_D 7.2 nM, 5 nM of sites)", K_D / low, 4, above=True)

# ---- competition

done = mixed("r: {density: 5 nM}", "a: {binds: {r: {k_on: 4.3e5 1/(M s), k_d: 0.4 nM}}}, b: {binds: {r: {k_on: 6.7e5 1/(M s), k_off: 2.68e-3 1/s}}}", "{until: steady, tolerance: 1e-10, at_most: 30 d, accuracy: 1e-6}", "", "gel: {" + kept("a", 1.0) + ", " + kept("b", 12.0) + "}")
sites = 1 + 1 / 0.4 + 12 / 4
report("competition", "shares of two drugs for one receptor, relative", max(abs(inside(done, "a.r")[-1] / (5 * 2.5 / sites) - 1), abs(inside(done, "b.r")[-1] / (5 * 3 / sites) - 1)), 1e-7)

# ---- totals: every drug molecule and every receptor is somewhere

DIFFUSING = """
elute: 1
title: totals
mesh: {geometry: spherical, r: {from: 0 um, to: 200 um, cells: 16}}
tissues: {gel: {interstitial_fraction: 0.2}}
receptors: {r: {density: {formula: "5e-6*(1+r/1e-4)", unit: mol/m3}}}
drugs: {d: {diffusivity: 1e-11 m2/s, initial: {formula: "1e-3*exp(-r/5e-5)", unit: mol/m3}, BINDS}}
time: {end: 6 h, accuracy: 1e-3}
output: {vtk: no, every: 1 h}
"""
for what, binds, receptors in (
        ("taken in, returned", "binds: {r: {k_on: 4.3e5 1/(M s), k_off: 1e-3 1/s, valency: 2, chi: 5, internalisation: 1e-4 1/s, receptor: returned, recycling: 2e-4 1/s}}", {"r": 1, "d.r": 1, "d.r.both": 2}),
        ("taken in and back with it", "binds: {r: {k_on: 4.3e5 1/(M s), k_off: 1e-3 1/s, internalisation: 1e-4 1/s, recycling: 2e-4 1/s}}", {"r": 1, "d.r": 1, "d.inside": 1})):
    done = run("", "--quiet", text=DIFFUSING.replace("BINDS", binds))
    drug = {"d": 1, "d.r": 1, "d.inside": 1, **({"d.r.both": 1} if "d.r.both" in receptors else {})}
    for name, parts in (("drug", drug), ("receptors", receptors)):
        totals = [sum(n * a for n, a in zip(parts.values(), amounts)) for amounts in zip(*(done.ledger(s, "inside.gel") for s in parts))]
        assert max(done.ledger("d.r", "inside.gel")) > 0.01 * totals[0], "hardly anything was bound"
        report("totals", f"{name}, receptor {what}: change in six hours, relative", max(abs(t / totals[0] - 1) for t in totals), 1e-12)
    assert done.closure() < 1e-12, done.closure()

# turnover: taken in at k_e, made and lost at k_t, the free sites settle at k_t B/(k_t + k_e c k_on/(k_off + k_e))
done = mixed("r: {density: 5 nM, turnover: 1 1/d}", "d: {binds: {r: {k_on: 4.3e5 1/(M s), k_off: 1.72e-4 1/s, internalisation: 1e-4 1/s}}, inside: {degradation: 1e-4 1/s}}", "{until: steady, tolerance: 1e-10, at_most: 90 d, accuracy: 1e-6}", "", "gel: {" + kept("d", 0.4) + "}")
binds, turnover = 4.3e5 * 0.4e-9 / (1.72e-4 + 1e-4), 1 / 86400
free = turnover * 5 / (turnover + 1e-4 * binds)
report("turnover", "free, bound and inside at rest, relative", max(abs(inside(done, s)[-1] / e - 1) for s, e in (("r", free), ("d.r", free * binds), ("d.inside", free * binds))), 1e-6)

# ---- proteins

done = mixed("r: {density: 0 nM}", "d: {initial: 1 uM, protein_binding: {fraction_bound: 0.75, rate: 0.01 1/s}}, cis: {initial: 1 uM, protein_binding: {irreversible: 0.3 1/h}}", "{end: 1 h, accuracy: 1e-7}", "100 s")
for name, exact in (("d", [0, 0.75 * (1 - math.exp(-1)), 0.75 * (1 - math.exp(-36))]), ("cis", [0] + [1 - math.exp(-0.3 * t / 3600) for t in (100, 3600)])):
    report("proteins", f"bound share of {'a reversible' if name == 'd' else 'an irreversible'} binder", max(abs(b / 200 - e) for b, e in zip(inside(done, f"{name}.protein"), exact)), 1e-6)

# ---- V11: a front into irreversible sites, one-phase Stefan

D, B = 1e-11, 41e-6  # m2/s, mol/m3
PLANE = f"""
elute: 1
title: binding front (V11)
mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 1 mm, cells: 200}}}}
tissues: {{gel: {{interstitial_fraction: 0.2}}}}
receptors: {{r: {{density: {B!r} mol/m3}}}}
drugs: {{d: {{diffusivity: {D!r} m2/s, binds: {{r: {{k_on: {{formula: "{1e4 * PHI * D / (B * 1e-6)!r}", unit: m3/(mol s)}}, k_off: 0 1/s}}}}}}}}
boundaries: {{x-: {{d: {{value: {B / PHI!r} mol/m3}}}}}}
time: {{end: {(0.5e-3 / (2 * 0.6200626)) ** 2 / D!r} s, accuracy: 1e-4}}
output: {{vtk: no}}
"""
done = run("", "--quiet", text=PLANE)
report("binding front (V11)", "depth at Da 1e4, St 1, 200 cells, relative", abs(done.ledger("d.r", "inside.gel")[-1] / (B * 0.5e-3) - 1), 2e-3)

# ---- V12: a core that shrinks

R, SUPPLY = 2e-4, 0.005  # m, phi c_s/B_T
TAU = B * R * R / (6 * D * SUPPLY * B)
SPHERE = f"""
elute: 1
title: shrinking core (V12)
mesh: {{geometry: spherical, r: {{from: 0 m, to: {R!r} m, cells: 200}}}}
tissues: {{gel: {{interstitial_fraction: 0.2}}}}
receptors: {{r: {{density: {B!r} mol/m3}}}}
drugs: {{d: {{diffusivity: {D!r} m2/s, binds: {{r: {{k_on: {1e5 * PHI * D / (B * R * R)!r} m3/(mol s), k_off: 0 1/s}}}}}}}}
boundaries: {{surface: {{d: {{value: {SUPPLY * B / PHI!r} mol/m3}}}}}}
time: {{end: {0.9 * TAU!r} s, accuracy: 1e-2}}
output: {{vtk: no, at: [AROUND]}}
"""
exact = {xi: 1 - 3 * xi**2 + 2 * xi**3 for xi in (0.75, 0.5, 0.25)}  # of tau
times = [t + d for t in exact.values() for d in (-0.005, 0.005)]
done = run("", "--quiet", text=SPHERE.replace("AROUND", ", ".join(f"{t * TAU!r} s" for t in times)))
sites = B * 4 / 3 * math.pi * R**3
taken = [b / sites for b in done.ledger("d.r", "inside.gel")][1:]
for i, (xi, t) in enumerate(exact.items()):
    at = times[2 * i] + 0.01 * (1 - xi**3 - taken[2 * i]) / (taken[2 * i + 1] - taken[2 * i])
    report("shrinking core (V12)", f"time at which the core has shrunk to {xi}, St 0.005, Da 1e5, of tau", abs(at - t), 5e-3)

# ---- the same embedded in a 3-D bath, an eighth of it: factorisation against GMRES at the same accuracy

axis = "{from: 0 um, to: 208 um, cells: 8}"
EMBEDDED = (SPHERE.replace(f"geometry: spherical, r: {{from: 0 m, to: {R!r} m, cells: 200}}", f"geometry: cartesian, x: {axis}, y: {axis}, z: {axis}")
            .replace("gel: {interstitial_fraction: 0.2}", f"bath: {{interstitial_fraction: 0.2}}, gel: {{interstitial_fraction: 0.2, where: {{sphere: {{radius: {R!r} m}}}}}}")
            .replace(f"density: {B!r} mol/m3", f"density: {{tissue: {{gel: {B!r} mol/m3}}}}")
            .replace("boundaries: {surface: {d: {", "hold: {bath: {d: {")
            .replace("at: [AROUND]", f"every: {TAU / 50!r} s").replace(f"end: {0.9 * TAU!r} s, accuracy: 1e-2", f"end: {TAU / 5!r} s, accuracy: 1e-3"))
factored, whole = (run("", "--quiet", text=EMBEDDED.replace("accuracy: 1e-3", "accuracy: 1e-3" + linear)) for linear in ("", ", linear: gmres"))
taken, reference = (each.ledger("d.r", "inside.gel") for each in (factored, whole))
report("shrinking core in 3-D", "bound amount, as the guard has it against GMRES, of all sites, at accuracy 1e-3", max(abs(a - b) for a, b in zip(taken, reference)) / (sites / 8), 1e-3)
xi = 0.7128593  # 1 - 3 xi^2 + 2 xi^3 = 0.2
report("shrinking core in 3-D", "bound share at t = tau/5 on eight cells per radius, against the core's", abs(taken[-1] / factored.ledger("r", "inside.gel")[0] - (1 - xi**3)), 0.1)

# ---- V18 with sixteen species in a field: five copies that exchange what, being equal, changes nothing, and a witness

COPIES = [f"{name}{i}" for i in range(5) for name in "abc"]
equations = []
for i in range(5):
    equations += [f'{{equation: "a{i} -> b{i}", rate: 0.04 1/s}}', f'{{equation: "2 b{i} -> b{i} + c{i}", rate: 3e7 m3/(mol s)}}', f'{{equation: "b{i} + c{i} -> a{i} + c{i}", rate: 1e4 m3/(mol s)}}',
                  f'{{equation: "b{i} <-> b{(i + 1) % 5}", forward: 10 1/s, backward: 10 1/s}}']
STIFF = f"""
elute: 1
title: Robertson's problem, sixteen species (V18)
mesh: {{geometry: cartesian, x: {{from: 0 m, to: 1 m, cells: 3}}}}
species:
  {", ".join(f"{s}: {{mobile: no, initial: {1 if s[0] == 'a' else 0} mol/m3}}" for s in COPIES).replace("}, ", "}" + chr(10) + "  ")}
  w: {{mobile: no, initial: 1 mol/m3}}
reactions: [{", ".join(equations)}, {{equation: "w + c0 -> c0", rate: 1e-6 m3/(mol s)}}]
time: {{end: 4e5 s, accuracy: 1e-8}}
output: {{vtk: no, at: [40 s]}}
"""
done = run("", "--quiet", text=STIFF)
for state, exact in ((1, (0.71582706872, 9.1855347646e-6, 0.28416374575)), (2, (4.9382745e-3, 1.9849940880e-8, 0.99506170563))):
    found = [done.ledger(s, "inside.tissue")[state] for s in COPIES]
    report("Robertson, sixteen species (V18)", f"y at t = {(40, 4e5)[state - 1]:g} s, relative", max(abs(f / exact["abc".index(s[0])] - 1) for f, s in zip(found, COPIES)), 1e-5)
    report("Robertson, sixteen species (V18)", "sum of y less 1", max(abs(sum(found[3 * i:3 * i + 3]) - 1) for i in range(5)), 1e-12)
