"""Properties that the fluid's pressure looks at: they vary from cell to cell, change at a time, and give with the pressure."""
import math
import os
import sys

import numpy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import fields, report, run

HEAD = "elute: 1\ntitle: properties of the flow\nspecies: {{u: {{diffusivity: 1e-11 m2/s, initial: 1 mol/m3}}}}\n"
MOMENT = "time: {{end: 1 ms, step: 1 ms}}\n"


def solved(text, *options, **more):
    done = run("", "--quiet", "--coefficients", "double", *options, text=text, **more)
    assert done.closure() < 1e-12, done.closure()
    return done


# ---- a conductivity that varies along the flow: the flux is that of the harmonic mean, the pressure falls as the resistance adds up

LINE = HEAD + MOMENT + """mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 2 mm, cells: {n}}}}}
tissues: {{gel: {{interstitial_fraction: 0.1, hydraulic_conductivity: 1e-14 m2/(Pa s), vary: {{{vary}}}}}}}
flow: {{model: darcy_starling, boundaries: {{x-: {{pressure: 1 kPa}}, x+: {{pressure: 0 Pa}}}}}}
"""


def against_series(name, done, multiplier):
    """Holds flux and pressure against resistances in series, one per cell."""
    n = len(multiplier)
    passed = (numpy.cumsum(1 / multiplier) - 0.5 / multiplier) * 2e-3 / n  # m, to the cell's centre
    total = (1 / multiplier).sum() * 2e-3 / n
    array, _ = fields(done)
    speed = array["velocity"].reshape(n, -1)[:, 0]
    report(name, "velocity against the harmonic mean, relative", abs(speed / (1e-14 * 1e3 / total) - 1).max(), 1e-10)
    report(name, "pressure against resistances in series, of 1 kPa", abs(array["pressure"].ravel() / 1e3 - (1 - passed / total)).max(), 1e-10)


layers = "layers: {direction: [1], spacing: 0.5 mm, thickness: 0.2 mm, offset: 0.1 mm, multiplier: 0.1}"
done = solved(LINE.format(n=40, vary=f"hydraulic_conductivity: {{{layers}}}"))
against_series("layers of conductivity across the flow", done, numpy.where(numpy.arange(40) % 10 < 4, 0.1, 1.0))
report("layers of conductivity across the flow", "flux against the harmonic mean 1e-14/4.6, relative",
       abs(fields(done)[0]["velocity"].ravel()[0] / (1e-14 / 4.6 * 1e3 / 2e-3) - 1), 1e-10)
said = [each for each in done.record["variations"] if each["property"] == "hydraulic_conductivity"]
report("layers of conductivity across the flow", "mean of the multipliers in run.json, deviation from 0.64", abs(said[0]["mean"] - 0.64), 1e-14)

# A random conductivity is the same function of place as a random fraction of the same seed, which u shows: u_in_tissue = fraction.
random = "lognormal: {{sigma: {sigma}, correlation_length: 0.2 mm, seed: {seed}{more}}}"
for n in (40, 120):
    shown = random.format(sigma=0.3, seed=3, more="")
    done = solved(LINE.format(n=n, vary=f"interstitial_fraction: {{{shown}}}, hydraulic_conductivity: {{{random.format(sigma=1.2, seed=3, more='')}}}"))
    multiplier = (fields(done, 0)[0]["u_in_tissue"].ravel() / 0.1) ** 4
    against_series(f"random conductivity, {n} cells", done, multiplier)
    said = [each for each in done.record["variations"] if each["property"] == "hydraulic_conductivity"][0]
    report(f"random conductivity, {n} cells", "variance of the logarithm in run.json against the field, relative",
           abs(said["log_variance"] / numpy.log(multiplier).var() - 1), 1e-10)
correlated = random.format(sigma=1.2, seed=8, more=", with: interstitial_fraction, correlation: -1")
done = solved(LINE.format(n=40, vary=f"interstitial_fraction: {{{shown}}}, hydraulic_conductivity: {{{correlated}}}"))
against_series("conductivity correlated with the fraction, -1", done, (fields(done, 0)[0]["u_in_tissue"].ravel() / 0.1) ** -4)
failed = run("", "--quiet", text=LINE.format(n=40, vary=f"hydraulic_conductivity: {{{layers.replace('0.1}', '0}')}}}"), expect=1)
assert "tissues.gel.vary.hydraulic_conductivity: makes it 0 at" in failed.stderr and "expected a number above 0" in failed.stderr, failed.stderr
with open("conductivity.raw", "wb") as file:
    file.write(numpy.linspace(0.5, 2, 40).astype("<f8").tobytes())
image = f"image: {{file: {os.getcwd()}/conductivity.raw, cells: [40], type: float64}}"
against_series("conductivity from an image", solved(LINE.format(n=40, vary=f"hydraulic_conductivity: {{{image}}}")), numpy.linspace(0.5, 2, 40))

# ---- vessels: their area and the conductivity of their walls as filtration and what it carries show them

VESSELS = HEAD + MOMENT + """mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 2 mm, cells: {n}}}, y: {{from: 0 mm, to: 2 mm, cells: {n}}}}}
tissues: {{gel: {{hydraulic_conductivity: 3e-14 m2/(Pa s), vascular_density: 200 1/cm, vessel_conductivity: 2e-11 m/(Pa s), vessel_pressure: 2 kPa, vary: {{{vary}}}}}}}
flow: {{model: darcy_starling, boundaries: {{all: {{pressure: 0 Pa}}}}}}
"""
VARY = ("vascular_density: [{lognormal: {sigma: 0.6, correlation_length: [0.3 mm, 0.15 mm], covariance: exponential, seed: 5}}, "
        "{septa: {spacing: 0.5 mm, thickness: 0.1 mm, offset: 0.03 mm, multiplier: 0.5}}], vessel_conductivity: {gaussian: {sigma: 0.2, correlation_length: 0.2 mm, seed: 6}}, "
        "hydraulic_conductivity: {lognormal: {sigma: 1, correlation_length: 0.2 mm, seed: 7, with: vascular_density, correlation: 0.7}}")


def walls(n, **more):
    """G_v in every cell, and the pressure."""
    array, _ = fields(solved(VESSELS.format(n=n, vary=VARY), **more))
    return array["filtration"][0] / (2000 - array["pressure"][0]), array["pressure"][0]


(coarse, pressure), (fine, _) = walls(20), walls(60)
report("vessels that vary", "vessel area times wall conductivity on a mesh three times finer, at the same points, relative", abs(fine[1::3, 1::3] / coarse - 1).max(), 1e-10)
assert coarse.max() > 3 * coarse.min()
for ranks in (2, 3, 7):
    other, p = walls(20, ranks=ranks)
    report("vessels that vary", f"{ranks} ranks against one, walls and pressure, relative", max(abs(other / coarse - 1).max(), abs(p / pressure - 1).max()), 1e-9)

# What filters at a given pressure carries the plasma's solute along: u gains A L_p (p_v - p) c_v everywhere; the network's wall does not vary.
CARRIED = """elute: 1
title: what filters through walls that vary
mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 1 mm, cells: 10}}, y: {{from: 0 mm, to: 1 mm, cells: 4}}, z: {{from: 0 mm, to: 1 mm, cells: 4}}}}
tissues: {{gel: {{vascular_density: 200 1/cm, vessel_conductivity: 2e-11 m/(Pa s), vessel_pressure: 2 kPa, interstitial_pressure: 500 Pa{vary}}}}}
species: {{u: {{diffusivity: 0 m2/s, permeability: 0 m/s}}}}
plasma: {{u: 1 mol/m3}}
{vessels}time: {{end: 1 min, accuracy: 1e-6}}
"""
several = "layers: {{direction: [1, 0, 0], spacing: 0.2 mm, thickness: 0.1 mm, offset: {}, multiplier: {}}}"
vary = f", vary: {{vascular_density: {{{several.format('0.05 mm', 3)}}}, vessel_conductivity: {{{several.format('0.15 mm', 0.5)}}}}}"
single = "vessels: {segments: [{from: [0 mm, 0.4 mm, 0.3 mm], to: [1 mm, 0.6 mm, 0.7 mm], radius: 5 um}]}\n"
plain, both, varied = (fields(solved(CARRIED.format(vary=v, vessels=s)))[0]["u_in_tissue"] for v, s in (("", ""), ("", single), (vary, single)))
report("what filters through walls", "uniform walls, relative", abs(plain / (2e4 * 2e-11 * 1500 * 60) - 1).max(), 1e-9)
even = numpy.arange(10) % 2 == 0
expected = numpy.where(even, 3 * plain + (both - plain), 0.5 * both)
report("what filters through walls", "walls that vary beside a single vessel, relative", abs(varied / expected - 1).max(), 1e-9)
