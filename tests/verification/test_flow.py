"""The pressure equation against exact solutions: V09 (an isolated tumour), V10 (one in normal tissue), V15 (infusion from a cavity);
flows that balance, that cannot, and that nothing fixes; the same on any number of ranks."""
import math
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import fields, report, run

MMHG = 133.322
TUMOUR = "hydraulic_conductivity: 3.098e-14 m2/(Pa s), vascular_density: 200 1/cm, vessel_conductivity: 2.1e-11 m/(Pa s), vessel_pressure: 15.6 mmHg, osmotic_pressure_vessel: 20 mmHg, osmotic_pressure_tissue: 15 mmHg, osmotic_reflection: 0.82"
NORMAL = "hydraulic_conductivity: 6.398e-15 m2/(Pa s), vascular_density: 70 1/cm, vessel_conductivity: 2.7e-12 m/(Pa s), vessel_pressure: 15.6 mmHg, osmotic_pressure_vessel: 20 mmHg, osmotic_pressure_tissue: 10 mmHg, osmotic_reflection: 0.91"
HEAD = "elute: 1\ntitle: flow\nspecies: {u: {diffusivity: 1e-11 m2/s, initial: 1 uM}}\ntime: {end: 1 s, step: 1 s}\n"


def pressure(text, *options, **more):
    """p by cell, x of the cells' centres and velocities at the end, and the record."""
    done = run("", "--quiet", *options, text=HEAD + text, **more)
    assert done.closure() < 1e-12, done.closure()
    array, edges = fields(done)
    record = done.record["flow"]
    assert record["largest_imbalance"] < 1e-10, record
    return array["pressure"], 0.5 * (edges[0][1:] + edges[0][:-1]), array["velocity"], record


# ---- V09: p = p_e (1 - sinh(alpha x)/(x sinh alpha)), x = r/R, alpha = R sqrt(G_v/K)

G, K, EFFECTIVE = 2.1e-11 * 2e4, 3.098e-14, (15.6 - 0.82 * 5) * MMHG


def isolated(radius, cells):
    p, r, velocity, record = pressure(
        f"mesh: {{geometry: spherical, r: {{from: 0 mm, to: {radius} mm, cells: {cells}}}}}\ntissues: {{tumour: {{{TUMOUR}}}}}\n"
        "flow: {model: darcy_starling, boundaries: {surface: {pressure: 0 mmHg}}}\n")
    alpha = radius * 1e-3 * math.sqrt(G / K)
    exact = [1 - math.sinh(alpha * x) / (x * math.sinh(alpha)) for x in r / (radius * 1e-3)]
    rms = math.sqrt(sum((a / EFFECTIVE - b) ** 2 for a, b in zip(p[0, 0], exact)) / cells)
    surface = record["outflow_m3_per_s"] / (4 * math.pi * (radius * 1e-3) ** 2)
    return rms, abs(surface / (K / (radius * 1e-3) * EFFECTIVE * (alpha / math.tanh(alpha) - 1)) - 1), surface, p[0, 0, 0] / EFFECTIVE, record


errors = [isolated(4, n)[0] for n in (50, 100, 200, 400)]
report("V09", "order of the pressure, three refinements", min(math.log2(a / b) for a, b in zip(errors, errors[1:])), 1.95, above=True)
report("V09", "RMS error of p/p_e, 400 cells", errors[-1], 4.5e-5)
rms, outflow, surface, centre, record = isolated(4, 200)
report("V09", "velocity at the surface, 200 cells, relative error", outflow, 0.01)
report("V09", "velocity at the surface against 0.163017 um/s, relative", abs(surface / 0.163017e-6 - 1), 0.01)
report("V09", "centre of the larger tumour, p/p_e against 0.999988", abs(centre - 0.999988), 1e-5)
report("V09", "fluid filtered against fluid out, relative", abs(record["filtration_m3_per_s"] / record["outflow_m3_per_s"] - 1), 1e-9)
report("V09", "centre of a tumour of 1 mm, p/p_e against 0.814552", abs(isolated(1, 400)[3] - 0.814552), 1e-4)

# ---- V10: the tumour in normal tissue; p_ssN at four radii

PLACES = {0.75: 11.482230, 0.9: 11.365092, 1: 10.970384, 1.1: 8.543458, 1.25: 7.141164, 1.5: 6.595790, 2: 6.502309}
INSIDE, OUTSIDE, R = 15.6 - 0.82 * 5, 15.6 - 0.91 * 10, 4e-3
K_N, ALPHA, ALPHA_N = 6.398e-15 / K, R * math.sqrt(G / K), R * math.sqrt(2.7e-12 * 7e3 / 6.398e-15)


def p_embedded(x):
    """mmHg at x = r/R: continuous pressure and flux at R."""
    big = ALPHA * math.cosh(ALPHA) - math.sinh(ALPHA)
    b = (INSIDE - OUTSIDE) / (1 + K_N * (1 + ALPHA_N) * math.sinh(ALPHA) / big)
    return INSIDE - K_N * b * (1 + ALPHA_N) / big * math.sinh(ALPHA * x) / x if x < 1 else OUTSIDE + b * math.exp(-ALPHA_N * (x - 1)) / x


for x, value in PLACES.items():
    assert abs(p_embedded(x) - value) < 1e-4, (x, p_embedded(x))  # of the rounded conversions


def embedded(cells):
    """RMS difference over all cells in mmHg, and the velocity at R, from the flow through the sphere."""
    p, r, velocity, _ = pressure(
        f"mesh: {{geometry: spherical, r: {{from: 0 mm, to: 16 mm, cells: {cells}}}}}\ntissues:\n  normal: {{{NORMAL}}}\n"
        f"  tumour: {{{TUMOUR}, where: {{sphere: {{centre: [0 mm], radius: 4 mm}}}}}}\n"
        f"flow: {{model: darcy_starling, boundaries: {{surface: {{pressure: {OUTSIDE!r} mmHg}}}}}}\n")
    rms = math.sqrt(sum((a / MMHG - p_embedded(b / R)) ** 2 for a, b in zip(p[0, 0], r)) / cells)
    at = cells // 4 - 1  # velocities at centres are means of the faces: extrapolated to R from within
    return rms, 1.5 * velocity[0, 0, at, 0] - 0.5 * velocity[0, 0, at - 1, 0]


errors = [embedded(n)[0] for n in (320, 640, 1280)]
report("V10", "order of the pressure", min(math.log2(a / b) for a, b in zip(errors, errors[1:])), 1.95, above=True)
report("V10", "RMS error of the pressure, 1280 cells, mmHg", errors[-1], 1e-3)
report("V10", "velocity at R against 0.0075075 um/s, relative, 1280 cells", abs(embedded(1280)[1] / 0.0075075e-6 - 1), 0.01)

# ---- V15: p - p_ss = Q exp(-beta (r - a))/(4 pi K r (1 + beta a)); an outer boundary of the exact pressure

Q, A = 1e-9 / 60, 0.2e-3


def cavity(tissue, outer, cells, at_outer, stretch=1.0):
    p, r, _, record = pressure(
        f"mesh: {{geometry: spherical, r: {{from: 0.2 mm, to: {outer} mm, cells: {cells}, stretch: {stretch}}}}}\ntissues:\n{tissue}\n"
        f"flow: {{model: darcy_starling, boundaries: {{r-: {{inflow: 1 uL/min}}, r+: {{pressure: {at_outer!r} Pa}}}}}}\n")
    # at the cavity's surface, half a cell inwards: Darcy's law with the given flow, exact within a shell
    k = 3.1e-14
    return p[0, 0, 0] + Q / (4 * math.pi * k) * (1 / A - 1 / r[0]), record


def decay(g, r):
    beta = math.sqrt(g / 3.1e-14)
    return Q * math.exp(-beta * (r - A)) / (4 * math.pi * 3.1e-14 * r * (1 + beta * A))


bare = "  tissue: {hydraulic_conductivity: 3.1e-14 m2/(Pa s)}"
report("V15", "no sink, 213 918 Pa, relative", abs(cavity(bare, 10, 400, decay(0, 10e-3), 1.01)[0] / 213918 - 1), 0.005)
sink = "  tissue: {hydraulic_conductivity: 3.1e-14 m2/(Pa s), vascular_density: 200 1/cm, vessel_conductivity: 2.1e-11 m/(Pa s)}"
report("V15", "with vessels, 123 213 Pa, relative", abs(cavity(sink, 3, 400, decay(4.2e-7, 3e-3), 1.01)[0] / 123213 - 1), 0.005)
shells = bare + "\n  outer: {hydraulic_conductivity: 6.4e-15 m2/(Pa s), where: {shell: {centre: [0 mm], inner_radius: 5 mm, outer_radius: 30 mm}}}"
shells_at = Q / (4 * math.pi * 6.4e-15 * 20e-3)
report("V15", "two shells, 246 818 Pa, relative", abs(cavity(shells, 20, 990, shells_at)[0] / 246818 - 1), 0.005)
_, record = cavity(bare, 10, 100, 0.0)
report("V15", "fluid out against fluid in, relative", abs(record["outflow_m3_per_s"] / Q), 1e-9)  # in through r-, out through r+

# ---- lymph takes up one way: p between p_L and the source's; below p_L it does nothing

LYMPH = """mesh: {geometry: cartesian, x: {from: 0 mm, to: 2 mm, cells: 40}}
tissues: {tissue: {hydraulic_conductivity: 1e-14 m2/(Pa s), lymph_conductance: 1e-7 1/(Pa s), lymph_pressure: 500 Pa}}
flow: {model: darcy_starling, boundaries: {x-: {pressure: 1 kPa}, x+: {pressure: 0 Pa}}}
"""
p, x, _, record = pressure(LYMPH)
# p_L + (p_0 - p_L) sinh-like decay until p_L, a straight line below it: the place x* where both meet has equal slopes
k, low = math.sqrt(1e-7 / 1e-14), 0.0
high = 2e-3
for _ in range(200):
    middle = 0.5 * (low + high)
    low, high = (middle, high) if 500 * k / math.sinh(k * middle) > 500 / (2e-3 - middle) else (low, middle)
exact = [500 + 500 * math.sinh(k * (low - a)) / math.sinh(k * low) if a < low else 500 * (2e-3 - a) / (2e-3 - low) for a in x]
report("lymph", "largest error, of 1 kPa", max(abs(a - b) for a, b in zip(p[0, 0], exact)) / 1e3, 2e-3)
assert record["pressure_solves"] > 1 and record["lymph_m3_per_s"] > 0

# ---- nothing fixes the pressure

CLOSED = """mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 2 mm, cells: 20}}, y: {{from: 0 mm, to: 1 mm, cells: 10}}}}
tissues: {{tissue: {{hydraulic_conductivity: 1e-14 m2/(Pa s)}}}}
flow: {{model: darcy_starling, boundaries: {{x-: {{inflow: 1 uL/min}}, x+: {{velocity: {out}}}}}{more}}}
"""
balanced = f"{-1e-9 / 60 / 1e-3!r} m/s"
_, _, velocity, record = pressure(CLOSED.format(out=balanced, more=""))
report("all flows given", "velocity across the box, relative", abs(velocity[..., 0] / (1e-9 / 60 / 1e-3) - 1).max(), 1e-9)
failed = run("", "--quiet", text=HEAD + CLOSED.format(out="0 m/s", more=""), expect=1)
assert "nothing fixes the pressure" in failed.stderr and "more enter than leave" in failed.stderr, failed.stderr
_, _, _, record = pressure(CLOSED.format(out="0 m/s", more=", unbalanced: spread"))
report("a surplus spread", "fluid taken away against fluid in, relative", abs(record["spread_m3_per_s"] / (1e-9 / 60) - 1), 1e-9)

# ---- symmetry, ranks, backends

CUBE = f"""mesh: {{geometry: cartesian, x: {{from: -1 mm, to: 1 mm, cells: 12}}, y: {{from: -1 mm, to: 1 mm, cells: 10}}, z: {{from: -1 mm, to: 1 mm, cells: 8}}}}
tissues:
  normal: {{{NORMAL}, lymph_conductance: 1e-7 1/(Pa s)}}
  tumour: {{{TUMOUR}, where: {{sphere: {{centre: [0 mm, 0 mm, 0 mm], radius: 0.6 mm}}}}}}
flow: {{model: darcy_starling, boundaries: {{all: {{pressure: 0 Pa}}}}}}
"""
p, _, velocity, _ = pressure(CUBE)
report("symmetric tissue", "mirror images of the pressure, relative", max(abs(p - p[::-1]).max(), abs(p - p[:, ::-1]).max(), abs(p - p[:, :, ::-1]).max()) / abs(p).max(), 1e-10)
report("symmetric tissue", "mirror images of the velocity, relative", abs(velocity[..., 0] + velocity[:, :, ::-1, 0]).max() / abs(velocity).max(), 1e-10)
for ranks in (2, 3, 4):
    other = pressure(CUBE, ranks=ranks)[0]
    report("pressure", f"{ranks} ranks against one, relative", abs(other - p).max() / abs(p).max(), 1e-9)
report("pressure", "guard backend against cpu, relative", abs(pressure(CUBE, "--backend", "guard")[0] - p).max() / abs(p).max(), 1e-9)
