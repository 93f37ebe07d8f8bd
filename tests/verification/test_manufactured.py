"""V01, the diffusion-reaction part, in one, two and three dimensions: D and phi vary in place, first-order and Michaelis-Menten
losses, faces of given value, given flux, mass transfer and none, everything varies in time. The exact solution is prescribed and
its source computed from it:

  c = 1 + 1/2 e^-t s_x s_y s_z,   s_x = cos(pi x/2 + 0.3), s_y = cos(pi y/2), s_z = cos(pi z/2 + 0.3)
  source = d(phi c)/dt - div(phi D grad c) + phi (k c + v c/(K + c))

phi D = A(x) and phi(x) vary along x, so that div(A grad c) = A lap c + A' dc/dx.
"""
import math
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import report, run

PI = "3.14159265358979323846"
WAVE = "0.5*exp(-t)"
PHI = f"(0.4*(1+0.25*cos({PI}*x)))"
S = {"x": f"cos({PI}*x/2+0.3)", "y": f"cos({PI}*y/2)", "z": f"cos({PI}*z/2+0.3)"}
SLOPE = {"x": f"(-{PI}/2*sin({PI}*x/2+0.3))", "y": f"(-{PI}/2*sin({PI}*y/2))", "z": f"(-{PI}/2*sin({PI}*z/2+0.3))"}
TRANSFER = 0.05  # m/s


def case(axes, cells, diffusion=True, reaction=True, step=""):
    """The text of a case on [0, 1]^len(axes) m, and the source's own terms alone where some are switched off."""
    d0 = 0.02 if diffusion else 0.0
    k, v, km = (0.3, 0.2, 0.5) if reaction else (0.0, 0.0, 1.0)
    D = f"({d0}*(1+0.3*sin(2*{PI}*x)))"
    D_slope = f"({d0}*0.6*{PI}*cos(2*{PI}*x))"
    phi_slope = f"(-0.1*{PI}*sin({PI}*x))"
    product = "*".join(S[a] for a in axes)
    c = f"(1+{WAVE}*{product})"
    along = {a: f"{WAVE}*{SLOPE[a]}*{'*'.join(S[b] for b in axes if b != a) or '1'}" for a in axes}  # dc/da
    laplacian = f"(-{len(axes)}*({PI}/2)^2*{WAVE}*{product})"
    source = (f"-{PHI}*{WAVE}*{product}-{PHI}*{D}*{laplacian}-({PHI}*{D_slope}+{phi_slope}*{D})*{along['x']}"
              f"+{PHI}*({k}*{c}+{v}*{c}/({km}+{c}))")
    quantity = "{{formula: \"{}\", unit: {}}}".format
    reactions = f"""reactions:
  - {{equation: "u -> ", rate: {k} 1/s}}
  - {{equation: "u -> ", law: michaelis_menten, v_max: {v} mol/(m3 s), k_m: {km} mol/m3}}""" if reaction else ""
    at = lambda text, a, value: text.replace(f"*{a}", f"*{value}")  # a coordinate put into a formula
    faces = {"x-": f"value: {quantity(at(c, 'x', 0), 'mol/m3')}"}
    inflow = f"({PHI}*{D}*{along['x']})"  # outward normal and gradient agree: what enters is A dc/dx
    faces["x+"] = f"flux: {quantity(at(inflow, 'x', 1), 'mol/(m2 s)')}"
    if "y" in axes:
        faces["y-"] = "no_flux: yes"
        outside = f"({c}+{PHI}*{D}*{along['y']}/{TRANSFER})"
        faces["y+"] = f"transfer: {{coefficient: {TRANSFER} m/s, outside: {quantity(at(outside, 'y', 1), 'mol/m3')}}}"
    if "z" in axes:
        faces["z-"] = f"value: {quantity(at(c, 'z', 0), 'mol/m3')}"
        inflow = f"({PHI}*{D}*{along['z']})"
        faces["z+"] = f"flux: {quantity(at(inflow, 'z', 1), 'mol/(m2 s)')}"
    boundaries = "\n".join(f"  {face}: {{u: {{{what}}}}}" for face, what in faces.items()) if diffusion else ""
    return f"""
elute: 1
title: V01 manufactured solution
mesh: {{geometry: cartesian, {', '.join(f'{a}: {{from: 0 m, to: 1 m, cells: {cells}}}' for a in axes)}}}
tissues: {{gel: {{interstitial_fraction: {quantity(PHI, '1')}}}}}
species:
  u: {{diffusivity: {quantity(D, 'm2/s')}, initial: {quantity(c, 'mol/m3')}}}
{reactions}
sources: [{{species: u, density: {quantity(source, 'mol/(m3 s)')}}}]
boundaries:{' {}' if not boundaries else ''}
{boundaries}
time: {{end: 1 s, accuracy: 1e-7, method: ra34pw2{step}}}
output: {{vtk: no}}
verify: [{{species: u, at: 1 s, norm: l2, below: 1e9, exact: {quantity(c, 'mol/m3')}}}]
"""


def error(*arguments, **options):
    done = run("", "--quiet", text=case(*arguments, **options))
    assert done.closure() < 1e-12, done.closure()
    return float(done.table("verify.csv")[0]["obtained"])


for axes, cells in (("x", (20, 40, 80)), ("xy", (12, 24, 48)), ("xyz", (6, 12, 24))):
    errors = [error(axes, n) for n in cells]
    orders = [math.log2(a / b) for a, b in zip(errors, errors[1:])]
    print(axes, cells, "relative L2 errors", errors, "orders", orders)
    report(f"V01 in {len(axes)}-D", "order in space", orders[-1], 1.9, above=True)
    report(f"V01 in {len(axes)}-D", f"relative L2 error, {cells[-1]} cells per axis", errors[-1], 1e-3)

# Every term alone: without diffusion nothing is approximated in space, and what is left is the time error.
alone = [error("x", n, reaction=False) for n in (20, 40, 80)]
report("V01, diffusion alone", "order in space", math.log2(alone[-2] / alone[-1]), 1.9, above=True)
report("V01, reactions alone", "relative L2 error", error("x", 20, diffusion=False), 1e-6)
report("V01, source alone", "relative L2 error", error("x", 20, diffusion=False, reaction=False), 1e-6)
