"""Cells in domain words: uptake and transport against an ODE solved apart (El-Kareh & Secomb), laws of killing against closed forms, what
dying cells leave, receptors that grow and go with their cells, signals that cells make, and what is easily mistaken (physics H)."""
import math
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import report, run

N0, AVOGADRO = 2e14, 6.02214076e23  # cells/m3
MIXED = """
elute: 1
title: cells in a well-mixed tissue
mesh: {geometry: well_mixed, volume: 1 uL}
tissues: {gel: {interstitial_fraction: 0.4}}
time: {end: END, accuracy: 1e-7}
output: {vtk: no, at: [AT]}
"""


def mixed(words, end, at="", tissue=""):
    done = run("", "--quiet", text=MIXED.replace("END", end).replace("AT]", at + "]").replace("0.4}", "0.4" + tissue + "}") + words)
    assert done.closure() < 1e-12, done.record["ledger_closure_of"]
    return done


def inside(done, species):
    """mol (or cells) per m3 of tissue at each output."""
    return [amount * 1e9 for amount in done.ledger(species, "inside.gel")]


def apart(found, exact):
    return max(abs(f / e - 1) for f, e in zip(found, exact))


# ---- El-Kareh & Secomb: V_max [C_e/(C_e + K_e phi) - C_i/(C_i + K_i)] per cell, here with K_e on the fluid; the ODE by Runge and Kutta

V, KE, KI, MASS = 2.8e-6 * 1e-12 / 60, 0.219e-3, 1.37e-5 * 1e-12, 0.5435  # kg/s, kg/m3, kg of one cell; kg/mol
words = f"""
cells: {{tumour: {{density: {N0} 1/m3}}}}
drugs:
  dox: {{molar_mass: 543.5 g/mol, initial: 1 ug/mL, uptake: {{law: saturable, by: tumour, v_max: 2.8e-6 ng/min, k_outside: 0.219 ug/mL, k_inside: 1.37e-5 ng}}, inside: {{degradation: 0.1 1/h}}}}
"""


def derivative(outside, content):
    flux = V * (outside / (outside + KE * 0.4) - content / (content + KI))  # C_e is per tissue: C_e/(C_e + K_e phi) = c/(c + K_e)
    return -N0 * flux, flux - 0.1 / 3600 * content


def runge_kutta(outside, content, seconds, steps):
    h = seconds / steps
    for _ in range(steps):
        k1 = derivative(outside, content)
        k2 = derivative(outside + h / 2 * k1[0], content + h / 2 * k1[1])
        k3 = derivative(outside + h / 2 * k2[0], content + h / 2 * k2[1])
        k4 = derivative(outside + h * k3[0], content + h * k3[1])
        outside += h / 6 * (k1[0] + 2 * k2[0] + 2 * k3[0] + k4[0])
        content += h / 6 * (k1[1] + 2 * k2[1] + 2 * k3[1] + k4[1])
    return outside / MASS, N0 * content / MASS


done = mixed(words, "3 h", "10 min, 1 h")
for i, seconds in enumerate((600, 3600, 10800)):
    exact = runge_kutta(0.4e-3, 0.0, seconds, 20000)
    report("uptake (El-Kareh & Secomb)", f"free and inside after {seconds} s, relative to an ODE solved apart", apart((inside(done, "dox")[i + 1], inside(done, "dox.inside")[i + 1]), exact), 1e-6)

# linear uptake: first order of the tissue or of each cell, the same when the numbers are
done = mixed(f"cells: {{tumour: {{density: {N0} 1/m3}}}}\ndrugs: {{a: {{initial: 1 uM, uptake: {{rate: 0.4 1/h}}, inside: {{efflux: 0.2 1/h}}}}, b: {{initial: 1 uM, uptake: {{by: tumour, rate: {0.4 * 0.4 / N0!r} m3/h}}, inside: {{efflux: 0.2 1/h}}}}}}", "2 h")
share = 2 / 3 * (1 - math.exp(-0.6 * 2))
report("uptake, linear", "share inside after 2 h, of tissue and of cells, relative", apart([inside(done, f"{d}.inside")[-1] / 4e-4 for d in "ab"], [share, share]), 1e-6)

# ---- killing, by a concentration that is kept

HELD = "hold: {gel: {d: {value: 2 uM}}}\n"


def killed(how, end="3 d", drugs="d: {}", at="1 d", more=HELD, extra=""):
    return mixed(f"cells: {{tumour: {{density: {N0} 1/m3, {how}}}}}\ndrugs: {{{drugs}}}\n" + more + extra, end, at)


days = (0, 1, 3)
done = killed("killed_by: {d: {k_max: 0.9 1/d, ec50: 3 uM, n: 1.5}}")
rate = 0.9 * 2**1.5 / (3**1.5 + 2**1.5)
report("killing", "E_max with exponent 1.5, relative", apart(inside(done, "tumour"), [N0 * math.exp(-rate * t) for t in days]), 1e-6)
done = killed("killed_by: {d: {law: auc, alpha: 0.02 1/(uM h)}}")
report("killing", "log-kill, relative", apart(inside(done, "tumour"), [N0 * math.exp(-0.02 * 48 * t) for t in days]), 1e-6)
done = killed("killed_by: {d: {law: auc, alpha: 0.002 1/(uM h), beta: 2e-4 1/(uM2 h2)}}")
exact = [N0 * math.exp(-0.002 * auc - 2e-4 * auc**2) for auc in (48 * t for t in days)]
report("killing", "-ln survival = alpha AUC + beta AUC^2, relative to all", max(abs(f - e) for f, e in zip(inside(done, "tumour"), exact)) / N0, 1e-6)
report("killing", "AUC in the fluid at phi 0.4, relative", abs(inside(done, "d.auc")[-1] / (2e-3 * 3 * 86400) - 1), 1e-7)
done = killed("death: 0.05 1/d, killed_by: {d: {k_max: 0.9 1/d, ec50: 2 uM}, e: {k_max: 0.5 1/d, ec50: 1 uM}}", drugs="d: {}, e: {}", more="hold: {gel: {d: {value: 2 uM}, e: {value: 1 uM}}}\n")
exact = [N0 * math.exp(-0.45 * t) * math.exp(-0.25 * t) * math.exp(-0.05 * t) for t in days]
report("killing", "two drugs: survivals multiply (Bliss independence), relative", apart(inside(done, "tumour"), exact), 1e-6)
# cisplatin's IC50 falls from 19.5 to 6.8 uM between 37 and 43 C (doi:10.1080/10717544.2020.1862364)
survivors = []
for celsius, ec50 in ((37, 19.5), (40, math.sqrt(19.5 * 6.8)), (43, 6.8)):
    done = killed('killed_by: {d: {k_max: 0.9 1/d, ec50: {field: temperature, formula: "19.5e-3*(6.8/19.5)^((temperature-310.15)/6)", unit: mol/m3}}}', extra=f"fields: {{temperature: {273.15 + celsius} K}}\n")
    survivors.append(apart(inside(done, "tumour")[1:], [N0 * math.exp(-0.9 * 2 / (2 + ec50) * t) for t in days[1:]]))
report("killing", "sensitised by heat, 37, 40 and 43 C, relative", max(survivors), 1e-6)
# the same where the temperature is solved, 43 C that perfusion brings back to 37 C: by the fluid's 10 uM, and by what one cell holds of an
# amount that stays; ln N by Runge and Kutta
HEATED = """
heat: {blood: {density: 1000 kg/m3, heat_capacity: 3780 J/(kg K)}}
sources: [{species: temperature, amount: 22.68 mJ}]
cells:
  free: {density: 2e14 1/m3, killed_by: {d: {k_max: 2 1/h, n: 2, ec50: {field: temperature, formula: "19.5*(6.8/19.5)^((temperature-310.15)/6)", unit: uM}}}}
  full: {density: 2e14 1/m3, killed_by: {e: {k_max: 2 1/h, n: 2, of: inside, ec50: {field: temperature, formula: "1.95e-18*(6.8/19.5)^((temperature-310.15)/6)", unit: mol}}}}
drugs: {d: {}, e: {uptake: {by: full, rate: 0 m3/s}}}
hold: {gel: {d: {value: 10 uM}, e.inside: {value: 0.2 uM}}}
"""
done = mixed(HEATED, "1 h", "20 min", tissue=", perfusion: 1e-3 1/s")


def survivors_of(content, until, steps=500):
    """content(N/N0): over ec50 at 37 C."""
    def slope(t, log):
        return -2 / 3600 / (1 + ((6.8 / 19.5) ** math.exp(-1e-3 * t) / content(math.exp(log))) ** 2)
    h, log = until / steps, 0.0
    for j in range(steps):
        k1 = slope(j * h, log)
        k2 = slope((j + 0.5) * h, log + h / 2 * k1)
        k3 = slope((j + 0.5) * h, log + h / 2 * k2)
        log += h / 6 * (k1 + 2 * k2 + 2 * k3 + slope((j + 1) * h, log + h * k3))
    return N0 * math.exp(log)


for cells, content in (("free", lambda n: 10 / 19.5), ("full", lambda n: 1 / 1.95 / n)):
    report("killing", f"sensitised by a solved temperature that falls from 43 C, cells '{cells}', relative", apart(inside(done, cells)[1:], [survivors_of(content, until) for until in (1200, 3600)]), 1e-6)
# by what one cell holds: as many cells again with as much each die alike
for density in (N0, 3 * N0):
    done = mixed(f"cells: {{tumour: {{density: {density} 1/m3, killed_by: {{d: {{k_max: 0.9 1/d, of: inside, ec50: 1e-18 mol}}}}, dying: {{inside: lost}}}}}}\ndrugs: {{d: {{initial: {density / N0 * 1e-3 / 0.4!r} mol/m3, uptake: {{by: tumour, rate: 1e-14 m3/s}}}}}}", "3 d")
    held = 1e-3 / N0  # all of it, within minutes: 5e-18 mol a cell, and dying cells take theirs along
    report("killing", f"by a cell's content, {density:g} cells/m3, relative", apart(inside(done, "tumour")[-1:], [density * math.exp(-0.9 * held / (held + 1e-18) * 3)]), 1e-5)

# by what is bound to a cell: at 3 K_D three quarters of its sites
done = mixed(f"receptors: {{r: {{sites_per_cell: 1e5, cells: tumour}}}}\ncells: {{tumour: {{density: {N0} 1/m3, killed_by: {{d: {{k_max: 0.9 1/d, of: bound, receptor: r, occupancy: 0.25, n: 2}}}}}}}}\ndrugs: {{d: {{binds: {{r: {{k_on: 1e10 1/(M s), k_d: 2 nM}}}}}}}}\nhold: {{gel: {{d: {{value: 6 nM}}}}}}\n", "3 d")
report("killing", "by what is bound to a cell, relative", apart(inside(done, "tumour")[-1:], [N0 * math.exp(-0.9 * 0.9 * 3)]), 1e-5)

# ---- growth

done = mixed("cells: {a: {density: 1e8 1/mL, growth: {rate: 0.5 1/d}}, b: {density: 1e8 1/mL, growth: {rate: 0.5 1/d, capacity: 5e8 1/mL}}}", "6 d")
report("growth", "without limit and logistic, relative", apart([inside(done, c)[-1] for c in "ab"], [1e14 * math.exp(3), 5e14 / (1 + 4 * math.exp(-3))]), 1e-6)
# Gompertz: N = K (N0/K)^exp(-g t), from below and from above
done = mixed("receptors: {r: {sites_per_cell: 1.2e5, cells: a}}\ncells: {a: {density: 1e6 1/mL, growth: {law: gompertz, rate: 0.5 1/d, capacity: 5e8 1/mL}}, b: {density: 2e9 1/mL, growth: {law: gompertz, rate: 0.5 1/d, capacity: 5e8 1/mL}}}", "6 d", "1 d, 2 d")
for cells, start, way in (("a", 1e12, "from below"), ("b", 2e15, "from above")):
    report("growth", f"Gompertz {way}, relative", apart(inside(done, cells), [5e14 * (start / 5e14) ** math.exp(-0.5 * t) for t in (0, 1, 2, 6)]), 1e-6)
report("growth", "Gompertz, sites on each cell stay 1.2e5, relative", apart([r / n * AVOGADRO for r, n in zip(inside(done, "r"), inside(done, "a"))], 4 * [1.2e5]), 1e-6)
done = mixed("receptors: {r: {sites_per_cell: 1.2e5, cells: b, turnover: 1 1/d}}\ncells: {b: {density: 1e8 1/mL, growth: {rate: 0.5 1/d, capacity: 5e8 1/mL}, death: 0.1 1/d}}", "6 d", "1 d, 2 d")
report("growth", "sites on each cell stay 1.2e5, relative", apart([r / n * AVOGADRO for r, n in zip(inside(done, "r"), inside(done, "b"))], 4 * [1.2e5]), 1e-6)
done = mixed("receptors: {r: {sites_per_cell: 1.2e5, cells: c}}\ncells: {c: {density: 2.06e8 1/mL}}", "1 s")
report("growth", "PD-L1 of 2.06e8 cells/mL, against 41 nM, relative", abs(inside(done, "r")[0] / 41e-6 - 1), 2e-3)

# ---- what dying cells leave: antigen, and the drug that they held, to the last molecule

words = """
receptors: {r: {sites_per_cell: 1.2e5, cells: tumour}}
species: {antigen: {diffusivity: 0 m2/s}, presented: {mobile: no}}
drugs:
  igg: {initial: 30 nM, binds: {r: {k_on: 4.3e5 1/(M s), k_off: 1.72e-4 1/s, internalisation: 1e-6 1/s}}}
  dox: {initial: 1 uM, uptake: {by: tumour, rate: 1e-18 m3/s}}
cells: {tumour: {density: 2e14 1/m3, death: 0.3 1/d, killed_by: {dox: {k_max: 0.9 1/d, of: inside, ec50: 1e-18 mol}, igg: {k_max: 0.2 1/d, of: bound, receptor: r, occupancy: 0.5}}, dying: {bound: presented, inside: HOW, releases: {antigen: 1e-18 mol}}}}
"""
for how in ("freed", "lost", "presented"):
    done = mixed(words.replace("HOW", how), "5 d", "1 d")
    deaths = [N0 - n for n in inside(done, "tumour")]
    assert deaths[-1] > 0.5 * N0
    report("dying cells", f"antigen over cells that died, inside {how}, relative", apart(inside(done, "antigen")[1:], [1e-18 * d for d in deaths[1:]]), 1e-9)
    gone = sum(done.ledger("dox.inside", f"tumour_{why}_dox_inside")[-1] for why in ("death", "killed_by_dox", "killed_by_igg")) * 1e9
    total = inside(done, "dox")[0]
    left = inside(done, "dox")[-1] + inside(done, "dox.inside")[-1]
    if how == "lost":
        report("dying cells", "drug inside that is lost: the ledger's rows make up what is missing, relative", abs((left + gone) / total - 1), 1e-12)
        assert gone > 0.01 * total
    elif how == "freed":
        report("dying cells", "drug inside that is freed: none is missing, relative", abs(left / total - 1), 1e-12)
    parts = [inside(done, s) for s in ("igg", "igg.r", "igg.inside", "dox", "dox.inside", "presented")]
    if how == "presented":
        report("dying cells", "all drug, that presented included, relative", abs(sum(p[-1] for p in parts) / sum(p[0] for p in parts) - 1), 1e-12)
    sites = inside(done, "r")[-1] + inside(done, "igg.r")[-1]
    if how == "lost":  # what cells take in takes their receptors along
        assert sites < 1.2e5 * inside(done, "tumour")[-1] / AVOGADRO

# receptors go with the cells: free and bound sites of each are as many as before
done = mixed(words.replace("HOW", "lost").replace(", internalisation: 1e-6 1/s", ""), "5 d", "1 d")
report("dying cells", "free and bound sites on each cell stay 1.2e5, relative", apart([(r + b) / n * AVOGADRO for r, b, n in zip(inside(done, "r"), inside(done, "igg.r"), inside(done, "tumour"))], 3 * [1.2e5]), 1e-6)

# carriers on receptors of dying cells, and inside with their loads: by an integral, and to the last molecule

U, DEATH, DAY = 2e-20, 0.3 / 86400, 86400.0  # m3 of tissue that a cell clears per s, 1/s


def taken(t, n=2000):
    """Of a load that N0 exp(-DEATH t) cells take up: what is outside, and what they hold, by Simpson's rule."""
    outside = lambda t: math.exp(-U * N0 / DEATH * -math.expm1(-DEATH * t))
    weights = [1 if i in (0, n) else 4 if i % 2 else 2 for i in range(n + 1)]
    return outside(t), math.exp(-DEATH * t) * U * N0 * t / (3 * n) * sum(w * outside(i * t / n) for i, w in enumerate(weights))


shot = "delivery: {shot: {give: ship, dose: {dox: 1 nmol}, route: depot}}\n"
words = f"""
cells: {{tumour: {{density: {N0} 1/m3, death: 0.3 1/d, dying: {{HOW}}}}}}
drugs: {{dox: {{}}}}
species: {{presented: {{mobile: no}}}}
carriers: {{ship: {{carries: {{dox: {{per_carrier: 1000, release: {{rate: 0 1/h}}}}}}, uptake: {{rate: {0.4 * U} m3/s, catalyst: tumour}}}}}}
""" + shot
outside, held = taken(2 * DAY)
for how, species in (("inside: freed", "dox"), ("inside: presented", "presented"), ("inside: lost", None)):
    done = mixed(words.replace("HOW", how), "2 d")
    left = [inside(done, s)[-1] for s in ("ship.dox", "ship.dox.inside")]
    gone = inside(done, species)[-1] if species else done.ledger("ship.dox.inside", "tumour_death_ship_dox_inside")[-1] * 1e9
    report("dying cells", f"loads of carriers, {how}: outside, inside and what became of them, relative", apart(left + [gone], [outside, held, 1 - outside - held]), 1e-6)
    report("dying cells", f"loads of carriers, {how}: all of them, relative", abs(sum(left) + gone - 1), 1e-12)
    carriers = [inside(done, s)[-1] for s in ("ship", "ship.inside")] + [done.ledger("ship.inside", "tumour_death_ship_inside")[-1] * 1e9]
    report("dying cells", f"the carriers themselves, {how}: all of them, the ledger's row included, relative", abs(sum(carriers) / 1e-3 - 1), 1e-12)

words = f"""
receptors: {{r: {{sites_per_cell: 1.2e5, cells: tumour}}}}
species: {{presented: {{mobile: no}}}}
drugs: {{dox: {{uptake: {{by: tumour, rate: 1e-19 m3/s}}, inside: {{efflux: 1 1/d}}}}}}
cells: {{tumour: {{density: {N0} 1/m3, death: 0.3 1/d, growth: {{rate: 0.1 1/d, capacity: 5e14 1/m3}}, killed_by: {{dox: {{k_max: 0.9 1/d, of: inside, ec50: 1e-18 mol}}}}, dying: {{HOW}}}}}}
carriers:
  ship:
    carries: {{dox: {{per_carrier: 50, release: {{law: bi_exponential, fraction: 0.3, fast: 0.5 1/h, slow: 0.2 1/d, releasable: 90 %}}}}}}
    targets: {{r: {{k_on: 1e5 1/(M s), k_off: 1e-4 1/s, internalisation: 1 1/d}}}}
    uptake: {{rate: 1e-20 m3/s, catalyst: tumour, release_inside: {{rate: 0.2 1/d}}}}
""" + shot
PARTS = [f"ship.dox_{p}" for p in ("fast", "slow", "kept")]
DOX = ["dox", "dox.inside", "ship.dox.inside", "presented", *PARTS, *(f"{p}.on_r" for p in PARTS)]
ENDS = {}
for how in ("bound: freed, inside: freed", "bound: freed, inside: freed, carriers: whole", "bound: presented, inside: presented"):
    done = mixed(words.replace("HOW", how), "4 d", "1 d")
    assert inside(done, "tumour")[-1] < 0.6 * N0
    ENDS[how] = {s: inside(done, s)[-1] for s in [*DOX, "ship", "ship.on_r", "ship.inside"]}
    report("dying cells", f"targeted carriers in two parts and one that is kept, {how}: all drug, relative", abs(sum(ENDS[how][s] for s in DOX) - 1), 1e-12)
opened, whole, presented = ENDS.values()
assert whole["ship.dox_kept"] > opened["ship.dox_kept"] and presented["presented"] > 0.05 > opened["presented"] == 0
report("dying cells", "carriers that come out whole: their number, relative", abs(sum(whole[s] for s in ("ship", "ship.on_r", "ship.inside")) / 0.02 - 1), 1e-12)
assert sum(opened[s] for s in ("ship", "ship.on_r", "ship.inside")) < 0.0199

# ---- signals that cells make

done = mixed(f"cells: {{dc: {{density: 1e12 1/m3}}}}\ndrugs: {{cpg: {{}}, ifn: {{produced_by: {{dc: {{rate: 1e-20 mol/s, in_response_to: cpg, ec50: 0.5 uM, n: 2}}}}, degradation: {{rate: 1 1/h}}}}, il12: {{produced_by: {{dc: {{rate: 2e-21 mol/s}}}}}}}}\nhold: {{gel: {{cpg: {{value: 1 uM}}}}}}\n", "4 h")
made = 1e12 * 1e-20 * 0.8 * 3600
report("signals", "an answer to a stimulus, and one without, relative", apart([inside(done, s)[-1] for s in ("ifn", "il12")], [made * (1 - math.exp(-4)), 1e12 * 2e-21 * 4 * 3600]), 1e-6)

# ---- what is easily mistaken (physics H4): PK tables mix mL/h and L/d, and rates per cell come per 1e5 cells

BODY = "drugs: {{mab: {{molar_mass: 146 kg/mol, permeability: 3.6e-9 m/s}}}}\nplasma: {{mab: {{two_compartment: {{clearance: {}, volume: {}}}}}}}\ndelivery: {{drip: {{give: mab, dose: 240 mg, route: intravenous, duration: {}}}}}\n"
taken = []
for clearance, volume, duration in (("0.2256 L/d", "3.63 L", "30 min"), ("9.4 mL/h", "3630 mL", "0.5 h")):
    case = MIXED.replace("END", "7 d").replace("AT]", "]").replace("interstitial_fraction: 0.4", "interstitial_fraction: 0.4, vascular_density: 200 1/cm")
    taken.append(run("", "--quiet", text=case + BODY.format(clearance, volume, duration)).ledger("mab", "inside.gel")[-1])
report("units", "an antibody in tissue, clearance in mL/h against L/d, relative", abs(taken[0] / taken[1] - 1), 1e-12)

# ---- V30: doxorubicin's half-distance from a vessel, numbers as in the catalogue, a bolus that falls from 5 to 1 uM in plasma

KROGH = """
elute: 1
title: doxorubicin around a vessel (V30)
mesh: {geometry: cylindrical, r: {from: 0 um, to: 150 um, cells: 75}, z: {from: 0 um, to: 10 um, cells: 1}}
tissues:
  gel: {interstitial_fraction: 0.4}
  vessel: {where: {cylinder: {from: [0 um, -10 um], to: [0 um, 20 um], radius: 10 um}}}
cells: {tumour: {density: {tissue: {gel: 6e8 1/mL}}}}
drugs:
  dox: {molar_mass: 543.5 g/mol, diffusivity: 1.2e-10 m2/s, degradation: {rate: 0.7 1/d}, uptake: {law: saturable, by: tumour, v_max: 2.8e-6 ng/min, k_outside: 0.219 ug/mL, k_inside: 1.37e-5 ng}}
hold: {vessel: {dox: {value: {table: {time: [0 h, 0.1 h, 6 h], value: [5 uM, 1 uM, 0.1 uM]}}}}}
time: {end: 1 h, accuracy: 1e-3}
output: {vtk: no, probes: {ray: {from: [11 um, 5 um], to: [149 um, 5 um], points: 70}}}
"""
for cells in ("6e8", "1e9"):  # of the two sources of these constants, each with its own density; later the closed cylinder fills
    done = run("", "--quiet", text=KROGH.replace("6e8", cells))
    content = [float(row["dox.inside_in_tissue_mol_per_m3"]) for row in done.table("probes.csv") if float(row["time_s"]) == 3600]
    at = next(i for i, c in enumerate(content) if c < content[0] / 2)
    half = 2 * (at - 1 + (content[at - 1] - content[0] / 2) / (content[at - 1] - content[at]))
    report("doxorubicin around a vessel (V30)", f"half-distance of what cells hold after 1 h, {cells} cells/mL, um (measured 24 to 50)", half, 20, above=True)
    report("doxorubicin around a vessel (V30)", f"half-distance of what cells hold after 1 h, {cells} cells/mL, um (measured 24 to 50)", half, 80)
