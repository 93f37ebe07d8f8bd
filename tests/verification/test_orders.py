"""Orders in time on diffusivities of 100:1 with an open face, uptake, and data that vary in time; order in space of V04's sphere."""
import math
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import run

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


for method, least in (("ros2", 1.9), ("ra34pw2", 2.85)):
    reference = values("ra34pw2", 1.0 / 1024)
    errors = [error(values(method, 1.0 / n), reference) for n in (16, 32, 64)]
    orders = [math.log2(errors[i] / errors[i + 1]) for i in range(2)]
    print(method, "errors", errors, "orders", orders)
    assert orders[-1] >= least, (method, errors, orders)
