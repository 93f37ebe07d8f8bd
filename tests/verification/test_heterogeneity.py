"""Tissue that varies from cell to cell: what is sampled has the covariance that is named, is the same field on a finer mesh and on other
ranks, and conducts as theory says (V26); layers are exact; images are interpolated by place."""
import math
import os
import struct
import sys

import numpy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import report, run
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkIOLegacy import vtkGenericDataObjectReader

# The fluid's concentration is 1 everywhere: the tissue's is the accessible fraction, which shows what was sampled.
SHOW = """
elute: 1
title: what was sampled
mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 2 mm, cells: {n}}}, y: {{from: 0 mm, to: 2 mm, cells: {n}}}}}
tissues: {{gel: {{interstitial_fraction: 0.2, vary: {{{vary}}}}}}}
species: {{u: {{diffusivity: 1e-10 m2/s, initial: 1 mol/m3}}}}
time: {{end: 1 ms, step: 1 ms}}
"""


def shown(vary, n=40, ranks=0):
    done = run("", "--quiet", "--coefficients", "double", text=SHOW.format(vary=vary, n=n), ranks=ranks)
    reader = vtkGenericDataObjectReader()
    reader.SetFileName(os.path.join(done.directory, "fields_000000.vtk"))
    reader.ReadAllScalarsOn()
    reader.ReadAllFieldsOn()
    reader.Update()
    return vtk_to_numpy(reader.GetOutput().GetCellData().GetArray("u_in_tissue")).reshape(n, n).copy(), done


def normal(sigma, **how):
    """Y of a log-normal interstitial fraction, [y, x]"""
    words = ", ".join(f"{key}: {value}" for key, value in {"sigma": sigma, **how}.items())
    phi, done = shown(f"interstitial_fraction: {{lognormal: {{{words}}}}}")
    return numpy.log(phi / 0.2) / sigma, done


# ---- covariance against lag, over a fixed set of seeds; lengths that differ by axis

SEEDS, CELL = range(1, 33), 0.05  # mm
for covariance, correlation in (("gaussian", lambda h: math.exp(-h * h)), ("exponential", lambda h: math.exp(-h))):
    lengths = {1: 0.2, 0: 0.1}  # mm, by axis of [y, x]
    samples = [normal(0.3, correlation_length="[0.2 mm, 0.1 mm]", covariance=covariance, seed=seed) for seed in SEEDS]
    fields = [y for y, _ in samples]
    of = f"random field, {covariance} covariance, {len(fields)} seeds"
    worst = 0.0
    for axis, length in lengths.items():
        for lag in (0, 1, 2, 3, 4, 6, 8):
            n = fields[0].shape[axis]
            pairs = [(y.take(range(n - lag), axis) * y.take(range(lag, n), axis)).mean() for y in fields]
            apart = numpy.mean(pairs) - correlation(lag * CELL / length)
            worst = max(worst, abs(apart) / (numpy.std(pairs, ddof=1) / math.sqrt(len(pairs))))
            assert abs(apart) < 0.1, (covariance, axis, lag, apart)
    report(of, "covariance against lag, largest deviation over its standard error (14 lags)", worst, 3.5)
    means = [y.mean() for y in fields]
    report(of, "mean, over its standard error", abs(numpy.mean(means)) / (numpy.std(means, ddof=1) / math.sqrt(len(means))), 3)
    # what run.json says of a sample is what the field shows
    y, done = samples[0]
    said = done.record["variations"][0]
    assert said["tissue"] == "gel" and said["property"] == "interstitial_fraction" and said["cells"] == y.size
    report(of, "moments in run.json against the field written", max(abs(said["log_mean"] / 0.3 - y.mean()), abs(said["log_variance"] / 0.09 - y.var())), 1e-12)
    said = numpy.mean([d.record["variations"][0]["correlation_length_m"] for _, d in samples], axis=0) * 1e3
    report(of, "mean correlation lengths in run.json, relative to those asked for", max(abs(said[0] / 0.2 - 1), abs(said[1] / 0.1 - 1)), 0.12)

# ---- correlated properties: Y of the availability with that of the fraction

both, alone = [], []
for seed in SEEDS:
    first = f"lognormal: {{sigma: 0.1, correlation_length: 0.1 mm, seed: {seed}}}"
    phi, _ = shown(f"interstitial_fraction: {{{first}}}")
    second = f"lognormal: {{sigma: 0.05, correlation_length: 0.1 mm, seed: {seed + 1000}, with: interstitial_fraction, correlation: 0.6}}"
    product, _ = shown(f"interstitial_fraction: {{{first}}}, sorption_factor: {{{second}}}")
    one, two = numpy.log(phi / 0.2) / 0.1, numpy.log(product / phi) / 0.05
    both.append((one * two).mean())
    alone.append((two * two).mean())
deviation = abs(numpy.mean(both) - 0.6) / (numpy.std(both, ddof=1) / math.sqrt(len(both)))
report("correlated properties, 32 seeds", "correlation 0.6, deviation over its standard error", deviation, 3)
report("correlated properties, 32 seeds", "variance 1, deviation", abs(numpy.mean(alone) - 1), 0.05)

# ---- a function of place: a finer mesh, other ranks

VARY = ("interstitial_fraction: [{lognormal: {sigma: 0.3, correlation_length: [0.3 mm, 0.15 mm], covariance: exponential, seed: 5}}, "
        "{septa: {spacing: 0.5 mm, thickness: 0.1 mm, offset: 0.03 mm, multiplier: 0.5}}, {layers: {direction: [1, 1], spacing: 0.7 mm, thickness: 0.2 mm, multiplier: 0.4}}]")
coarse, fine = shown(VARY, 20)[0], shown(VARY, 60)[0]
report("random field, septa and layers", "on a mesh three times finer, at the same points, relative", abs(fine[1::3, 1::3] / coarse - 1).max(), 1e-12)
for ranks in (2, 3, 7):
    other = shown(VARY, 20, ranks)[0]
    assert other.tobytes() == coarse.tobytes(), f"{ranks} ranks sample other bits"
report("random field, septa and layers", "bits that differ on 2, 3 and 7 ranks", 0, 0)

# ---- images: linear functions are reproduced between centres, of the mesh's part of a larger image

with open("field.raw", "wb") as file:
    file.write(b"".join(struct.pack("<d", 1 + 0.1 * i + 0.2 * j) for j in range(10) for i in range(12)))
points = "\n".join(f"{1 + 0.1 * i + 0.2 * j:.17g}" for j in range(11) for i in range(13))
with open("field.vtk", "w") as file:
    file.write("# vtk DataFile Version 3.0\na plane\nASCII\nDATASET STRUCTURED_POINTS\nDIMENSIONS 13 11 1\nORIGIN -0.5 -0.5 0\nSPACING 0.25 0.3 1\n"
               f"POINT_DATA 143\nSCALARS other float 1\nLOOKUP_TABLE default\n" + "0\n" * 143 + f"SCALARS plane double 1\nLOOKUP_TABLE default\n{points}\n")
here = os.getcwd()
centre = (numpy.arange(40) + 0.5) * 0.05
raw = f"interstitial_fraction: {{image: {{file: {here}/field.raw, cells: [12, 10], type: float64, from: [-0.5 mm, -0.5 mm], to: [2.5 mm, 2.5 mm]}}}}"
exact = 0.2 * (1 + 0.1 * ((centre[None, :] + 0.5) / 0.25 - 0.5) + 0.2 * ((centre[:, None] + 0.5) / 0.3 - 0.5))
report("image, raw numbers", "a plane, largest relative error", abs(shown(raw)[0] / exact - 1).max(), 1e-12)
vtk = f"interstitial_fraction: {{image: {{file: {here}/field.vtk, array: plane, unit: 1 mm}}}}"
exact = 0.2 * (1 + 0.1 * (centre[None, :] + 0.5) / 0.25 + 0.2 * (centre[:, None] + 0.5) / 0.3)
report("image, VTK points", "a plane, largest relative error", abs(shown(vtk)[0] / exact - 1).max(), 1e-12)
# what a run wrote multiplies another one: the same cells, so no interpolation
written, done = shown("interstitial_fraction: {lognormal: {sigma: 0.3, correlation_length: 0.2 mm, seed: 2}}")
again = shown(f"interstitial_fraction: {{image: {{file: {done.directory}/fields_000000.vtk, array: u_in_tissue}}}}")[0]
report("image, a field that a run wrote", "largest relative error", abs(again / (0.2 * written) - 1).max(), 1e-14)

# ---- V26: effective conductance of a square whose diffusivity varies, flow across it

ACROSS = """
elute: 1
title: V26 conductance
mesh: {{geometry: cartesian, x: {{from: 0 m, to: 1 m, cells: {n}}}, y: {{from: 0 m, to: 1 m, cells: {n}}}}}
tissues: {{gel: {{interstitial_fraction: 1, vary: {{diffusivity: {{{vary}}}}}}}}}
species: {{u: {{diffusivity: 1 m2/s, initial: {{formula: "1-x", unit: mol/m3}}}}}}
boundaries: {{x-: {{u: {{value: 1 mol/m3}}}}, x+: {{u: {{value: 0 mol/m3}}}}}}
time: {{end: {end} s, accuracy: {accuracy}}}
output: {{at: [{half} s], vtk: no}}
"""


def conductance(vary, n, end, accuracy):
    done = run("", "--quiet", "--coefficients", "double", text=ACROSS.format(vary=vary, n=n, end=end, half=end / 2, accuracy=accuracy))
    assert done.closure() < 1e-12
    left = done.ledger("u", "x+")
    return (left[-1] - left[-2]) / (end / 2)


for sigma in (0.5, 1):
    each = [conductance(f"lognormal: {{sigma: {sigma}, correlation_length: 0.02 m, seed: {seed}}}", 150, 2, 1e-4) for seed in range(1, 7)]
    report("V26 log-normal diffusivity in two dimensions", f"K_eff over the geometric mean, sigma {sigma}, 6 seeds, deviation from 1", abs(numpy.mean(each) - 1), 0.02)
layers = "layers: {{direction: [{}], spacing: 0.5 m, thickness: 0.2 m, offset: 0.1 m, multiplier: 0.1}}"
report("V26 layers along the flow", "conductance against the arithmetic mean, relative", abs(conductance(layers.format("0, 1"), 20, 400, 1e-3) / 0.64 - 1), 1e-12)
report("V26 layers across the flow", "conductance against the harmonic mean, relative", abs(conductance(layers.format("1, 0"), 20, 400, 1e-3) * 4.6 - 1), 1e-12)
