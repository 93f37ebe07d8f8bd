"""Properties that hold whatever the numbers: symmetric data give symmetric results, uniform data stay uniform, a closed box keeps its
mass, tagged halves add up, units and the order of species change nothing, one, two and three dimensions agree."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import report, run
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkIOLegacy import vtkGenericDataObjectReader


def fields(text, *options):
    """{array: numbers as [z, y, x]} at the end, and the run"""
    done = run("", "--quiet", *options, text=text)
    assert done.closure() < 1e-12, done.closure()
    reader = vtkGenericDataObjectReader()
    with open(os.path.join(done.directory, "fields.vtk.series")) as series:
        reader.SetFileName(os.path.join(done.directory, __import__("json").load(series)["files"][-1]["name"]))
    reader.ReadAllScalarsOn()
    reader.ReadAllFieldsOn()
    reader.Update()
    grid = reader.GetOutput()
    shape = [max(1, n - 1) for n in reversed(grid.GetDimensions())]
    cells = grid.GetCellData()
    return {cells.GetArrayName(i): vtk_to_numpy(cells.GetArray(i)).copy().reshape(shape) for i in range(cells.GetNumberOfArrays())}, done


def apart(a, b):
    return abs(a - b).max() / abs(b).max()


# ---- symmetry: mirror images along every axis, and x, y, z exchanged

CUBE = """
elute: 1
title: a cube with a ball in its middle
mesh: {geometry: cartesian, x: {from: -1 mm, to: 1 mm, cells: 14}, y: {from: -1 mm, to: 1 mm, cells: 14}, z: {from: -1 mm, to: 1 mm, cells: 14}}
tissues:
  gel: {interstitial_fraction: 0.3}
  ball: {interstitial_fraction: 0.6, where: {sphere: {centre: [0 mm, 0 mm, 0 mm], radius: 0.5 mm}}}
species:
  u: {diffusivity: 1e-10 m2/s, in: {ball: {diffusivity: 1e-12 m2/s}}, initial: {tissue: {gel: 0 uM, ball: 5 uM}}}
  s: {mobile: no, initial: 1 uM}
reactions: [{equation: "u + s -> ", rate: 1e3 1/(M s)}]
boundaries: {all: {u: {value: 0 uM}}}
time: {end: 20 min, accuracy: 1e-4}
"""
for precision, least in (("single", 1e-6), ("double", 1e-12)):  # of the face conductances
    u = fields(CUBE, "--coefficients", precision)[0]["u_in_fluid"]
    report("symmetric data", f"mirror images, {precision} coefficients, relative", max(apart(u, u[::-1]), apart(u, u[:, ::-1]), apart(u, u[:, :, ::-1])), least)
# the factors of the axes stand in an order, so that axes are alike only as far as steps are accurate
report("symmetric data", "axes exchanged, relative to the largest value, at accuracy 1e-4", max(apart(u, u.transpose(2, 1, 0)), apart(u, u.transpose(1, 0, 2))), 1e-3)

# ---- uniform data stay uniform, whatever the tissue; a closed box keeps its mass

UNIFORM = """
elute: 1
title: the same concentration in the fluid everywhere
mesh: {geometry: cylindrical, r: {from: 0 mm, to: 1 mm, cells: 12}, z: {from: 0 mm, to: 2 mm, cells: 9, stretch: 1.2}}
tissues:
  gel: {interstitial_fraction: 0.3}
  ball: {interstitial_fraction: 0.6, where: {sphere: {centre: [0 mm, 1 mm], radius: 0.5 mm}}}
species: {u: {diffusivity: 1e-10 m2/s, in: {ball: {diffusivity: 1e-12 m2/s}}, initial: 1 uM}}
time: {end: 1 d, accuracy: 1e-3}
"""
u, done = fields(UNIFORM)
report("uniform data", "largest deviation, relative", apart(u["u_in_fluid"], 0 * u["u_in_fluid"] + 1e-3), 1e-13)

CLOSED = UNIFORM.replace("initial: 1 uM", 'initial: {formula: "1e-3*exp(-z*1000)", unit: mol/m3}')
u, done = fields(CLOSED)
masses = [a + b for a, b in zip(done.ledger("u", "inside.gel"), done.ledger("u", "inside.ball"))]
assert abs(u["u_in_fluid"].max() / u["u_in_fluid"].min() - 1) < 2, "it spread"
report("a closed box", "change of mass over a day, relative", abs(masses[-1] / masses[0] - 1), 1e-12)

# ---- a species in two tagged halves: linear processes, so that the halves add up (the same steps are taken)

WHOLE = """
elute: 1
title: one species
mesh: {geometry: cartesian, x: {from: 0 mm, to: 1 mm, cells: 20}, y: {from: 0 mm, to: 1 mm, cells: 16}}
species: {SPECIES}
reactions: [REACTIONS]
boundaries: {x-: {BOUNDARY}}
time: {end: 30 min, accuracy: 1e-4}
"""


def halves(names, share):
    word = lambda text: ", ".join(text % n for n in names)
    return (WHOLE.replace("SPECIES", word("%s: {diffusivity: 2e-10 m2/s, initial: {formula: \"1e-3*" + str(share) + "*(1+1000*x)\", unit: mol/m3}}"))
            .replace("REACTIONS", word('{equation: "%s -> ", rate: 1e-3 1/s}')).replace("BOUNDARY", word("%s: {value: " + str(3 * share) + " uM}")))


whole, done = fields(halves(["u"], 1))
tagged, _ = fields(halves(["red", "blue"], 0.5), "--replay-steps", done.directory)
report("tagged halves", "their sum against the whole, relative", apart(tagged["red_in_fluid"] + tagged["blue_in_fluid"], whole["u_in_fluid"]), 1e-13)

# ---- units

SI = """
elute: 1
title: units
mesh: {geometry: spherical, r: {from: 0 m, to: 2e-3 m, cells: 30}}
tissues: {gel: {interstitial_fraction: 0.25}}
species:
  drug: {diffusivity: 1.6e-11 m2/s, molar_mass: 0.5 kg/mol, initial: 2e-3 mol/m3}
  site: {mobile: no, initial: 4.1e-5 mol/m3}
reactions:
  - {equation: "drug + site -> ", rate: 430 m3/(mol s)}
  - {equation: "drug -> ", law: michaelis_menten, v_max: 1e-9 mol/(m3 s), k_m: 5e-5 mol/m3}
sources: [{species: drug, where: {sphere: {centre: [0 m], radius: 5e-4 m}}, amount: 1e-10 mol, at: 3600 s}]
boundaries: {surface: {drug: {transfer: {coefficient: 1e-6 m/s, outside: 1e-4 mol/m3}}}}
time: {end: 21600 s, accuracy: 1e-4}
"""
OTHER = """
elute: 1
title: units
mesh: {geometry: spherical, r: {from: 0 um, to: 2 mm, cells: 30}}
tissues: {gel: {interstitial_fraction: 25 %}}
species:
  drug: {diffusivity: 1.6e-7 cm2/s, molar_mass: 500 g/mol, initial: 1 ug/mL}
  site: {mobile: no, initial: 41 nM}
reactions:
  - {equation: "drug + site -> ", rate: 4.3e5 1/(M s)}
  - {equation: "drug -> ", law: michaelis_menten, v_max: 3.6 nM/h, k_m: 50 nM}
sources: [{species: drug, where: {sphere: {centre: [0 mm], radius: 0.05 cm}}, amount: 50 ng, at: 1 h}]
boundaries: {surface: {drug: {transfer: {coefficient: 3.6 mm/h, outside: 0.1 uM}}}}
time: {end: 0.25 d, accuracy: 1e-4}
"""
si, done = fields(SI)
other, _ = fields(OTHER, "--replay-steps", done.directory)
report("other units", "largest difference, relative", max(apart(other[name], si[name]) for name in ("drug_in_fluid", "site_in_tissue")), 1e-12)

# ---- the order of species and reactions

ORDER = """
elute: 1
title: order
mesh: {geometry: cartesian, x: {from: 0 mm, to: 1 mm, cells: 20}, y: {from: 0 mm, to: 1 mm, cells: 10}}
species:
"""
PARTS = ["  a: {diffusivity: 1e-10 m2/s, initial: {formula: \"1e-3*(1+1000*x)\", unit: mol/m3}}\n", "  b: {diffusivity: 1e-11 m2/s, initial: 2 uM}\n",
         "  c: {mobile: no, initial: 1 uM}\n", "  d: {mobile: no}\n"]
LAWS = ['  - {equation: "a + c -> d", rate: 2e3 1/(M s)}\n', '  - {equation: "d -> b + c", rate: 1e-3 1/s}\n', '  - {equation: "a <-> b", forward: 1e-3 1/s, backward: 2e-3 1/s}\n']
END = "boundaries: {y+: {a: {value: 0 uM}}}\ntime: {end: 1 h, accuracy: 1e-4}\n"
forwards, done = fields(ORDER + "".join(PARTS) + "reactions:\n" + "".join(LAWS) + END)
backwards, _ = fields(ORDER + "".join(PARTS[::-1]) + "reactions:\n" + "".join(LAWS[::-1]) + END, "--replay-steps", done.directory)
report("species and reactions in another order", "largest difference, relative", max(apart(backwards[n], forwards[n]) for n in forwards if "_in_" in n), 1e-12)

# ---- one, two and three dimensions

LINE = """
elute: 1
title: a problem along one axis
mesh: {geometry: cartesian, MESH}
tissues:
  left: {interstitial_fraction: 0.3}
  right: {interstitial_fraction: 0.6, where: {half_space: {point: [POINT], normal: [NORMAL]}}}
species: {u: {diffusivity: 1e-10 m2/s, in: {right: {diffusivity: 1e-11 m2/s}}, initial: {tissue: {left: 1 uM, right: 0 uM}}}}
reactions: [{equation: "u -> ", law: michaelis_menten, v_max: 1 nM/s, k_m: 1 uM}]
boundaries: {AXIS+: {u: {value: 2 uM}}}
time: {end: 1 h, accuracy: 1e-4}
"""


def along(axis, axes, *options):
    numbers = {a: "0.5 mm" if a == axis else "0 mm" for a in axes}
    mesh = ", ".join(f"{a}: {{from: 0 mm, to: 1 mm, cells: {24 if a == axis else 3}}}" for a in axes)
    text = (LINE.replace("MESH", mesh).replace("AXIS", axis).replace("POINT", ", ".join(numbers[a] for a in axes))
            .replace("NORMAL", ", ".join("-1" if a == axis else "0" for a in axes)))
    u, done = fields(text, *options)
    assert abs(u["tissue"]).max() > 0 and (u["tissue"] == u["tissue"].flat[0]).sum() * 2 == u["tissue"].size
    return u["u_in_fluid"], done


line, done = along("x", "x", "--coefficients", "double")
replay = ["--replay-steps", done.directory, "--coefficients", "double"]
for axes in ("xy", "xyz"):
    for axis in axes:
        u = along(axis, axes, *replay)[0]
        u = u.swapaxes(2, 2 - "xyz".index(axis))  # its axis last
        report(f"a problem along {axis} in {len(axes)}-D", "against 1-D, relative", abs(u - line[0, 0]).max() / line.max(), 1e-12)
