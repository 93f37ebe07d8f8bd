"""The guard of the factorisation (modes stiff along several axes at once, which the error estimate does not see): a depot with a
sharp edge in tissue whose diffusivity jumps by 100:1, steps free to grow, against a reference by GMRES with small steps."""
import glob
import math
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import report, run
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkIOLegacy import vtkGenericDataObjectReader

DEPOT = """
elute: 1
title: a depot with a sharp edge, diffusivities 100 to 1
mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 2 mm, cells: 40}}, y: {{from: 0 mm, to: 2 mm, cells: 40}}, z: {{from: 0 mm, to: 2 mm, cells: 40}}}}
tissues:
  quick: {{interstitial_fraction: 0.3}}
  slow:
    interstitial_fraction: 0.3
    where: {{union: [{{box: {{from: [0 mm, 0.4 mm, 0 mm], to: [2 mm, 0.7 mm, 2 mm]}}}}, {{sphere: {{centre: [1.4 mm, 1.3 mm, 1 mm], radius: 0.4 mm}}}}]}}
species: {{drug: {{diffusivity: 1e-9 m2/s, in: {{slow: {{diffusivity: 1e-11 m2/s}}}}}}}}
reactions: [{{equation: "drug -> ", rate: 1e-4 1/s}}]
sources: [{{species: drug, where: {{sphere: {{centre: [0.8 mm, 0.7 mm, 0.9 mm], radius: 0.25 mm}}}}, amount: 1 nmol, at: 0 s}}]
boundaries: {{x+: {{drug: {{value: 0 mol/m3}}}}}}
time: {{end: 12 min, accuracy: {accuracy}{more}}}
"""


def solve(accuracy, more=""):
    done = run("", "--quiet", text=DEPOT.format(accuracy=accuracy, more=more))
    assert done.closure() < 1e-12
    reader = vtkGenericDataObjectReader()
    reader.SetFileName(sorted(glob.glob(os.path.join(done.directory, "*.vtk")))[-1])
    reader.ReadAllScalarsOn()
    reader.ReadAllFieldsOn()
    reader.Update()
    return done.record["steps"], vtk_to_numpy(reader.GetOutput().GetCellData().GetArray("drug_in_tissue")).copy()


_, reference = solve(1e-6, ", linear: gmres, method: ra34pw2")


def error(field):
    return math.sqrt(((field - reference) ** 2).sum() / (reference**2).sum())


for accuracy in (1e-2, 1e-3, 1e-4):
    guarded, with_guard = solve(accuracy)
    exact, with_gmres = solve(accuracy, ", linear: gmres")
    bare, without = solve(accuracy, ", defect_limit: 1e9")
    print(f"accuracy {accuracy:g}: steps {guarded['accepted']}, stages with GMRES {guarded['gmres_stages']} of {guarded['stages']}, "
          f"errors {error(with_guard):.2e}, GMRES throughout {error(with_gmres):.2e}, no guard {error(without):.2e}")
    assert guarded["gmres_stages"] > 0 and bare["gmres_stages"] == 0, "the guard trips here"
    assert bare["largest_linear_defect"] > 0.2
    report("discontinuous depot, D 100:1", f"relative L2 error at accuracy {accuracy:g}", error(with_guard), 12 * accuracy)
    report("discontinuous depot, D 100:1", f"error over that of GMRES throughout, accuracy {accuracy:g}", error(with_guard) / error(with_gmres), 2.5)
report("defect guard", "error without it over error with it, accuracy 0.0001", error(without) / error(with_guard), 3, above=True)
