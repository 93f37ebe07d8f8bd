"""Tensors of diffusion and of hydraulic conductivity: moments and order of a rotated Gaussian (V02), walls oblique to the tensor, layers,
axes exchanged, held tissue and open faces, ranks and backends, Darcy flow in rotated media, the range of the factored step."""
import math
import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import fields, report, run

D = 1e-11


def along(direction, across):
    n = np.array(direction) / np.linalg.norm(direction)
    return across * np.eye(len(n)) + (1 - across) * np.outer(n, n)


def centres(done):
    """Arrays of the last state and of the cells' places, [z, y, x]."""
    found, edges = fields(done)
    z, y, x = np.meshgrid(*(0.5 * (e[1:] + e[:-1]) if len(e) > 1 else [0.0] for e in reversed(edges)), indexing="ij")
    return found, x, y, z


def relative(found, exact):
    return float(np.sqrt(((found - exact) ** 2).sum() / (exact**2).sum()))


# ---- V02: a Gaussian of 1e-9 mol whose covariance is 2 D t, all six entries of D away from zero

FIBRES = [1, 2, -1.5]
T = along(FIBRES, 0.3)
assert (abs(T) > 0.05).all()


def gauss(t):
    s = 2 * D * t * T
    inverse = np.linalg.inv(s)
    square = " + ".join(f"({inverse[a, b] * (1 if a == b else 2):.17g})*{'xyz'[a]}*{'xyz'[b]}" for a in range(3) for b in range(a, 3))
    return f"{1e-9 / math.sqrt(np.linalg.det(2 * math.pi * s)):.17g}*exp(-0.5*({square}))"


def spread(cells, begin, end, half, accuracy):
    """The run's record, and numbers found, exact and at the beginning, with their places."""
    axis = f"{{from: -{half} mm, to: {half} mm, cells: {cells}}}"
    done = run("", "--quiet", text=f"""elute: 1
title: a rotated Gaussian
mesh: {{geometry: cartesian, x: {axis}, y: {axis}, z: {axis}}}
tissues: {{gel: {{anisotropy: {{direction: {FIBRES}, across: 0.3}}}}}}
species: {{u: {{diffusivity: {D} m2/s, initial: {{formula: "{gauss(begin)}", unit: mol/m3}}}}}}
time: {{end: {end - begin} s, accuracy: {accuracy}}}
""")
    found, x, y, z = centres(done)
    here = {"exp": np.exp, "x": x, "y": y, "z": z}
    return done, found["u_in_fluid"], eval(gauss(end), here), eval(gauss(begin), here), (x, y, z)


def covariance(u, x):
    return np.array([[(u * x[a] * x[b]).sum() / u.sum() for b in range(3)] for a in range(3)])


done, u, exact, first, x = spread(48, 600, 3600, 1.6, 1e-3)
growth = (covariance(u, x) - covariance(first, x)) / (2 * D * 3000)
report("V02, tensor", "growth of second moments over 2 D t, worst of six entries, relative", abs(growth / T - 1).max(), 0.005)
report("V02, tensor", "mass, relative", max(abs(u.sum() / first.sum() - 1), done.closure()), 1e-12)
assert done.record["steps"]["gmres_stages"] == 0, done.record["steps"]
errors = {n: relative(*spread(n, 1800, 3600, 1.3, 1e-6)[1:3]) for n in (32, 48, 64)}
report("V02, tensor", "order in space, 32 to 64 cells", math.log2(errors[32] / errors[64]), 1.9, above=True)
report("V02, tensor", "relative L2 error on 64 cells, h = 0.67 of the narrowest standard deviation at the start", errors[64], 0.01)

# ---- walls oblique to the tensor: 1 + cos(k (y - Dxy/Dxx x)) cos(pi x/L) exp(lambda t) has no flux at x = 0 and L

L, K = 1e-3, 2 * math.pi / 1e-3
RATE = -D * ((math.pi / L) ** 2 + K**2 * (0.6 - 0.25))


def oblique(t):
    return f"1+{math.exp(RATE * t):.17g}*cos({K:.17g}*(y-0.5*x))*cos({math.pi / L:.17g}*x)"


errors = {}
for cells in (16, 32, 64):
    done = run("", "--quiet", text=f"""elute: 1
title: walls oblique to the tensor
mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 1 mm, cells: {cells}}}, y: {{from: 0 mm, to: 1 mm, cells: {cells}}}}}
tissues: {{gel: {{interstitial_fraction: 0.4, anisotropy: {{tensor: {{xx: 1, yy: 0.6, xy: 0.5}}}}}}}}
species: {{u: {{diffusivity: {D} m2/s, initial: {{formula: "{oblique(0)}", unit: mol/m3}}}}}}
boundaries: {{y-: {{periodic: yes}}, y+: {{periodic: yes}}}}
time: {{end: 2000 s, accuracy: 1e-6}}
""")
    found, x, y, z = centres(done)
    exact = eval(oblique(2000), {"cos": np.cos, "x": x, "y": y})
    errors[cells] = relative(found["u_in_fluid"] - 1, exact - 1)
report("walls oblique to the tensor", "order in space, 16 to 64 cells", math.log2(errors[16] / errors[64]) / 2, 1.9, above=True)

# ---- linear profiles are kept exactly: in two layers between given values, and beside given fluxes and transfer

LINEAR = """elute: 1
title: a linear profile
mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 1 mm, cells: 9, stretch: 1.1}}, y: {{from: 0 mm, to: 1 mm, cells: 8}}, z: {{from: 0 mm, to: 1 mm, cells: 7}}}}
tissues:
  low: {{interstitial_fraction: 0.3, anisotropy: {{tensor: {{xx: 1, yy: 0.7, zz: 0.6, xy: 0.3, xz: -0.2, yz: 0.1}}}}}}
  high: {{interstitial_fraction: 0.6, anisotropy: {{direction: [1, -1, 2], across: 0.4}}, where: {{half_space: {{point: [0 mm, {border} mm, 0 mm], normal: [0, -1, 0]}}}}}}
species: {{u: {{diffusivity: 1e-10 m2/s, in: {{high: {{diffusivity: 3e-10 m2/s}}}}, initial: {{formula: "{profile}", unit: mol/m3}}}}}}
boundaries:
  y-: {{u: {{value: {{formula: "{profile}", unit: mol/m3}}}}}}
  y+: {{u: {{value: {{formula: "{profile}", unit: mol/m3}}}}}}
  {others}
time: {{end: 1 h, accuracy: 1e-4}}
"""
low = 0.3 * 1e-10 * np.array([[1, 0.3, -0.2], [0.3, 0.7, 0.1], [-0.2, 0.1, 0.6]])
high = 0.6 * 3e-10 * along([1, -1, 2], 0.4)
g = np.array([700.0, -400.0, 900.0])  # mol/m4
h = g.copy()
h[1] = (low[1] @ g - high[1, 0] * g[0] - high[1, 2] * g[2]) / high[1, 1]  # the same flux through the layers' border
VALUES = "\n  ".join(f'{side}: {{u: {{value: {{formula: "{{profile}}", unit: mol/m3}}}}}}' for side in ("x-", "x+", "z-", "z+"))
SIDES = VALUES.split("\n  ")
FLUXES = [f'{side}: {{u: {{flux: {sign * low[0] @ g:.17g} mol/(m2 s)}}}}' for side, sign in (("x-", -1), ("x+", 1))] + SIDES[2:]
TRANSFER = SIDES[:3] + [f'z+: {{u: {{transfer: {{coefficient: 1e-6 m/s, outside: {{formula: "{{profile}}+1e6*({low[2] @ g:.17g})", unit: mol/m3}}}}}}}}']
for what, border, others in (("two layers, values given", 0.5, SIDES), ("fluxes given at two sides", 2, FLUXES), ("transfer at one side", 2, TRANSFER)):
    b = border * 1e-3
    profile = f"2+{g[0]}*x+{g[2]}*z+(y<{b} ? {g[1]}*(y-{b}) : {h[1]:.17g}*(y-{b}))"
    text = LINEAR.format(profile=profile, border=border, others="\n  ".join(others).replace("{profile}", profile))
    done = run("", "--quiet", "--coefficients", "double", text=text)
    found, x, y, z = centres(done)
    exact = 2 + g[0] * x + g[2] * z + np.where(y < b, g[1], h[1]) * (y - b)
    report("a linear profile", f"{what}, largest change, relative", abs(found["u_in_fluid"] - exact).max() / exact.max(), 1e-10)
    report("a linear profile", f"{what}, ledger", done.closure(), 1e-12)

# ---- two tissues with directions of their own, flux along their border too: against 256 cells

BORDER = """elute: 1
title: two tissues with directions of their own
mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 1 mm, cells: {cells}}}, y: {{from: 0 mm, to: 1 mm, cells: {cells}}}}}
tissues:
  gel: {{anisotropy: {{direction: [1, 1], across: 0.2}}}}
  stroma: {{anisotropy: {{direction: [1, -2], across: 0.3}}, where: {{half_space: {{point: [0.5 mm, 0 mm], normal: [-1, 0]}}}}}}
species: {{u: {{diffusivity: 1e-11 m2/s, in: {{stroma: {{diffusivity: 3e-11 m2/s}}}}, initial: {{formula: "1+sin(2000*3.141592653589793*y)*cos(1000*3.141592653589793*x)", unit: mol/m3}}}}}}
boundaries: {{y-: {{periodic: yes}}, y+: {{periodic: yes}}, x-: {{u: {{value: 1 mol/m3}}}}}}
time: {{end: 600 s, accuracy: 1e-6}}
"""
found = {n: fields(run("", "--quiet", text=BORDER.format(cells=n)))[0]["u_in_fluid"][0] for n in (16, 32, 64, 256)}
means = {n: found[256].reshape(n, 256 // n, n, 256 // n).mean((1, 3)) for n in (16, 32, 64)}
errors = {n: relative(found[n] - 1, means[n] - 1) for n in means}
report("two tissues with directions of their own", "order in space, 16 to 64 cells", math.log2(errors[16] / errors[64]) / 2, 1.9, above=True)

# ---- a direction along an axis is a diagonal tensor; axes exchanged give exchanged results

BLOB = """elute: 1
title: axes
mesh: {{geometry: cartesian, x: {{from: -1 mm, to: 1 mm, cells: 16}}, y: {{from: -1 mm, to: 1 mm, cells: 16}}, z: {{from: -1 mm, to: 1 mm, cells: 16}}}}
tissues: {{gel: {{anisotropy: {anisotropy}}}}}
species: {{u: {{diffusivity: 1e-11 m2/s, initial: {{formula: "exp(-({a}*x*x+{b}*y*y+{c}*z*z)*1e7)", unit: mol/m3}}}}}}
boundaries: {{{side}: {{u: {{value: 0.5 mol/m3}}}}}}
time: {{end: 1 h, accuracy: 1e-4}}
"""


def blob(anisotropy, a, b, c, side, *options):
    done = run("", "--quiet", "--coefficients", "double", *options, text=BLOB.format(anisotropy=anisotropy, a=a, b=b, c=c, side=side))
    assert done.closure() < 1e-12
    return done, fields(done)[0]["u_in_fluid"]


base, u = blob("{direction: [0, 3, 0], across: 0.3}", 1, 2, 3, "x-")
assert "largest_correlation" not in base.record["steps"]
_, same = blob("{tensor: {xx: 0.3, yy: 1, zz: 0.3}}", 1, 2, 3, "x-", "--replay-steps", base.directory)
report("axes", "direction along an axis against the diagonal tensor, relative", abs(same - u).max() / u.max(), 1e-13)
base, u = blob("{direction: [1, 2, -1.5], across: 0.3}", 1, 2, 3, "x-", "--set", "time.linear=gmres", "--set", "time.accuracy=1e-6")
_, turned = blob("{direction: [-1.5, 1, 2], across: 0.3}", 3, 1, 2, "y-", "--set", "time.linear=gmres", "--set", "time.accuracy=1e-6")
report("axes", "x, y, z exchanged for y, z, x, GMRES, relative", abs(np.transpose(turned, (2, 0, 1)) - u).max() / u.max(), 1e-10)

# ---- everything at once: ledger, ranks, backends, PETSc's integrator on the same residual

ALL = """elute: 1
title: tensors, flow, held tissue, open faces
mesh: {geometry: cartesian, x: {from: -1 mm, to: 1 mm, cells: 14}, y: {from: -1 mm, to: 1 mm, cells: 12, stretch: 1.05}, z: {from: -1 mm, to: 1 mm, cells: 11}}
tissues:
  gel: {interstitial_fraction: 0.3, hydraulic_conductivity: 1e-14 m2/(Pa s)}
  stroma:
    interstitial_fraction: 0.5
    hydraulic_conductivity: 4e-14 m2/(Pa s)
    anisotropy: {direction: [1, 1, -1], across: 0.3, hydraulic_conductivity: {across: 0.2}}
    where: {half_space: {point: [0.2 mm, 0 mm, 0 mm], normal: [1, 0.3, 0]}}
  bath: {hydraulic_conductivity: 1e-13 m2/(Pa s), anisotropy: {tensor: {xx: 1, yy: 1, zz: 1, xy: 0.4}}, where: {sphere: {centre: [-0.5 mm, -0.5 mm, 0.4 mm], radius: 0.3 mm}}}
species: {s: {mobile: no}}
drugs: {u: {diffusivity: 1e-11 m2/s, convective_hindrance: 0.7, in: {stroma: {partition: 2}}}, w: {diffusivity: 2e-12 m2/s, sorption_factor: 2, initial: 1 uM}}
reactions: [{equation: "u -> s", rate: 1e-4 1/s}]
delivery: {drip: {give: u, dose: 1 nmol, route: infusion, at: [0 mm, 0.2 mm, 0 mm], radius: 0.3 mm, volume: 1 uL, start: 10 min, duration: 30 min}}
hold: {bath: {u: {value: {formula: "1e-3*(1+t/3600)", unit: mol/m3}}, w: {value: 3 uM}}}
flow: {model: darcy_starling, boundaries: {x-: {pressure: 0 Pa}, z-: {velocity: 0.05 um/s}, z+: {pressure: 200 Pa}}}
boundaries: {z-: {w: {value: {formula: "1e-3*(1+sin(t/900))", unit: mol/m3}}}, y+: {u: {transfer: {coefficient: 1e-7 m/s, outside: 1 uM}}, w: {flux: 1e-12 mol/(m2 s)}}, x-: {u: {value: 0 M}}}
time: {end: 1 h, accuracy: 1e-3}
output: {every: 30 min}
"""
done = run("", "--quiet", text=ALL)
steps = done.record["steps"]
report("everything at once", "ledger", done.closure(), 1e-12)
assert steps["largest_correlation"] > 1.4 and done.record["flow"]["largest_imbalance"] < 1e-9, (steps, done.record["flow"])
base = fields(done)[0]
names = ("u_in_fluid", "w_in_fluid", "s_in_tissue", "pressure", "velocity")


def again(what, most, base, *options, ranks=0):
    other = run("", "--quiet", "--replay-steps", done.directory, *options, text=ALL, ranks=ranks)
    assert other.closure() < 1e-12
    found = fields(other)[0]
    worst = max(abs(found[n] - base[n]).max() / abs(base[n]).max() for n in names)
    report("everything at once", f"{what}, same steps, largest difference, relative", worst, most)
    return found


for ranks in (2, 3, 4):
    again(f"{ranks} ranks", 1e-9, base, ranks=ranks)
host = again("CPU backend", 1e-9, base, "--backend", "cpu")
again("guard backend", 0, host, "--backend", "guard")
fine = fields(run("", "--quiet", "--set", "time.accuracy=1e-5", text=ALL))[0]
found = fields(run("", "--quiet", "--set", "time.accuracy=1e-5", "--stepper", "petsc", "--", "-ts_type", "bdf", text=ALL))[0]
report("everything at once", "petsc bdf against the W-method, accuracy 1e-5, relative", abs(found["u_in_fluid"] - fine["u_in_fluid"]).max() / abs(fine["u_in_fluid"]).max(), 1e-3)

# ---- a uniform concentration stays uniform in a flow by tensors that diverges

UNIFORM = """elute: 1
title: uniform concentration
mesh: {geometry: cartesian, x: {from: -1 mm, to: 1 mm, cells: 15}, y: {from: -1 mm, to: 1 mm, cells: 14}, z: {from: -1 mm, to: 1 mm, cells: 13, stretch: 1.1}}
tissues:
  gel: {interstitial_fraction: 0.3, hydraulic_conductivity: 1e-14 m2/(Pa s), anisotropy: {direction: [1, 1, 1], across: 0.3}}
  ball: {interstitial_fraction: 0.6, hydraulic_conductivity: 4e-14 m2/(Pa s), anisotropy: {direction: [2, -1, 0], across: 0.5}, where: {sphere: {centre: [0.3 mm, 0 mm, 0 mm], radius: 0.4 mm}}}
drugs: {u: {diffusivity: 1e-11 m2/s, initial: 2 uM}}
delivery: {drip: {give: u, dose: 2 pmol, route: infusion, at: [-0.2 mm, 0.1 mm, 0 mm], radius: 0.25 mm, volume: 1 uL, duration: 1 h}}
flow: {model: darcy_starling, boundaries: {x-: {pressure: 1 kPa}, x+: {pressure: 0 Pa}, y+: {pressure: 0 Pa}}}
boundaries: {x-: {u: {value: 2 uM}}}
time: {end: 90 min, accuracy: 1e-3}
"""
done = run("", "--quiet", "--coefficients", "double", text=UNIFORM)
u = fields(done)[0]["u_in_fluid"]
report("uniform concentration, divergent flow by tensors", "largest deviation, relative", abs(u / 2e-3 - 1).max(), 1e-10)

# ---- Darcy flow in rotated layers: a pressure linear in each, given at all sides, moves fluid at -K grad p

DARCY = """elute: 1
title: Darcy flow in rotated layers
mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 1 mm, cells: 10}}, y: {{from: 0 mm, to: 1 mm, cells: 12}}}}
tissues:
  low: {{hydraulic_conductivity: 1e-14 m2/(Pa s), anisotropy: {{direction: [2, 1], across: 0.1}}}}
  high: {{hydraulic_conductivity: 3e-14 m2/(Pa s), anisotropy: {{tensor: {{xx: 1, yy: 0.5, xy: -0.4}}}}, where: {{half_space: {{point: [0 mm, {border} mm], normal: [0, -1]}}}}}}
species: {{u: {{diffusivity: 1e-11 m2/s}}}}
flow: {{model: darcy_starling, boundaries: {{all: {{pressure: {{formula: "{pressure}", unit: Pa}}}}}}}}
time: {{end: 1 s, accuracy: 1e-3}}
"""
low, high = 1e-14 * along([2, 1], 0.1), 3e-14 * np.array([[1, -0.4], [-0.4, 0.5]])
g = np.array([3e6, -2e6])  # Pa/m
h = np.array([g[0], (low[1] @ g - high[1, 0] * g[0]) / high[1, 1]])
for what, border in (("one medium", 2), ("two layers", 0.5)):
    b = border * 1e-3
    done = run("", "--quiet", text=DARCY.format(border=border, pressure=f"5000+{g[0]}*x+(y<{b} ? {g[1]}*(y-{b}) : {h[1]:.17g}*(y-{b}))"))
    found, x, y, z = centres(done)
    exact = 5000 + g[0] * x + np.where(y < b, g[1], h[1]) * (y - b)
    report("Darcy flow by tensors", f"{what}, pressure, relative", abs(found["pressure"] - exact).max() / exact.max(), 1e-10)
    velocity = -np.where((y < b)[..., None], low @ g, high @ h)
    beside = abs(y - b) < 1e-4  # cells at the border know the other layer's gradient across it by halves alone
    wrong = abs(found["velocity"][..., :2] - velocity).max(-1) / abs(velocity).max()
    report("Darcy flow by tensors", f"{what}, velocity, cells at the border apart, relative", wrong[~beside].max(), 1e-10)
    report("Darcy flow by tensors", f"{what}, velocity across the border, relative", abs(found["velocity"][..., 1] / velocity[..., 1] - 1).max(), 1e-10)

# ---- the factored step: stable up to a correlation and a cross number, in tissues that meet and beside walls; GMRES beyond

LONG = """elute: 1
title: long steps in a closed box
mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 1 mm, cells: {cells}, stretch: 1.05}}, y: {{from: 0 mm, to: 1 mm, cells: {cells}}}{z}}}
tissues:
  gel: {{interstitial_fraction: 0.3, anisotropy: {{direction: {one}, across: {across}}}}}
  stroma: {{interstitial_fraction: 0.6, anisotropy: {{direction: {other}, across: {across}}}, where: {{half_space: {{point: {point}, normal: {one}}}}}}}
species: {{u: {{diffusivity: 1e-11 m2/s, initial: {{formula: "x<0.3e-3 && y<0.5e-3 ? 1 : 0", unit: mol/m3}}}}}}
time: {{end: {end} s, accuracy: 1e-3, method: {method}, step: {step} s}}
"""


def long_steps(axes, cells, method, across, step, steps):
    z = f", z: {{from: 0 mm, to: 1 mm, cells: {cells}}}" if axes == 3 else ""
    text = LONG.format(cells=cells, z=z, one=[1, 1, 1][:axes], other=[2, -1, 0.5][:axes], point="[" + ", ".join(["0.5 mm"] * axes) + "]",
                       across=across, method=method, step=step, end=steps * step)
    done = run("", "--quiet", text=text)
    assert done.closure() < 1e-12
    return done.record["steps"], fields(done)[0]["u_in_fluid"]


for axes, cells, method, across in ((2, 24, "ros2", 0.01), (2, 48, "ros2", 0.2), (2, 32, "ra34pw2", 0.01), (3, 14, "ros2", 0.25), (3, 14, "ra34pw2", 0.04)):
    seen = long_steps(axes, cells, method, across, 1, 1)[0]
    step = seen["cross_number_of_gmres"] / seen["largest_cross_number"]
    steps, u = long_steps(axes, cells, method, across, 0.99 * step, 200)
    assert steps["gmres_stages"] == 0 and steps["largest_correlation"] <= steps["correlation_of_gmres"], steps
    what = f"{method}, {axes} axes, correlation {steps['largest_correlation']:.3g}, cross number {steps['largest_cross_number']:.3g}"
    report("long steps by tensors", f"{what}, 200 of them, largest of |u|, which began as 1", abs(u).max(), 1.1)
    steps, u = long_steps(axes, cells, method, across, 30 * step, 20)
    assert steps["gmres_stages"] == 20 * (2 if method == "ros2" else 4), steps
    report("long steps by tensors", f"{method}, {axes} axes, 20 steps 30 times as long by GMRES, largest of |u|", abs(u).max(), 1.1)
steps, u = long_steps(3, 14, "ros2", 0.1, 100, 40)
assert steps["largest_correlation"] > steps["correlation_of_gmres"] and steps["gmres_stages"] == 80, steps
_, exact = long_steps(3, 14, "ra34pw2", 0.1, 25, 160)
report("long steps by tensors", "beyond the correlation, ros2 by GMRES against shorter steps of ra34pw2, relative L2", relative(u, exact), 2e-3)
