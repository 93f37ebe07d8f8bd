"""Orders in time: on diffusivities of 100:1 with an open face, uptake and data that vary in time; and where everything is stiff,
theta lambda kept at 1e3 and 1e5 while the steps are refined. Orders in space of V02, V04, V08, V14 and V19, and the speed of V19's front."""
import math
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import SOURCE, report, run

CASE = """
elute: 1
title: heterogeneous diffusion, an open face, uptake
mesh: {{geometry: cartesian, x: {{from: 0 m, to: 1 m, cells: 20}}, y: {{from: 0 m, to: 1 m, cells: 20}}}}
tissues:
  a: {{interstitial_fraction: 1}}
  b: {{interstitial_fraction: 1, where: {{sphere: {{centre: [0.5 m, 0.5 m], radius: 0.3 m}}}}}}
species:
  u: {{diffusivity: 1e-1 m2/s, in: {{b: {{diffusivity: 1e-3 m2/s}}}}, initial: {{formula: "1+x*(1-x)*y", unit: mol/m3}}}}
reactions:
  - {{equation: "u -> ", law: michaelis_menten, v_max: {stiff} mol/(m3 s), k_m: 1 mol/m3}}
boundaries:
  x-: {{u: {{value: {{formula: "1+0.5*sin(3*t)", unit: mol/m3}}}}}}
sources:
  - {{species: u, density: {{formula: "cos(2*t)^2", unit: mol/(m3 s)}}}}
time: {{end: 1 s, accuracy: 1e-8, method: {method}, step: {step} s}}
output: {{vtk: no, probes: {{edge: [0.03 m, 0.4 m], inside: [0.5 m, 0.45 m], corner: [0.93 m, 0.9 m]}}}}
"""


def values(method, step, stiff=1):
    done = run("", text=CASE.format(method=method, step=step, stiff=stiff))
    assert done.closure() < 1e-12
    return [float(row["u_in_fluid_mol_per_m3"]) for row in done.table("probes.csv") if float(row["time_s"]) > 0.999]


def error(a, b):
    return math.sqrt(sum((x - y) ** 2 for x, y in zip(a, b)))


GAMMA = {"ros2": 1 - 1 / math.sqrt(2), "ra34pw2": 0.4358665215084590}


def orders(errors):
    return [math.log2(a / b) for a, b in zip(errors, errors[1:])]


for method, least in (("ros2", 1.9), ("ra34pw2", 2.85)):
    reference = values("ra34pw2", 1.0 / 1024)
    errors = [error(values(method, 1.0 / n), reference) for n in (16, 32, 64)]
    print(method, "errors", errors)
    report("D 100:1, open face, uptake, data that vary in time", f"order in time of {method}", orders(errors)[-1], least, above=True)

# ---- Prothero and Robinson's problem: a fast reaction that follows its data, u = 1 + cos t

RELAXATION = """
elute: 1
title: stiff relaxation
mesh: {{geometry: well_mixed, volume: 1 m3}}
species: {{u: {{mobile: no, initial: 2 mol/m3}}}}
reactions: [{{equation: "u -> ", rate: {rate} 1/s}}]
sources: [{{species: u, density: {{formula: "{rate}*(1+cos(t))-sin(t)", unit: mol/(m3 s)}}}}]
time: {{end: 1 s, accuracy: 1e-8, method: {method}, step: {step} s}}
output: {{vtk: no}}
verify: [{{species: u, total_in: all, equals: 1 mol, within: 1e9}}]
"""
for method, least in (("ros2", 1.9), ("ra34pw2", 2.9)):
    for stiffness in (1e3, 1e5):
        errors = []
        for n in (10, 20, 40, 80):
            done = run("", "--quiet", text=RELAXATION.format(method=method, step=1 / n, rate=repr(stiffness * n / GAMMA[method])))
            errors.append(abs(float(done.table("verify.csv")[0]["obtained"]) - 1 - math.cos(1)))
        report("stiff relaxation to data that vary in time", f"order in time of {method}, theta lambda = {stiffness:g}", orders(errors)[-1], least, above=True)

# ---- Fast diffusion that follows a face, u = 1 + cos t everywhere; the cell beside the face apart. Here stages of order one
# cost the third-order method its third order (order reduction; Hairer & Wanner IV.15): 2 is what it keeps.

FACE = """
elute: 1
title: stiff diffusion beside a face that varies
mesh: {{geometry: cartesian, x: {{from: 0 m, to: 1 m, cells: 10}}}}
species: {{u: {{diffusivity: {diffusivity} m2/s, initial: 2 mol/m3}}}}
reactions: [{{equation: "u -> ", rate: 1 1/s}}]
sources: [{{species: u, density: {{formula: "1+cos(t)-sin(t)", unit: mol/(m3 s)}}}}]
boundaries: {{x-: {{u: {{value: {{{value}}}}}}}}}
time: {{end: 1 s, accuracy: 1e-8, method: {method}, step: {step} s}}
output: {{vtk: no, probes: {{line: {{from: [0.05 m], to: [0.95 m], points: 10}}}}}}
"""
FORMULA = 'formula: "1+cos(t)", unit: mol/m3'
for method in ("ros2", "ra34pw2"):
    beside, inside = [], []
    for n in (10, 20, 40, 80):
        diffusivity = 1e3 * n / GAMMA[method] / 400  # theta 4 D / dx^2 = 1e3
        done = run("", "--quiet", text=FACE.format(method=method, step=1 / n, diffusivity=repr(diffusivity), value=FORMULA))
        errors = [abs(float(r["u_in_fluid_mol_per_m3"]) - 1 - math.cos(1)) for r in done.table("probes.csv") if float(r["time_s"]) > 0.999]
        beside.append(errors[0])
        inside.append(max(errors[1:]))
    for where, errors in (("beside the face", beside), ("inside", inside)):
        report("stiff diffusion that follows a face", f"order in time of {method} {where}, theta lambda = 1e3", orders(errors)[-1], 1.9, above=True)

# A table, linear between its knots and a segment between each two: exact for both methods but for the time error within.
knots = [i / 8 for i in range(9)]
table = "table: {{time: [{}], value: [{}]}}".format(", ".join(f"{t} s" for t in knots), ", ".join(f"{1 + math.cos(t):.17g} mol/m3" for t in knots))
for method, least in (("ros2", 1.9), ("ra34pw2", 2.85)):
    def with_table(n):
        done = run("", "--quiet", text=FACE.format(method=method, step=1 / n, diffusivity=0.1, value=table))
        return [float(r["u_in_fluid_mol_per_m3"]) for r in done.table("probes.csv") if float(r["time_s"]) > 0.999]
    reference = with_table(2048)
    errors = [error(with_table(n), reference) for n in (16, 32, 64)]
    report("a face that follows a table", f"order in time of {method}", orders(errors)[-1], least, above=True)

# ---- Space

POINT = """
elute: 1
title: V02 on a coarse mesh, h = width/{part}
mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 1.752 mm, cells: {n}}}, y: {{from: 0 mm, to: 1.752 mm, cells: {n}}}, z: {{from: 0 mm, to: 1.752 mm, cells: {n}}}}}
species: {{drug: {{diffusivity: 1e-11 m2/s, initial: {{formula: "{exact}", unit: mol/m3}}}}}}
reactions: [{{equation: "drug -> ", rate: 1e-5 1/s}}]
time: {{end: 3000 s, accuracy: 1e-5}}
output: {{vtk: no}}
verify: [{{species: drug, norm: l2, below: 1e9, exact: {{formula: "{exact}", unit: mol/m3}}}}]
"""
EXACT = "1e-9*(4*3.14159265358979*1e-11*(600+t))^(-1.5)*exp(-(x*x+y*y+z*z)/(4*1e-11*(600+t))-1e-5*(600+t))"
errors = [float(run("", "--quiet", text=POINT.format(part=n // 16, n=n, exact=EXACT)).table("verify.csv")[0]["obtained"]) for n in (16, 32, 48)]
print("V02, h = width/1, /2, /3:", errors)
report("V02", "order in space, h = width/2 to width/3", math.log(errors[1] / errors[2]) / math.log(1.5), 1.9, above=True)
report("V02", "relative L2 error at h = width/3 over the 3.1e-3 of a solution exact in time, less 1", abs(errors[2] / 3.1e-3 - 1), 0.5)

SPHERE = """
elute: 1
title: V04 in three dimensions, an eighth of a sphere held from outside
mesh: {{geometry: cartesian, x: {{from: 0 um, to: 240 um, cells: {n}}}, y: {{from: 0 um, to: 240 um, cells: {n}}}, z: {{from: 0 um, to: 240 um, cells: {n}}}}}
tissues:
  bath: {{interstitial_fraction: 1}}
  sphere: {{interstitial_fraction: 1, where: {{sphere: {{centre: [0 um, 0 um, 0 um], radius: 200 um}}}}}}
species: {{drug: {{diffusivity: 4e-11 m2/s}}}}
hold: {{bath: {{drug: {{value: 1 mol/m3}}}}}}
time: {{end: 100 s, accuracy: 1e-4}}
output: {{vtk: no}}
verify: [{{species: drug, total_in: sphere, equals: 1 mol, within: 1e9}}]
"""
crank = 1 - 6 / math.pi**2 * sum(math.exp(-(n * math.pi) ** 2 * 0.1) / n**2 for n in range(1, 50))
errors = []
for n in (12, 24, 48):
    done = run("", "--quiet", text=SPHERE.format(n=n))
    amount, h = float(done.table("verify.csv")[0]["obtained"]), 240e-6 / n
    full = h**3 * sum((i + 0.5) ** 2 + (j + 0.5) ** 2 + (k + 0.5) ** 2 <= (2e-4 / h) ** 2 for i in range(n) for j in range(n) for k in range(n))
    assert abs(done.ledger("drug", "bath")[-1] + amount) < 1e-12 * amount  # what the bath gave is what is there
    errors.append(abs(amount / full - crank))
print("V04 in 3-D, error of M/Minf:", errors)
report("V04 in 3-D, embedded sphere", "order in space of the uptake", min(orders(errors)), 0.9, above=True)

errors = []
for n in (20, 40, 80):
    done = run("verification/v14_central_depot.yaml", "--quiet", f"--set=mesh.r.cells={n}", "--set=time.accuracy=1e-7", "--set=verify=[{species: free, at: 6 h, point: [1 mm], equals: 0.005362 mol/m3, within: 1e9}]")
    # the series of V14 at r = 1 mm and 6 h, summed here
    a, R, k, decay, D, t, r = 0.5e-3, 2e-3, 2e-5, 1e-5, 5e-11, 6 * 3600, 1e-3
    exact = 0.0
    for i in range(1, 400):
        beta = i * math.pi / R
        mu = D * beta**2 + decay
        exact += 2 / R * (math.sin(beta * a) / beta**2 - a * math.cos(beta * a) / beta) * k * (math.exp(-k * t) - math.exp(-mu * t)) / (mu - k) * math.sin(beta * r) / r
    errors.append(abs(float(done.table("verify.csv")[0]["obtained"]) / exact - 1))
print("V14 at 1 mm:", errors)
report("V14", "order in space at r = 1 mm", orders(errors)[-1], 1.9, above=True)

# V08: across a jump of diffusivity, uptake and partition; its case without the criteria of the finest mesh
with open(os.path.join(SOURCE, "cases", "verification", "v08_composite_sphere.yaml")) as file:
    sphere = file.read()
sphere = sphere[:sphere.index("  - {species: drug, point")].replace("below: 1e-4", "below: 1")
errors = [float(run("", "--quiet", f"--set=mesh.r.cells={n}", text=sphere).table("verify.csv")[0]["obtained"]) for n in (20, 40, 80, 160)]
print("V08:", errors)
report("V08", "order in space, across the jump", min(orders(errors)), 1.95, above=True)

# V19: order in space of the exact wave; then a front from compact data, whose speed tends to 2 - 1.5/t.
errors = [float(run("fisher_wave.yaml", "--quiet", f"--set=mesh.x.cells={n}", "--set=time.accuracy=1e-7").table("verify.csv")[0]["obtained"]) for n in (225, 450, 900)]
print("V19:", errors)
report("V19", "order in space", min(orders(errors)), 1.9, above=True)

FRONT = """
elute: 1
title: V19 from compact data
mesh: {geometry: cartesian, x: {from: 0 m, to: 100 m, cells: 2500}}
species: {u: {diffusivity: 1 m2/s, initial: {formula: "1-step(x-5)", unit: mol/m3}}}
reactions:
  - {equation: "u -> 2 u", rate: 1 1/s}
  - {equation: "2 u -> u", rate: 1 m3/(mol s)}
time: {end: 41 s, accuracy: 1e-5}
output: {vtk: no, at: [39 s, 41 s], probes: {line: {from: [60 m], to: [90 m], points: 751}}}
"""


def front(rows, time):
    """Where u = 1/2."""
    u = [(float(r["x_m"]), float(r["u_in_fluid_mol_per_m3"])) for r in rows if abs(float(r["time_s"]) - time) < 1e-6]
    for (x0, u0), (x1, u1) in zip(u, u[1:]):
        if u0 >= 0.5 > u1:
            return x0 + (x1 - x0) * (u0 - 0.5) / (u0 - u1)
    raise AssertionError(f"no front at {time} s")


rows = run("", "--quiet", text=FRONT).table("probes.csv")
speed = (front(rows, 41) - front(rows, 39)) / 2
report("V19 from compact data", f"speed of the front at 40 s, {speed:.4f} m/s, against 2 - 1.5/t, relative", abs(speed / (2 - 1.5 / 40) - 1), 0.01)
