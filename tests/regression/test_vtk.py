"""What VTK's own reader finds in the files of a run is what the case says: every number of every cell, axis by axis.

The initial states are formulas that tell the axes apart, so that swapped axes, a wrong byte order or a shifted array cannot
pass. Probes put at cell centres must read the same numbers in probes.csv.
"""
import json
import math
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import run
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkIOLegacy import vtkGenericDataObjectReader

HEAD = """
elute: 1
title: an initial state that tells its axes apart
tissues:
  gel: {interstitial_fraction: 0.25}
  core: {interstitial_fraction: 0.5, where: {box: BOX}}
fields: {warm: {formula: "300+x-2*y+3*z+t", unit: K}}
species:
  u: {diffusivity: 1e-30 m2/s, initial: {formula: "1+x+10*y+100*z*z", unit: mol/m3}}
  s: {mobile: no, initial: {tissue: {gel: 1 mol/m3, core: 2 mol/m3}}}
time: {end: 1 s}
"""
PLAIN = "mesh: {geometry: cartesian, x: {from: 0 m, to: 1 m, cells: 5}, y: {from: 0 m, to: 2 m, cells: 4}, z: {from: -1 m, to: 2 m, cells: 3}}\n"
CASES = {  # name: (mesh, box, output, kind of data set, ranks)
    "box": (PLAIN, "{from: [0 m, 0 m, 0 m], to: [0.4 m, 1 m, 2 m]}", "", "vtkStructuredPoints", 0),
    "box on 3 ranks": (PLAIN, "{from: [0 m, 0 m, 0 m], to: [0.4 m, 1 m, 2 m]}", "", "vtkStructuredPoints", 3),
    "box on 20 ranks, more than rows": (PLAIN, "{from: [0 m, 0 m, 0 m], to: [0.4 m, 1 m, 2 m]}", "", "vtkStructuredPoints", 20),
    "stretched": (PLAIN.replace("cells: 5", "cells: 5, stretch: 1.3"), "{from: [0 m, 0 m, 0 m], to: [0.4 m, 1 m, 2 m]}", "", "vtkRectilinearGrid", 3),
    "single": (PLAIN, "{from: [0 m, 0 m, 0 m], to: [0.4 m, 1 m, 2 m]}", "precision: single, ", "vtkStructuredPoints", 0),
    "plane": ("mesh: {geometry: cartesian, x: {from: 0 m, to: 1 m, cells: 5}, y: {from: 0 m, to: 2 m, cells: 4}}\n", "{from: [0 m, 0 m], to: [0.4 m, 1 m]}", "", "vtkStructuredPoints", 0),
    "half-plane": ("mesh: {geometry: cylindrical, r: {from: 0 m, to: 1 m, cells: 5}, z: {from: 0 m, to: 2 m, cells: 4}}\n", "{from: [0 m, 0 m], to: [0.4 m, 1 m]}", "", "vtkRectilinearGrid", 2),
    "radius": ("mesh: {geometry: spherical, r: {from: 0 m, to: 1 m, cells: 5}}\n", "{from: [0 m], to: [0.4 m]}", "", "vtkRectilinearGrid", 0),
}


def read(path):
    reader = vtkGenericDataObjectReader()
    reader.SetFileName(path)
    reader.ReadAllScalarsOn()
    reader.ReadAllFieldsOn()
    reader.Update()
    return reader.GetOutput()


def strings(grid, name):
    array = grid.GetFieldData().GetAbstractArray(name)
    return [array.GetValue(i) for i in range(array.GetNumberOfValues())]


def centre(bounds):
    """Centre of a cell as formulas see it. VTK's axes are theirs: a half-plane (r, z) has x = r, y = 0."""
    return [(bounds[2 * d] + bounds[2 * d + 1]) / 2 for d in range(3)]


def coordinates(name, x):
    """The same as a case writes it: one number per axis of the mesh."""
    return {"plane": x[:2], "half-plane": [x[0], x[2]], "radius": x[:1]}.get(name, x)


def in_core(name, x):
    limits = {"plane": (0.4, 1), "half-plane": (0.4, 1), "radius": (0.4,)}.get(name)
    if limits:
        return all(v < limit for v, limit in zip(coordinates(name, x), limits))
    return x[0] < 0.4 and x[1] < 1 and x[2] > 0


def close(a, b, tolerance):
    return abs(a - b) <= tolerance * max(abs(b), 1)


def check(name):
    mesh, box, precision, kind, ranks = CASES[name]
    done = run("", text=HEAD.replace("BOX", box) + mesh + f"output: {{{precision}every: 1 s}}\n", ranks=ranks)
    with open(os.path.join(done.directory, "fields.vtk.series")) as file:
        series = json.load(file)["files"]
    assert [entry["time"] for entry in series] == [0, 1], series
    tolerance = 1e-6 if "single" in precision else 1e-12
    points, values = [], []
    for entry in series:
        grid = read(os.path.join(done.directory, entry["name"]))
        data = {n: vtk_to_numpy(grid.GetCellData().GetArray(n)) for n in ("tissue", "u_in_fluid", "u_in_tissue", "s_in_tissue", "warm")}
        assert grid.GetClassName() == kind, grid.GetClassName()
        assert vtk_to_numpy(grid.GetFieldData().GetArray("TIME"))[0] == entry["time"]
        assert vtk_to_numpy(grid.GetFieldData().GetArray("CYCLE"))[0] == series.index(entry)
        assert strings(grid, "units") == ["tissue: index", "u_in_fluid: mol/m3", "u_in_tissue: mol/m3", "s_in_tissue: mol/m3", "warm: K"]
        assert strings(grid, "tissues") == ["gel", "core"]
        assert data["tissue"].dtype == "uint8" and data["u_in_fluid"].dtype == ("float32" if "single" in precision else "float64")
        assert grid.GetNumberOfCells() == math.prod(done.record["mesh"]["cells"])
        points, values = [], []
        for cell in range(grid.GetNumberOfCells()):
            x, y, z = centre(grid.GetCell(cell).GetBounds())
            core = in_core(name, (x, y, z))
            exact = 1 + x + 10 * y + 100 * z * z
            assert data["tissue"][cell] == core, (name, cell)
            assert close(data["u_in_fluid"][cell], exact, tolerance), (name, cell, data["u_in_fluid"][cell], exact)
            assert close(data["u_in_tissue"][cell], exact * (0.5 if core else 0.25), tolerance), (name, cell)
            assert data["s_in_tissue"][cell] == (2 if core else 1), (name, cell)
            assert close(data["warm"][cell], 300 + x - 2 * y + 3 * z + entry["time"], tolerance), (name, cell)
            points.append((x, y, z))
            values.append(float(data["u_in_fluid"][cell]))
    return done, points, values, tolerance


def check_probes(name):
    """The same case again with a probe at every cell's centre."""
    done, points, values, tolerance = check(name)
    mesh, box, precision, _, ranks = CASES[name]
    probes = ", ".join("p%d: [%s]" % (i, ", ".join("%.17g m" % v for v in coordinates(name, p))) for i, p in enumerate(points))
    again = run("", text=HEAD.replace("BOX", box) + mesh + f"output: {{{precision}probes: {{{probes}}}}}\n", ranks=ranks)
    rows = [row for row in again.table("probes.csv") if float(row["time_s"]) == 1]
    assert len(rows) == len(values) and len({row["probe"] for row in rows}) == len(values)
    for row in rows:
        cell = int(row["probe"][1:])
        assert close(float(row["u_in_fluid_mol_per_m3"]), values[cell], tolerance), (name, row, values[cell])


def check_well_mixed():
    done = run("", text="elute: 1\nmesh: {geometry: well_mixed, volume: 8 m3}\nspecies: {u: {initial: 3 mol/m3, diffusivity: 1 m2/s}}\ntime: {end: 1 s}\n")
    grid = read(os.path.join(done.directory, "fields_000001.vtk"))
    assert grid.GetNumberOfCells() == 1 and grid.GetBounds() == (0, 2, 0, 2, 0, 2), grid.GetBounds()
    assert vtk_to_numpy(grid.GetCellData().GetArray("u_in_tissue"))[0] == 3


for name in CASES:
    check_probes(name)
    print(name, "agrees in every cell")
check_well_mixed()
