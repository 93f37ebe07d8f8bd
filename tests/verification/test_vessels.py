"""Exchange with vessels and lymph: the numbers of V17, the solved pressure, the ledger by tissue, every rank and backend."""
import math
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import report, run

BOX = """
elute: 1
title: V17, exchange with plasma
mesh: {{geometry: well_mixed, volume: 1 cm3}}
tissues: {{tumour: {{interstitial_fraction: {phi}, vascular_density: 2e4 1/m, {tissue}}}}}
species: {{drug: {{diffusivity: 0 m2/s, permeability: {P} m/s, {species}}}}}
plasma: {{drug: {plasma}}}
time: {{{time}, accuracy: {accuracy}}}
output: {{vtk: no, every: {every}}}
{more}
"""


def box(phi=0.3, tissue="", species="", P=1.7e-9, plasma="1 mol/m3", time="end: 1 h", accuracy=1e-8, every="1 h", more="", **options):
    return run("", "--quiet", text=BOX.format(phi=phi, tissue=tissue, species=species, P=P, plasma=plasma, time=time,
                                              accuracy=accuracy, every=every, more=more), **options)


def passed(done, *places):
    return sum(done.ledger("drug", place)[-1] for place in places)


# ---- (a) the flux itself: what entered in a second, too short for c to change it

filtration = "vessel_conductivity: 1e-11 m/(Pa s), vessel_pressure: 2000 Pa"  # J_v = 2e-8 m/s
fast = box(phi=1, tissue=filtration, species="reflection: 0.9, initial: 0.3 mol/m3", time="end: 1 ms", every="1 ms")
report("V17a, Patlak", "flux through vessel walls against 2.624190e-9 m/s, relative",
       abs(-passed(fast, "plasma_in.tumour", "plasma.tumour") / (1e-6 * 2e4 * 1e-3) / 2.624190e-9 - 1), 1e-6)

# ---- (b) permeation alone: c = c_v (1 - exp(-PS/V t/phi)), and under a bi-exponential curve

kappa = 1.7e-9 * 2e4 / 0.3
still = box(time="end: 5 h", every="5 h")
report("V17b, permeation", "c/c_v after 5 h, relative", abs(still.ledger("drug", "inside.tumour")[-1] / 0.3e-6 / -math.expm1(-kappa * 18000) - 1), 1e-8)

terms = ((0.999, 0.13330 / 3600), (7.341, 0.012603 / 3600))
doxil = box(plasma="{multi_exponential: {amplitudes: [0.999 mol/m3, 7.341 mol/m3], rates: [0.13330 1/h, 0.012603 1/h]}}", time="end: 20 h", every="20 h")
exact = sum(c * kappa * (math.exp(-k * 72000) - math.exp(-kappa * 72000)) / (kappa - k) for c, k in terms)
report("V17b, permeation", "c after 20 h under a bi-exponential curve, relative", abs(doxil.ledger("drug", "inside.tumour")[-1] / 0.3e-6 / exact - 1), 1e-8)

# ---- V21, the curve alone: what has entered is P S/V times its integral, 1063.83 mg d/L, when 5000 days are over

niv = run("", "--quiet", text="""
elute: 1
title: V21, nivolumab 240 mg in half an hour
mesh: {geometry: well_mixed, volume: 1 cm3}
tissues: {tumour: {interstitial_fraction: 0.3, vascular_density: 2e4 1/m}}
drugs: {nivolumab: {permeability: 1e-10 m/s, molar_mass: 1 kg/mol}}
plasma: {nivolumab: {two_compartment: {clearance: 0.2256 L/d, volume: 3.63 L, exchange: 0.7704 L/d, peripheral_volume: 2.78 L}}}
delivery: {drip: {give: nivolumab, dose: 240 mg, route: intravenous, start: 1 d, duration: 0.5 h}}
time: {end: 5000 d, accuracy: 1e-8}
output: {vtk: no}
""")
entered = -niv.ledger("nivolumab", "plasma_in.tumour")[-1] / (1e-6 * 1e-10 * 2e4) / 86400
report("V21, plasma curve", "area under it by what entered the tissue, against 240 mg / CL, relative", abs(entered / (240e-3 / 0.2256) - 1), 1e-6)
report("V21, plasma curve", "area under it against 1063.83 mg d/L, relative", abs(entered / 1.06383 - 1), 1e-5)

# ---- (c) with fluid leaving at the rate it is filtered: c/c_v = (P w + J_v (1 - sigma)) / (P w + J_v)

for j, expected in ((2e-9, 0.500272), (2e-8, 0.138414), (2e-7, 0.100000)):
    fluid = f"vessel_conductivity: {j / 2000} m/(Pa s), vessel_pressure: 2000 Pa, interstitial_pressure: 0 Pa"
    removed = f'reactions: [{{equation: "drug -> ", rate: {j * 2e4 / 0.3} 1/s}}]'  # of C = phi c: J_v S/V c
    done = box(tissue=fluid, species="reflection: 0.9", more=removed, time="until: steady, tolerance: 1e-10, at_most: 1000 d", every="1000 d")
    ratio = done.ledger("drug", "inside.tumour")[-1] / 0.3e-6
    peclet = j * 0.1 / 1.7e-9
    entered = 1.7e-9 * peclet / math.expm1(peclet)
    report("V17c, filtration and removal", f"c/c_v at J_v = {j:g} m/s, relative", abs(ratio / ((entered + 0.1 * j) / (entered + j)) - 1), 1e-8)
    report("V17c, filtration and removal", f"c/c_v at J_v = {j:g} m/s against {expected}", abs(ratio - expected), 1e-6)

# ---- lymph

lymph = box(P=0, tissue="lymph_conductance: 1e-7 1/(Pa s), lymph_pressure: 100 Pa, interstitial_pressure: 600 Pa", plasma="0 mol/m3",
            species="initial: 1 mol/m3", time="end: 2 h", every="2 h")
report("lymph", "what is left after 2 h at G_L (p - p_L) = 5e-5 1/s, relative", abs(lymph.ledger("drug", "inside.tumour")[-1] / 0.3e-6 / math.exp(-5e-5 / 0.3 * 7200) - 1), 1e-7)
report("lymph", "what lymph took, relative", abs(lymph.ledger("drug", "lymph.tumour")[-1] / 0.3e-6 / -math.expm1(-5e-5 / 0.3 * 7200) - 1), 1e-7)

# ---- the pressure that is solved: a closed box where p = (G_v p_v + G_L p_L + q)/(G_v + G_L) everywhere, q infused for an hour

AREA, LP, PV, GL, PL, PERM, SIGMA, PHI, RATE = 2e4, 2e-11, 2000.0, 1e-7, 100.0, 3e-9, 0.4, 0.3, 2e-4
SOLVED = f"""
elute: 1
title: vessels, lymph and an infusion of fluid in a closed box
mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 1 mm, cells: 4}}, y: {{from: 0 mm, to: 1 mm, cells: 3}}, z: {{from: 0 mm, to: 1 mm, cells: 2}}}}
tissues: {{gel: {{interstitial_fraction: {PHI}, hydraulic_conductivity: 1e-14 m2/(Pa s), vascular_density: {AREA} 1/m, vessel_conductivity: {LP} m/(Pa s),
  vessel_pressure: {PV} Pa, lymph_conductance: {GL} 1/(Pa s), lymph_pressure: {PL} Pa}}}}
species:
  drug: {{diffusivity: 1e-10 m2/s, permeability: {PERM} m/s, reflection: {SIGMA}}}
  fluid: {{diffusivity: 1e-10 m2/s, permeability: 0 m/s}}
plasma: {{drug: 1 mol/m3, fluid: 1 mol/m3}}
flow: {{model: darcy_starling, infusions: {{drip: {{where: {{box: {{from: [0 mm, 0 mm, 0 mm], to: [1 mm, 1 mm, 1 mm]}}}}, rate: {RATE * 1e-9} m3/s, from: 1 h, to: 2 h}}}}}}
time: {{end: 3 h, accuracy: 1e-8}}
output: {{vtk: no, every: 1 h}}
"""
done = run("", "--quiet", text=SOLVED)


def wall(permeability, v):
    """k(P, v), m/s (kernels/cell/exchange.h)."""
    return max(-v, 0.0) if permeability == 0 else v / math.expm1(v / permeability)


def hour(c, infused, permeability, sigma):
    """c after an hour, and what came through the walls per volume of tissue."""
    pressure = (AREA * LP * PV + GL * PL + infused) / (AREA * LP + GL)
    filtered = LP * (PV - pressure)
    gain = AREA * wall(permeability, -filtered * (1 - sigma))
    loss = (AREA * wall(permeability, filtered * (1 - sigma)) + GL * (pressure - PL)) / PHI
    end = gain / PHI / loss + (c - gain / PHI / loss) * math.exp(-loss * 3600)
    return end, gain * 3600


for species, permeability, sigma in (("drug", PERM, SIGMA), ("fluid", 0.0, 0.0)):
    c, entered, times = 0.0, 0.0, done.ledger(species, "inside.gel")
    for h, infused in enumerate((0.0, RATE, 0.0)):
        c, gain = hour(c, infused, permeability, sigma)
        entered += gain
        report("exchange at the solved pressure", f"{species} after {h + 1} h, relative", abs(times[h + 1] / (PHI * 1e-9 * c) - 1), 1e-7)
    report("exchange at the solved pressure", f"{species} that came through the walls, relative",
           abs(-done.ledger(species, "plasma_in.gel")[-1] / (1e-9 * entered) - 1), 1e-7)
report("exchange at the solved pressure", "closure, of the gross turnover", done.closure(), 1e-12)

# what filters carries a solute that the wall neither holds back nor lets through otherwise: the ledger tells the fluid
tumour = "hydraulic_conductivity: 3e-14 m2/(Pa s), vascular_density: 2e4 1/m, vessel_conductivity: 2e-11 m/(Pa s), vessel_pressure: 2 kPa"
leak = run("", "--quiet", text=f"""
elute: 1
title: filtration by what it carries
mesh: {{geometry: spherical, r: {{from: 0 mm, to: 2 mm, cells: 40}}}}
tissues: {{tumour: {{{tumour}}}}}
species: {{fluid: {{diffusivity: 1e-10 m2/s, permeability: 0 m/s}}}}
plasma: {{fluid: 1 mol/m3}}
flow: {{model: darcy_starling, boundaries: {{surface: {{pressure: 0 Pa}}}}}}
time: {{end: 10 min, accuracy: 1e-5}}
output: {{vtk: no, every: 10 min}}
""")
report("exchange at the solved pressure", "solute that filtered fluid carried against the fluid filtered, relative",
       abs(-leak.ledger("fluid", "plasma_in.tumour")[-1] / (600 * leak.record["flow"]["filtration_m3_per_s"]) - 1), 1e-9)

# ---- everything at once on a mesh: pressure that varies in place, held tissue, diffusion

MESH = """
elute: 1
title: vessels and lymph in two tissues, one of a pressure that varies in place
mesh: {geometry: cartesian, x: {from: -1 mm, to: 1 mm, cells: 20}, y: {from: -1 mm, to: 1 mm, cells: 12}, z: {from: -1 mm, to: 1 mm, cells: 3}}
tissues:
  normal: {interstitial_fraction: 0.2, vascular_density: 70 1/cm, vessel_conductivity: 3.6e-8 cm/(mmHg s), vessel_pressure: 15.6 mmHg,
           osmotic_pressure_vessel: 20 mmHg, osmotic_pressure_tissue: 10 mmHg, osmotic_reflection: 0.91, lymph_conductance: 1.33e-5 1/(mmHg s)}
  tumour:
    where: {sphere: {centre: [0 mm, 0 mm, 0 mm], radius: 0.6 mm}}
    interstitial_fraction: {formula: "0.3+0.1*x/R"}
    vascular_density: {formula: "2e4*(1+0.5*y/R)", unit: 1/m}
    vessel_conductivity: 2.8e-7 cm/(mmHg s)
    vessel_pressure: 15.6 mmHg
    osmotic_pressure_vessel: 20 mmHg
    osmotic_pressure_tissue: 15 mmHg
    osmotic_reflection: 0.82
    interstitial_pressure: {formula: "1500*(1-(r/R)^2)", unit: Pa}
  bath: {where: {box: {from: [0.8 mm, -1 mm, -1 mm], to: [1 mm, 1 mm, 1 mm]}}, vascular_density: 70 1/cm}
constants: {R: 0.6 mm}
species:
  drug: {diffusivity: 1e-10 m2/s, permeability: 3e-8 m/s, reflection: 0.1}
  antibody: {diffusivity: 1e-11 m2/s, permeability: 3.6e-9 m/s, reflection: 0.9, in: {normal: {permeability: 5e-10 m/s}}, initial: 1 nM}
plasma: {drug: {formula: "1e-3*exp(-t/3600)", unit: mol/m3}, antibody: {table: {time: [0 h, 1 h, 3 h], value: [0 uM, 1 uM, 0.2 uM]}}}
hold: {bath: {drug: {value: 0 uM}}}
time: {end: 6 h, accuracy: 1e-4}
output: {vtk: no, every: 1 h, probes: {ray: {from: [-0.95 mm, 0.1 mm, 0 mm], to: [0.95 mm, 0.1 mm, 0 mm], points: 9}}}
"""


def difference(one, other):
    values = [[float(row[key]) for row in done.table("probes.csv") for key in row if key.endswith("m3")] for done in (one, other)]
    ledger = [[float(row["amount"]) for row in done.table("ledger.csv") if row["place"] != "closure"] for done in (one, other)]
    worst = 0.0
    for a, b in (values, ledger):
        assert len(a) == len(b)
        worst = max(worst, max(abs(x - y) for x, y in zip(a, b)) / max(map(abs, a)))
    return worst


def everywhere(name, text):
    alone = run("", "--quiet", "--backend", "cpu", text=text)
    report(name, "closure, of the gross turnover", alone.closure(), 1e-12)
    report(name, "guard backend against cpu, of the largest value", difference(alone, run("", "--quiet", "--backend", "guard", text=text)), 1e-9)
    for ranks in (2, 3, 5):
        done = run("", "--quiet", text=text, ranks=ranks)
        report(name, f"{ranks} ranks against one, of the largest value", difference(alone, done), 1e-9)
        report(name, f"{ranks} ranks, closure", done.closure(), 1e-12)
    return alone


alone = everywhere("vessels and lymph on a mesh", MESH)
places = {row["place"] for row in alone.table("ledger.csv") if row["species"] == "antibody"}
assert places >= {"plasma.normal", "plasma.tumour", "lymph.normal"} and "lymph.tumour" not in places, places

# the same with its pressure solved, and an infusion that brings drug and fluid while all the rest goes on
FLOWING = MESH.replace("    interstitial_pressure: {formula: \"1500*(1-(r/R)^2)\", unit: Pa}\n", "    hydraulic_conductivity: 3.1e-14 m2/(Pa s)\n") \
    .replace("  normal: {", "  normal: {hydraulic_conductivity: 6.4e-15 m2/(Pa s), ").replace("  bath: {", "  bath: {hydraulic_conductivity: 1e-13 m2/(Pa s), ") + """
flow: {model: darcy_starling, boundaries: {all: {pressure: 0 mmHg}}}
boundaries: {all: {drug: {value: 0 uM}, antibody: {outflow: yes}}}
delivery: {drip: {give: drug, dose: 1 nmol, volume: 1 uL, route: infusion, at: [0 mm, 0 mm, 0 mm], radius: 0.3 mm, start: 1 h, duration: 1 h}}
"""
FLOWING = FLOWING.replace("species:\n  drug: {", "drugs: {drug: {").replace("reflection: 0.1}", "reflection: 0.1}}\nspecies:")
assert FLOWING.count("hydraulic_conductivity") == 3 and "interstitial_pressure" not in FLOWING
done = everywhere("vessels, lymph, flow and infusion", FLOWING)
assert done.record["flow"]["pressure_solves"] >= 3, done.record["flow"]
