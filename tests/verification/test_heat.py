"""Heat: against exact solutions of conduction, perfusion, damage and freezing; what follows the temperature follows it on any ranks and
backend."""
import json
import math
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import fields, report, run

R_GAS, A, EA = 8.314462618, 7.39e39, 2.577e5


def apart(a, b, keys, table="probes.csv"):
    """Largest difference of two runs' tables in these columns, over the largest number of the column."""
    worst = 0
    for key in keys:
        pairs = [(float(x[key]), float(y[key])) for x, y in zip(a.table(table), b.table(table))]
        worst = max(worst, max(abs(x - y) for x, y in pairs) / max(abs(y) for _, y in pairs))
    return worst


# V20: a heated sphere in perfused tissue.
V20 = """
elute: 1
title: a heated sphere in perfused tissue (V20)
mesh: {geometry: spherical, r: {from: 0 mm, to: 150 mm, cells: 300, stretch: 1.017}}
tissues: {flesh: {interstitial_fraction: 0.2, perfusion: 5e-4 1/s}}
heat: {applicators: {antenna: {density: 5e5 W/m3, where: {sphere: {centre: [0 mm], radius: 5 mm}}}}}
time: {until: steady, tolerance: 1e-6, at_most: 1 d, accuracy: 1e-4}
output: {vtk: no, probes: {centre: [0 mm], edge: [5 mm], beyond: [10 mm]}}
"""
done = run("", text=V20)
rises = {row["probe"]: float(row["temperature_K"]) - 310.15 for row in done.table("probes.csv")}
exact = {"centre": 10.21084, "edge": 6.18602, "beyond": 2.27445}
report("V20, heated sphere in perfused tissue", "rise of temperature at the centre, R and 2 R, relative error", max(abs(rises[p] / exact[p] - 1) for p in exact), 5e-3)
report("V20, heated sphere in perfused tissue", "ledger closure, J", done.closure(), 1e-12)

# Nothing conducts: perfusion alone brings tissue back; damage and death at temperatures that stay.
STAY = """
elute: 1
title: a temperature that stays
mesh: {{geometry: well_mixed, volume: 1 mL}}
tissues: {{flesh: {{perfusion: {perfusion} 1/s}}}}
species: {{cells: {{mobile: no, quantity: number, initial: 1e8 1/mL}}, antigen: {{mobile: no}}}}
heat:
  body_temperature: {temperature} degC
  blood: {{density: 1000 kg/m3, heat_capacity: 3780 J/(kg K)}}
  damage: {{omega: {{from: arrhenius_liver, kills: {{cells: {{antigen: 2 amol}}}}}}, minutes: {{from: cem43}}}}
sources: [{{species: temperature, amount: {heat} J}}]
time: {{end: {end} s, accuracy: 1e-6}}
output: {{vtk: no, probes: {{p: [0 mm]}}}}
"""


def stay(temperature, end, perfusion=0, heat=0):
    done = run("", text=STAY.format(temperature=temperature, end=end, perfusion=perfusion, heat=heat))
    assert done.closure() < 1e-12
    return done.table("probes.csv")[-1]


last = stay(37, 1000, perfusion=1e-3, heat=3.78 * 8)
report("perfusion alone", "temperature after one relaxation time, error over the rise", abs(float(last["temperature_K"]) - 310.15 - 8 * math.exp(-1)) / 8, 1e-5)
for temperature, end in ((50, 61.4), (55, 14.2)):
    omega = end * A * math.exp(-EA / (R_GAS * (temperature + 273.15)))
    last = stay(temperature, end)
    report(f"Arrhenius damage at {temperature} degC", "relative error", abs(float(last["omega_in_tissue_1"]) / omega - 1), 2e-6)
    report(f"Arrhenius damage at {temperature} degC", f"damage after {end} s, difference from 1 (a time made with R = 8.314)", abs(float(last["omega_in_tissue_1"]) - 1), 1e-2)
    report(f"Arrhenius damage at {temperature} degC", "survivors, relative error of exp(-damage)", abs(float(last["cells_in_tissue_per_m3"]) / 1e14 / math.exp(-omega) - 1), 1e-5)
    report(f"Arrhenius damage at {temperature} degC", "antigen of the dead, relative error", abs(float(last["antigen_in_tissue_mol_per_m3"]) / (2e-18 * 1e14 * (1 - math.exp(-omega))) - 1), 1e-5)
for temperature, per_minute in ((41, 0.25**2), (43, 1), (45, 4)):
    last = stay(temperature, 600)
    report(f"CEM43 at {temperature} degC", "relative error", abs(float(last["minutes_in_tissue_1"]) / (10 * per_minute) - 1), 2e-6)

# Read-outs of a temperature are temperatures, also in the field files: evenly heated by 5 K from 37 degC.
EVEN = """
elute: 1
title: evenly heated
mesh: {x: {from: 0 mm, to: 1 mm, cells: 4}}
heat: {applicators: {lamp: {density: 31500 W/m3}}}
time: {end: 10 min, accuracy: 1e-6}
output: {endpoints: {top: {kind: peak, of: temperature}, now: {kind: mean, of: temperature}, long: {kind: time_above, of: temperature, above: 312.15 K}}}
"""
done = run("", text=EVEN)
with open(os.path.join(done.directory, "endpoints.json")) as file:
    ends = json.load(file)["endpoints"]
peaks = fields(done)[0]["top_peak"]
report("even heating", "peak and mean of the temperature, in the endpoints and in the field, K off", max(abs(T - 315.15) for T in (ends["top"]["value"], ends["now"]["value"], peaks.min(), peaks.max())), 1e-4)
report("even heating", "time above 39 degC, s off", abs(ends["long"]["value"] - 360), 1e-2)

# Freezing: Neumann's solution of the two-phase Stefan problem, the same k and rho c in both phases.
FREEZE = """
elute: 1
title: a front of ice
mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 60 mm, cells: 120}}}}
tissues: {{gel: {{}}}}
heat: {{body_temperature: 10 degC, freezing: {{latent_heat: 2.5e8 J/m3, from: {start} degC, to: {finish} degC}}}}
boundaries: {{x-: {{temperature: {{value: -40 degC}}}}}}
time: {{end: 10 min, accuracy: 1e-3}}
output: {{vtk: no, probes: {{ray: {{from: [1 mm], to: [30 mm], points: 59}}}}}}
"""
alpha, solid, liquid = 0.5 / 3.78e6, 3.78e6 * 39 / 2.5e8, 3.78e6 * 11 / 2.5e8
low, high = 1e-3, 2.0
for _ in range(100):
    lam = (low + high) / 2
    if solid / (math.exp(lam**2) * math.erf(lam)) - liquid / (math.exp(lam**2) * math.erfc(lam)) > lam * math.sqrt(math.pi):
        low = lam
    else:
        high = lam
for width, of_front, of_temperature in ((2, 6e-3, 0.25), (7, 4e-2, 1.5)):
    done = run("", text=FREEZE.format(start=-1 + width / 2, finish=-1 - width / 2))
    front = 0.06 - done.ledger("latent", "inside.gel")[-1] / 2.5e8
    worst = 0
    for row in done.table("probes.csv"):
        if float(row["time_s"]) > 0:
            xi = float(row["x_m"]) / (2 * math.sqrt(alpha * 600))
            exact = -40 + 39 * math.erf(xi) / math.erf(lam) if xi < lam else 10 - 11 * math.erfc(xi) / math.erfc(lam)
            worst = max(worst, abs(float(row["temperature_K"]) - 273.15 - exact))
    report(f"Stefan problem, freezing over {width} K", "place of the front, relative error", abs(front / (2 * lam * math.sqrt(alpha * 600)) - 1), of_front)
    report(f"Stefan problem, freezing over {width} K", "largest error of the temperature, K", worst, of_temperature)
    left = done.ledger("temperature", "x-")[-1] + done.ledger("temperature", "inside.gel")[-1] + done.ledger("latent", "inside.gel")[-1]
    report(f"Stefan problem, freezing over {width} K", "sensible + latent heat + what left, of the latent heat", abs(left / (0.06 * 2.5e8) - 1), 1e-12)

# Release that follows the solved temperature, which a setpoint holds; damage stops perfusion.
LTSL = """
elute: 1
title: liposomes that melt
mesh: {geometry: cartesian, x: {from: -12 mm, to: 12 mm, cells: 24}, y: {from: -12 mm, to: 12 mm, cells: 21}}
tissues: {muscle: {interstitial_fraction: 0.2, perfusion: 1e-3 1/s}, tumour: {interstitial_fraction: 0.3, perfusion: 2e-3 1/s, where: {sphere: {centre: [0 mm, 0 mm], radius: 5 mm}}}}
drugs: {dox: {diffusivity: 1e-10 m2/s}}
species: {loaded: {mobile: no, initial: {tissue: {tumour: 1 uM, muscle: 0.2 uM}}}}
reactions:
  - {equation: "loaded -> dox", rate: {field: temperature, formula: "1e-5 + (0.05 - 1e-5)/(1 + exp(-(temperature - T_m)/0.4))", unit: 1/s, range: [30 degC, 60 degC]}}
constants: {T_m: 41 degC}
heat:
  applicators: {antenna: {density: {formula: "4e5*exp(-(x*x + y*y)/2e-5)", unit: W/m3}, setpoint: {temperature: 46 degC, band: 1 K}, to: 10 min}}
  damage: {omega: {from: arrhenius_liver, stops_perfusion: yes}}
time: {end: 15 min, accuracy: 1e-3}
output: {every: 5 min, probes: {centre: [0 mm, 0 mm], edge: [6 mm, 0 mm]}}
"""
KEYS = ("dox_in_fluid_mol_per_m3", "loaded_in_tissue_mol_per_m3")
done = run("", text=LTSL)
fine = run("", "--set", "time.accuracy=1e-6", text=LTSL)
report("release that follows the temperature", "free and loaded drug against an accuracy of 1e-6, over the largest", apart(done, fine, KEYS), 5e-3)
report("release that follows the temperature", "temperature against an accuracy of 1e-6, K", 320 * apart(done, fine, ("temperature_K",)), 0.05)
report("release that follows the temperature", "ledger closure", max(done.closure(), fine.closure()), 1e-12)
hottest = max(float(row["temperature_K"]) for row in fine.table("probes.csv")) - 273.15
report("setpoint of 46 degC", "hottest probe, degC", hottest, 46)
report("setpoint of 46 degC", "hottest probe, degC", hottest, 43, above=True)
other = run("", "--replay-steps", done.directory, text=LTSL, ranks=3)
report("release that follows the temperature", "three ranks, relative difference", apart(done, other, KEYS + ("temperature_K", "omega_in_tissue_1")), 1e-10)
host, guard = (run("", "--backend", backend, text=LTSL) for backend in ("cpu", "guard"))
same = all(open(os.path.join(host.directory, name), "rb").read() == open(os.path.join(guard.directory, name), "rb").read() for name in ("probes.csv", "ledger.csv", "fields_000003.vtk"))
report("release that follows the temperature", "files that the guard backend does not give bit for bit", 0 if same else 1, 0)
other = run("", "--stepper", "petsc", "--set", "time.accuracy=1e-6", text=LTSL)
report("release that follows the temperature", "free and loaded drug by --stepper petsc, over the largest", apart(other, fine, KEYS), 1e-3)

# A thermometer controls the power as a whole. Lumped: full power until its band is reached, then an exponential approach of the balance.
LUMP = """
elute: 1
title: a thermostat
mesh: {geometry: well_mixed, volume: 1 mL}
tissues: {flesh: {perfusion: 1e-3 1/s, heat_capacity: 4e6 J/(m3 K)}}
heat: {blood: {density: 1000 kg/m3, heat_capacity: 4000 J/(kg K)}, applicators: {lamp: {power: 0.1 W, setpoint: {temperature: 43 degC, band: 2 K, at: [0 mm]}}}}
time: {end: 20 min, accuracy: 1e-6}
output: {vtk: no, at: [2 min, 4 min], probes: {p: [0 mm]}}
"""
done = run("", text=LUMP)
rise, rate, capacity, band, target = 1e5 / 4e3, 4e3 / 4e6, 4e6, 2, 6
reached, balance, controlled = -math.log(1 - (target - band) / rise) / rate, 1e5 * target / band / (1e5 / band + 4e3), (1e5 / band + 4e3) / capacity
for row in done.table("probes.csv"):
    t = float(row["time_s"])
    exact = rise * (1 - math.exp(-rate * t)) if t < reached else balance + (target - band - balance) * math.exp(-controlled * (t - reached))
    report("setpoint at a thermometer, lumped", f"temperature after {t:g} s, error over the rise", abs(float(row["temperature_K"]) - 310.15 - exact) / target, 1e-5)

# A rod heated from 5 to 15 mm, its ends at 37 degC: at x > 15 mm it is warmer by f G(x), f the share of the power; f = (6 K - f G)/band.
ROD = """
elute: 1
title: a rod with a thermometer
mesh: {geometry: cartesian, x: {from: 0 mm, to: 40 mm, cells: 40}, y: {from: 0 mm, to: 3 mm, cells: 3}}
tissues: {flesh: {}}
heat: {applicators: {lamp: {density: 4e5 W/m3, where: {box: {from: [5 mm, 0 mm], to: [15 mm, 3 mm]}}, setpoint: {temperature: 43 degC, band: 2 K, at: [16.2 mm, 1 mm]}}}}
boundaries: {x-: {temperature: {value: 37 degC}}, x+: {temperature: {value: 37 degC}}}
time: {end: 3 h, accuracy: 1e-4}
output: {vtk: no, every: 1 h, probes: {seen: [16.2 mm, 1 mm], beyond: [30 mm, 1 mm]}}
"""
done = run("", text=ROD)
share = 6 / (2 + 4e5 / 0.5 * (40 - 16.2) / 40 * (0.015**2 - 0.005**2) / 2)
for row in done.table("probes.csv")[-2:]:
    exact = share * 4e5 / 0.5 * (0.04 - float(row["x_m"])) / 0.04 * (0.015**2 - 0.005**2) / 2
    report("setpoint at a thermometer beside the source", f"rise of temperature in the end, {row['probe']}, relative error", abs((float(row["temperature_K"]) - 310.15) / exact - 1), 1e-3)
report("setpoint at a thermometer beside the source", "three ranks, relative difference", apart(done, run("", "--replay-steps", done.directory, text=ROD, ranks=3), ("temperature_K",)), 1e-12)
host, guard = (run("", "--backend", backend, text=ROD) for backend in ("cpu", "guard"))
report("setpoint at a thermometer beside the source", "difference by the guard backend", apart(host, guard, ("temperature_K",)), 0)
report("setpoint at a thermometer beside the source", "temperature by --stepper petsc, relative difference", apart(done, run("", "--stepper", "petsc", text=ROD), ("temperature_K",)), 1e-4)

# What heat does not look at: the fluid's fraction, and the fluid that moves.
still = run("", "--coefficients", "double", text=V20)
wet = run("", "--coefficients", "double", "--set", "tissues.flesh.interstitial_fraction=0.9", "--set", "flow={model: prescribed, velocity: [{formula: 1e-6, unit: m/s}]}", text=V20)
report("heat in moving fluid", "temperature, relative difference from tissue at rest", apart(wet, still, ("temperature_K",)), 1e-10)

# A change where it is hot is the change in that shape.
HOT = """
elute: 1
title: a change where it is hot
mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 1 mm, cells: 12}}, y: {{from: 0 mm, to: 1 mm, cells: 9}}}}
species:
  temperature: {{quantity: heat, thermal_conductivity: 0 W/(m K), heat_capacity: 4e6 J/(m3 K), initial: {{formula: "310 + 2e4*x + 1e4*y", unit: K}}}}
  drug: {{diffusivity: 1e-10 m2/s, initial: 1 uM}}
boundaries: {{x-: {{drug: {{value: 5 uM}}}}}}
changes: [{{at: 5 min, {where}, set: {{diffusivity: 1e-9 m2/s}}}}, {{at: 10 min, multiply: {{diffusivity: 2}}}}]
time: {{end: 20 min, accuracy: 1e-4}}
output: {{vtk: no, probes: {{ray: {{from: [0 mm, 0.2 mm], to: [1 mm, 0.9 mm], points: 30}}}}}}
"""
hot = HOT.format(where="where_above: {species: temperature, value: 320 K}")
shape = HOT.format(where="where: {half_space: {point: [0.5 mm, 0 mm], normal: [-2, -1]}}")
drug = ("drug_in_fluid_mol_per_m3",)
both = [run("", "--backend", backend, "--coefficients", "double", text=hot) for backend in ("cpu", "guard")]
report("change where it is hot", "difference from the change in that shape", apart(*(run("", "--coefficients", "double", text=text) for text in (hot, shape)), drug), 0)
report("change where it is hot", "difference by the guard backend", apart(both[0], both[1], drug), 0)
report("change where it is hot", "three ranks, relative difference", apart(both[0], run("", "--coefficients", "double", "--replay-steps", both[0].directory, text=hot, ranks=3), drug), 1e-10)
