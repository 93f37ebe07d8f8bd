"""Endpoints, biopsies and images against what is known of simple states: decay and a dose in a well-mixed cell, profiles that nothing
moves, a sphere with its margin, a point that is imaged. The same on any number of ranks, bit for bit on a device."""
import json
import math
import os
import sys

import numpy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import fields, report, run


def endpoints(done):
    with open(os.path.join(done.directory, "endpoints.json")) as file:
        return json.load(file)["endpoints"]


def still(mesh, initial, output, more="", end="1 h"):
    """A state of an immobile species u that nothing changes."""
    return run("", "--quiet", text=f"""
elute: 1
title: nothing moves
mesh: {{{mesh}}}
species: {{u: {{mobile: no, initial: {initial}}}}}
{more}
time: {{end: {end}}}
output: {{vtk: no, {output}}}
""")


# ---- in time: what is kept step by step

K, K2, HOUR = 1 / 3600, 3 / 3600, 3600
CHAIN = """
elute: 1
title: a becomes b, which decays
mesh: {{geometry: well_mixed, volume: 1 uL}}
species: {{a: {{diffusivity: 1 m2/s, initial: 1 uM}}, b: {{diffusivity: 1 m2/s}}}}
reactions: [{{equation: "a -> b", rate: 1 1/h}}, {{equation: "b -> ", rate: 3 1/h}}]
time: {{end: 2 h, method: ra34pw2, step: {step} s}}
output:
  vtk: no
  endpoints:
    auc: {{kind: auc, of: a}}
    above: {{kind: time_above, of: a, above: 0.4 uM}}
    top: {{kind: peak, of: b}}
    both: {{kind: auc, of: [a, b]}}
    long: {{of: a, above: 0.4 uM, for: 54 min}}
    longer: {{of: a, above: 0.4 uM, for: 56 min}}
"""


def b_at(t):
    return K / (K2 - K) * (math.exp(-K * t) - math.exp(-K2 * t))


tau = math.log(K2 / K) / (K2 - K)
exact = {"auc": 1e-3 / K * (1 - math.exp(-2)), "above": math.log(2.5) * HOUR, "top": 1e-3 * b_at(tau)}
exact["both"] = exact["auc"] + 1e-3 / (K2 - K) * ((1 - math.exp(-2)) - (1 - math.exp(-6)) / 3)
errors = {}
for n in (24, 48, 96):
    found = endpoints(run("", "--quiet", text=CHAIN.format(step=2 * HOUR / n)))
    errors[n] = {name: abs(found[name]["value"] / exact[name] - 1) for name in exact}
report("decay, well mixed", "order in the step of the integral over time", math.log2(errors[48]["auc"] / errors[96]["auc"]), 1.9, above=True)
for name in exact:
    report("decay, well mixed", f"{name} with 96 steps against its exact value, relative", errors[96][name], {"auc": 5e-5, "both": 5e-5, "above": 2e-4, "top": 2e-4}[name])
report("decay, well mixed", "time of the peak against ln(k2/k1)/(k2 - k1), in steps", abs(found["top"]["peak_time_s"] - tau) / (2 * HOUR / 96), 1)
assert found["long"]["value"] == 1 and found["longer"]["value"] == 0, "above the threshold for 55 min"

DOSE = """
elute: 1
title: nothing for an hour, then a dose that stays
mesh: {geometry: well_mixed, volume: 1 uL}
species: {u: {diffusivity: 1 m2/s}}
sources: [{species: u, amount: 1 pmol, at: 1 h}]
time: {end: 3 h, accuracy: 1e-2}
output: {vtk: no, every: 1 h, endpoints: {auc: {kind: auc, of: u}, above: {kind: time_above, of: u, above: 0.5 uM}, top: {kind: peak, of: u}, now: {kind: mean, of: u}}}
"""
dose = run("", "--quiet", text=DOSE)
found = endpoints(dose)
report("a dose at 1 h", "integral over 3 h against 2 h of what it leaves, relative: the jump takes no time", abs(found["auc"]["value"] / (1e-3 * 2 * HOUR) - 1), 1e-12)
report("a dose at 1 h", "time above half of it, relative", abs(found["above"]["value"] / (2 * HOUR) - 1), 1e-12)
assert found["top"]["peak_time_s"] == HOUR
table = dose.table("endpoints.csv")
assert [float(row["time_s"]) for row in table] == [0, HOUR, 2 * HOUR, 3 * HOUR]
assert [float(row["now [mol/m3]"]) > 0 for row in table] == [False, True, True, True], "the dose of a time shows at that time"
assert found["now"]["history"] == [0, *[found["now"]["value"]] * 3]

PLASMA = """
elute: 1
title: a dose into the vein, and a vessel wall that lets next to nothing through
mesh: {geometry: well_mixed, volume: 1 uL}
tissues: {gel: {vascular_density: 1 1/cm}}
species: {u: {diffusivity: 1 m2/s, permeability: 1e-15 m/s}}
plasma: {u: {multi_exponential: {amplitudes: [2 uM, 1 uM], rates: [4 1/h, 0.5 1/h], start: [1 h]}}}
time: {end: 3 h, accuracy: 1e-3, largest_step: 5 min}
output: {vtk: no, endpoints: {systemic: {kind: plasma_auc, of: u}}}
"""
curve = sum(a / k * (1 - math.exp(-2 * k)) for a, k in ((2e-3, 4), (1e-3, 0.5))) * HOUR
report("plasma", "integral of a bi-exponential curve, relative", abs(endpoints(run("", "--quiet", text=PLASMA))["systemic"]["value"] / curve - 1), 1e-6)

STEADY = """
elute: 1
title: a state that is steady long before the time asked for
mesh: {geometry: well_mixed, volume: 1 uL}
species: {u: {mobile: no, initial: 2 uM}}
time: {until: steady, at_most: 10 d}
output: {vtk: no, endpoints: {auc: {kind: auc, of: u}}}
verify: [{endpoint: auc, at: 4 d, equals: 8 uM d, within: 1e-9}, {endpoint: auc, at: 10 d, equals: 20 uM d, within: 1e-9}]
"""
steady = run("", "--quiet", text=STEADY)
assert steady.record["steps"]["steady"] and len(steady.table("verify.csv")) == 2, "a steady state goes on"

DRAIN = """
elute: 1
title: fluid from one face to the other
mesh: {geometry: cartesian, x: {from: 0 mm, to: 1 mm, cells: 10}}
tissues: {gel: {hydraulic_conductivity: 1e-13 m2/(Pa s)}}
species: {u: {diffusivity: 1e-10 m2/s, initial: 1 uM}}
flow: {model: darcy_starling, boundaries: {x-: {pressure: 1 kPa}, x+: {pressure: 0 Pa}}}
time: {end: 1 min}
output: {vtk: no, endpoints: {all: {kind: amount, of: u}}}
verify: [{endpoint: peak_pressure, above: 0 Pa}, {endpoint: outflow, below: 1 m3/s}, {endpoint: all, above: 0 mol}]
"""
drain = run("", "--quiet", text=DRAIN)
found = endpoints(drain)
assert [found[name]["value"] for name in ("peak_pressure", "outflow")] == [float(f"{float(row['obtained']):.15g}") for row in drain.table("verify.csv")[:2]]
assert set(found) == {"all", "peak_pressure", "rim_pressure", "filtration", "lymph_flow", "outflow"}

# ---- in space: distributions

LINE = "geometry: cartesian, x: {from: 0 mm, to: 1 mm, cells: 1000}"
found = endpoints(still(LINE, '{formula: "1e-3*x*1000", unit: mol/m3}', """endpoints: {
  cover: {of: u, above: 0.37 uM}, by_auc: {of: u, above: 0.37 uM h, by: auc}, cv: {kind: heterogeneity, of: u}, spread: {kind: mean, of: u},
  histogram: {kind: dose_volume, of: u, levels: [0 uM h, 0.25 uM h, 0.8 uM h, 2 uM h]}, part: {kind: amount, of: u, in: {box: {from: [0.1 mm], to: [0.5004 mm]}}}}"""))
report("a linear profile", "coverage above 0.37 of its largest value against 0.63", abs(found["cover"]["value"] - 0.63), 1e-12)
report("a linear profile", "the same by the integral over time", abs(found["by_auc"]["value"] - 0.63), 1e-12)
report("a linear profile", "coefficient of variation against 1/sqrt(3), relative", abs(found["cv"]["value"] * math.sqrt(3) - 1), 1e-6)
for name, share in (("d90", 0.1), ("d50", 0.5), ("d10", 0.9)):
    report("a linear profile", f"{name} against its place, in cells", abs(found["spread"]["distribution"][name] / 1e-3 - share) * 1000, 0.5 + 1e-9)
histogram = found["histogram"]["histogram"]
report("a linear profile", "dose-volume histogram against 1 - dose", max(abs(s - w) for s, w in zip(histogram["share_of_volume"], (1, 0.75, 0.2, 0))), 1e-12)
report("a linear profile", "amount in a box that cuts cells, relative", abs(found["part"]["value"] / (0.5e-3 * (0.5004**2 - 0.1**2) * 1e-3) - 1), 1e-5)

RADIUS, MARGIN = 0.6, 0.2
BALL = "geometry: cartesian, " + ", ".join(f"{a}: {{from: -1 mm, to: 1 mm, cells: 24}}" for a in "xyz")
ball = still(BALL, "{tissue: {muscle: 1 uM, tumour: 3 uM}}", f"""endpoints: {{
  inner: {{kind: amount, of: u, in: {{sphere: {{radius: {RADIUS} mm}}}}}}, label: {{kind: amount, of: u, in: tumour}}, both: {{kind: mean, of: u, in: [muscle, tumour]}},
  rim: {{kind: mean, of: u, margin: {{around: tumour, thickness: {MARGIN} mm}}}}, outside: {{kind: mean, of: u, in: muscle, margin: {{around: tumour, thickness: {MARGIN} mm}}}},
  shell: {{kind: amount, of: u, margin: {{around: {{box: {{from: [-0.5 mm, -0.5 mm, -0.5 mm], to: [0.5 mm, 0.5 mm, 0.5 mm]}}}}, thickness: 0.25 mm}}}}}}""",
             more=f"tissues: {{muscle: {{}}, tumour: {{where: {{sphere: {{radius: {RADIUS} mm}}}}}}}}")
found = endpoints(ball)
volume = {name: each["region"]["volume_m3"] * 1e9 for name, each in found.items()}
sphere = 4 / 3 * math.pi
report("a sphere and its margin", "volume of the sphere, by volume fraction, relative", abs(volume["inner"] / (sphere * RADIUS**3) - 1), 2e-4)
report("a sphere and its margin", "volume of the margin, relative", abs(volume["rim"] / (sphere * ((RADIUS + MARGIN) ** 3 - RADIUS**3)) - 1), 2e-4)
solid = 1 + 6 * 0.25 + 12 * math.pi / 4 * 0.25**2 + sphere * 0.25**3
report("a sphere and its margin", "volume of a margin of rounded corners around a box, relative", abs(volume["shell"] / (solid - 1) - 1), 2e-3)
report("a sphere and its margin", "amount in the tissue against the ledger's, relative", abs(found["label"]["value"] / ball.ledger("u", "inside.tumour")[-1] - 1), 1e-13)
assert volume["outside"] < volume["rim"] and abs(found["outside"]["value"] - 1e-3) < 1e-15, "in muscle alone"

nowhere = run("", text="""
elute: 1
title: a region that the mesh does not have
mesh: {geometry: cartesian, x: {from: 0 mm, to: 1 mm, cells: 10}}
species: {u: {mobile: no}}
time: {end: 1 s}
output: {endpoints: {far: {kind: mean, of: u, in: {box: {from: [2 mm], to: [3 mm]}}}}}
""", expect=1)
assert ":7:27: error: output.endpoints.far: found a region without volume; expected one with cells of the mesh in it" in nowhere.stderr, nowhere.stderr

# ---- depth

errors = []
for cells in (50, 100):
    found = endpoints(still(f"geometry: cartesian, x: {{from: 0 mm, to: 1 mm, cells: {cells}}}", '{formula: "exp(-x/2e-4)", unit: mol/m3}',
                            "endpoints: {point: {kind: penetration, of: u, from: [0 mm]}, tenth: {kind: penetration, of: u, from: [0 mm], share: 0.1}, all: {kind: penetration, of: u, from: [0 mm], share: 1e-3},"
                            " box: {kind: penetration, of: u, in: {box: {from: [-1 mm], to: [0.9 mm]}}, from: surface, bin: 0.02 mm}}"))
    errors.append([abs(found["point"]["value"] / (2e-4 * math.log(2)) - 1), abs(found["tenth"]["value"] / (2e-4 * math.log(10)) - 1)])
report("an exponential profile", "depth at which half is left, relative", errors[-1][0], 2e-3)
report("an exponential profile", "depth at which a tenth is left, relative", errors[-1][1], 2e-3)
report("an exponential profile", "order of that in the cell", math.log2(errors[0][0] / errors[1][0]), 1.7, above=True)
report("an exponential profile", "a share that is not reached: the deepest cell, m", abs(found["all"]["value"] - 0.995e-3), 1e-12)
assert found["box"]["value"] == found["box"]["profile"]["depth_m"][-1] or found["box"]["value"] > 0.8e-3, "it rises from that surface"
found = endpoints(still("geometry: spherical, r: {from: 0 mm, to: 1 mm, cells: 200}", '{formula: "exp((r-1e-3)/1e-4)", unit: mol/m3}',
                        "endpoints: {edge: {kind: penetration, of: u, from: domain}}"))
report("a spheroid", "depth from its surface at which half is left, relative", abs(found["edge"]["value"] / (1e-4 * math.log(2)) - 1), 3e-3)
VESSEL = "geometry: cartesian, x: {from: -0.3 mm, to: 0.3 mm, cells: 60}, y: {from: -0.3 mm, to: 0.3 mm, cells: 60}, z: {from: 0 mm, to: 0.2 mm, cells: 4}"
found = endpoints(still(VESSEL, '{formula: "exp(-(sqrt(x^2+y^2)-1e-5)/1e-4)", unit: mol/m3}',
                        "endpoints: {cuff: {kind: penetration, of: u, from: vessels, in: {cylinder: {from: [0 mm, 0 mm, 0 mm], to: [0 mm, 0 mm, 0.2 mm], radius: 0.3 mm}}}}",
                        more="vessels: {segments: [{from: [0 mm, 0 mm, 0 mm], to: [0 mm, 0 mm, 0.2 mm], radius: 10 um}]}"))
report("around a vessel", "distance from its wall at which half is left, relative", abs(found["cuff"]["value"] / (1e-4 * math.log(2)) - 1), 2e-2)

# ---- parts

PARTS = """
elute: 1
title: where the drug is
mesh: {geometry: cartesian, x: {from: 0 mm, to: 1 mm, cells: 4}}
tissues: {a: {interstitial_fraction: 0.5}, b: {where: {box: {from: [0.5 mm], to: [1 mm]}}}}
species: {lipo.dox: {diffusivity: 0 m2/s, initial: 4 uM}, dox: {diffusivity: 0 m2/s, initial: 2 uM}, dox.bound: {mobile: no, initial: 1 uM}, receptor: {mobile: no, initial: 3 uM}}
time: {end: 1 min}
output:
  vtk: no
  endpoints:
    fate: {kind: split, in: a, parts: {encapsulated: "lipo*", free: dox, bound: dox.bound}}
    occupancy: {kind: occupancy, of: dox.bound, over: [dox.bound, receptor]}
    all: {kind: amount, of: [lipo.dox, "dox*"]}
    mean: {kind: mean, of: "dox.*"}
verify:
  - {endpoint: fate.free, equals: 0.25, within: 1e-12}
  - {endpoint: occupancy, equals: 25 %, within: 1e-12}
  - {endpoint: all, at: 0 s, above: 5 umol, below: 6 umol}
"""
parts = run("", "--quiet", text=PARTS)
found = endpoints(parts)
shares = [found["fate"]["parts"][name]["value"] for name in ("encapsulated", "free", "bound")]
report("parts", "shares of what is encapsulated, free and bound against 2 : 1 : 1", max(abs(s - w) for s, w in zip(shares, (0.5, 0.25, 0.25))), 1e-12)
report("parts", "occupancy against 1 of 4", abs(found["occupancy"]["value"] - 0.25), 1e-12)
assert found["mean"]["as"] == "tissue" and abs(found["mean"]["value"] - 1e-3) < 1e-15
assert abs(found["all"]["value"] - (0.5e-3 * 4e-3 + 0.5e-3 * 7e-3)) < 1e-15, "per m2 of cross-section"
assert [row["verdict"] for row in parts.table("verify.csv")] == ["ok"] * 3

# ---- biopsies

CORE = "biopsies: {core: {at: [-0.7 mm, -0.4 mm, -0.2 mm], direction: [2, 1, 0.5], length: 1.2 mm, diameter: 0.04 mm, bins: 6}}"


def core(done):
    return done.table("biopsy_core.csv")


rows = core(still(BALL, '{formula: "2+1000*x-500*y+300*z", unit: mol/m3}', CORE))
step = numpy.array([2, 1, 0.5]) / math.sqrt(5.25)
for row in rows[:-1]:
    at = numpy.array([-0.7, -0.4, -0.2]) + step * 1e3 * 0.5 * (float(row["from_m"]) + float(row["to_m"]))
    row["exact"] = 2 + at[0] - 0.5 * at[1] + 0.3 * at[2]
report("a core thinner than a cell", "means of its pieces in a linear profile, relative", max(abs(float(row["u_in_tissue_mol_per_m3"]) / row["exact"] - 1) for row in rows[:-1]), 1e-12)
total = math.pi * 0.02e-3**2 * 0.2e-3 * sum(row["exact"] for row in rows[:-1])
report("a core thinner than a cell", "amount in it against the integral, relative", abs(float(rows[-1]["u_mol"]) / total - 1), 1e-12)
thick = core(still("geometry: cylindrical, r: {from: 0 mm, to: 1 mm, cells: 100}, z: {from: -1 mm, to: 1 mm, cells: 20}", '{formula: "1e6*r^2", unit: mol/m3}',
                   "biopsies: {core: {at: [0 mm, -1 mm], direction: [0, 1], length: 2 mm, diameter: 1 mm, bins: 1}}"))
report("a core along the axis", "mean of r2 in it against R2/2, relative", abs(float(thick[-1]["u_in_tissue_mol_per_m3"]) / 0.125 - 1), 2e-3)
out = core(still(BALL, "1 uM", CORE.replace("length: 1.2 mm", "length: 8 mm").replace("bins: 6", "bins: 4")))
assert float(out[3]["volume_m3"]) == 0 and out[3]["u_in_tissue_mol_per_m3"] == "nan", "nothing is found outside the mesh"

# ---- images

def image(done, name="mri", scan=0):
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkIOLegacy import vtkStructuredPointsReader

    reader = vtkStructuredPointsReader()
    reader.SetFileName(os.path.join(done.directory, f"image_{name}_{scan:03d}.vtk"))
    reader.Update()
    grid = reader.GetOutput()
    shape = [max(1, n - 1) for n in reversed(grid.GetDimensions())]
    return vtk_to_numpy(grid.GetCellData().GetArray("signal")).reshape(shape), numpy.array(grid.GetSpacing()), numpy.array(grid.GetOrigin())


SQUARE = "geometry: cartesian, x: {from: -2 mm, to: 2 mm, cells: 101}, y: {from: -2 mm, to: 2 mm, cells: 101}"
POINT = '{formula: "step(2.1e-5-abs(x))*step(2.1e-5-abs(y))", unit: mol/m3}'
FWHM = 0.8
for voxel in (0.1, 0.07):
    done = still(SQUARE, POINT, f"images: {{mri: {{of: u, voxel: {voxel} mm, point_spread: {FWHM} mm}}, sharp: {{of: u, voxel: {voxel} mm, signal: {{formula: 3*c, unit: 1}}}}}}")
    blurred, spacing, origin = image(done)
    sharp = image(done, "sharp")[0]
    content = (4e-3 / 101) ** 2
    report("image of a point", f"signal, spread over voxels of {voxel} mm, against what the cell holds, relative", abs(blurred.sum() * spacing[0] ** 2 / content - 1), 1e-12)
    report("image of a point", "the same of three times the concentration, sharp", abs(sharp.sum() * spacing[0] ** 2 / content / 3 - 1), 1e-12)
x = origin[0] + spacing[0] * (numpy.arange(blurred.shape[2]) + 0.5)
profile = blurred[0].sum(axis=0)
variance = (profile * x**2).sum() / profile.sum() - ((profile * x).sum() / profile.sum()) ** 2
width = math.sqrt(variance - spacing[0] ** 2 / 12 - (4e-3 / 101) ** 2 / 12) * 2 * math.sqrt(2 * math.log(2))
report("image of a point", "full width at half maximum from the second moment against the point spread, relative", abs(width / (FWHM * 1e-3) - 1), 1e-6)
even = image(still(SQUARE, "2 mM", f"images: {{mri: {{of: u, voxel: 0.2 mm, point_spread: {FWHM} mm}}}}"))[0]
report("image of an even signal", "unevenness, edges included", float(abs(even / 2 - 1).max()), 1e-12)
noisy = [image(still(SQUARE, "2 mM", f"images: {{mri: {{of: u, voxel: 0.04 mm, noise: 0.5, seed: {seed}, times: [30 min, 1 h]}}}}"), scan=scan)[0] for seed, scan in ((1, 0), (1, 0), (1, 1), (2, 0))]
assert (noisy[0] == noisy[1]).all() and (noisy[0] != noisy[2]).all() and (noisy[0] != noisy[3]).all(), "noise is of seed and scan"
report("noise", "mean of 10000 voxels from the signal, in its standard errors", float(abs(noisy[0].mean() - 2) / 0.5 * 100), 4)
report("noise", "standard deviation, relative", float(abs(noisy[0].std() / 0.5 - 1)), 0.03)

# ---- the same whatever computes

ALL = """
elute: 1
title: everything at once
mesh: {geometry: cartesian, x: {from: -1 mm, to: 1 mm, cells: 14}, y: {from: -1 mm, to: 1 mm, cells: 12}, z: {from: -1 mm, to: 1 mm, cells: 10}}
tissues: {muscle: {interstitial_fraction: 0.2}, tumour: {interstitial_fraction: 0.4, where: {sphere: {radius: 0.6 mm}}}}
species: {a: {diffusivity: 1e-11 m2/s, initial: {tissue: {tumour: 2 uM, muscle: 1 uM}}}, b: {mobile: no, initial: 3 uM}}
reactions: [{equation: "a -> b", rate: 1 1/h}]
sources: [{species: a, where: {sphere: {radius: 0.3 mm}}, amount: 1 fmol, at: 40 min}]
changes: [{at: 1 h, in: [tumour], multiply: {interstitial_fraction: 1.5}}]
time: {end: 2 h, accuracy: 1e-3}
output:
  every: 30 min
  endpoints:
    cover: {of: a, in: tumour, above: 1 uM, for: 40 min}
    exposure: {kind: auc, of: a, in: tumour}
    top: {kind: peak, of: [a, b], as: tissue}
    rim: {kind: dose_volume, of: a, margin: {around: tumour, thickness: 0.2 mm}}
    deep: {kind: penetration, of: a, from: surface, in: tumour, by: auc}
    fate: {kind: split, parts: {free: a, bound: b}}
  biopsies: {core: {at: [-1 mm, 0 mm, 0 mm], direction: [1, 0.2, 0.1], length: 2 mm, gauge: 22, times: [1 h, 2 h], bins: 8}}
  images: {mri: {of: a, signal: {formula: "1+4.5*c*1000", unit: 1}, voxel: 0.3 mm, point_spread: 0.4 mm, noise: 0.1, seed: 3, times: [50 min]}}
"""


def numbers(done):
    rows = [value for row in done.table("endpoints.csv") for value in row.values()]
    rows += [value for row in core(done) for key, value in row.items() if key != "bin"]
    return numpy.array([float(value) for value in rows]), image(done)[0]


one = run("", "--quiet", text=ALL)
first, picture = numbers(one)
for ranks in (2, 3):
    other, seen = numbers(run("", "--quiet", text=ALL, ranks=ranks))
    report("ranks", f"endpoints and cores on {ranks} ranks, largest relative difference", float((abs(other - first) / numpy.maximum(abs(first), 1e-300)).max()), 1e-12)
    report("ranks", f"image on {ranks} ranks, largest difference", float(abs(seen - picture).max()), 1e-12)
(other, seen), (first, picture) = (numbers(run("", "--quiet", "--backend", backend, text=ALL)) for backend in ("guard", "cpu"))
assert (other == first).all() and (seen == picture).all(), "the guard has the CPU's bits"
found, cells = endpoints(one), fields(one)[0]
inside = cells["tissue"] == 1
report("fields", "mean of exposure_auc over the tissue's cells against the endpoint, relative", abs(cells["exposure_auc"][inside].mean() / found["exposure"]["value"] - 1), 1e-12)
report("fields", "largest top_peak against the endpoint, relative", abs(cells["top_peak"].max() / found["top"]["value"] - 1), 1e-15)
again = run(os.path.join(one.directory, "case.yaml"), "--quiet")
assert endpoints(again) == found, "the echoed case says the same"
