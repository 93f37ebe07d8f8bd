"""What VTK's own reader finds in the files is what the case says: every number, axis by axis."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import run
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkIOLegacy import vtkGenericDataObjectReader

CASE = """
elute: 1
title: an initial state that tells its axes apart
mesh: {{geometry: cartesian, x: {{from: 0 m, to: 1 m, cells: 5, stretch: {stretch}}}, y: {{from: 0 m, to: 2 m, cells: 4}}, z: {{from: -1 m, to: 2 m, cells: 3}}}}
tissues: {{gel: {{interstitial_fraction: 0.25}}}}
species: {{u: {{diffusivity: 1e-30 m2/s, initial: {{formula: "1+x+10*y+100*z*z", unit: mol/m3}}}}}}
time: {{end: 1 s}}
"""

for stretch in (1, 1.3):
    for ranks in (0, 3):
        done = run("", text=CASE.format(stretch=stretch), ranks=ranks)
        reader = vtkGenericDataObjectReader()
        reader.SetFileName(os.path.join(done.directory, "fields_000001.vtk"))
        reader.ReadAllScalarsOn()
        reader.ReadAllFieldsOn()
        reader.Update()
        grid = reader.GetOutput()
        assert grid.GetClassName() == ("vtkStructuredPoints" if stretch == 1 else "vtkRectilinearGrid"), grid.GetClassName()
        assert grid.GetNumberOfCells() == 60
        assert vtk_to_numpy(grid.GetFieldData().GetArray("TIME"))[0] == 1.0
        units = grid.GetFieldData().GetAbstractArray("units")
        assert "u_in_fluid: mol/m3" in [units.GetValue(i) for i in range(units.GetNumberOfValues())]
        fluid = vtk_to_numpy(grid.GetCellData().GetArray("u_in_fluid"))
        tissue = vtk_to_numpy(grid.GetCellData().GetArray("u_in_tissue"))
        for cell in range(60):
            b = grid.GetCell(cell).GetBounds()
            x, y, z = (b[0] + b[1]) / 2, (b[2] + b[3]) / 2, (b[4] + b[5]) / 2
            exact = 1 + x + 10 * y + 100 * z * z
            assert abs(fluid[cell] - exact) < 1e-11 * exact, (cell, fluid[cell], exact)
            assert abs(tissue[cell] - 0.25 * exact) < 1e-11 * exact
print("every cell agrees")
