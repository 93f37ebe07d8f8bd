#!/usr/bin/python3
"""Makes a picture of a run: a cut through the middle at an early and at the last time.
    python3 cases/render.py RUN_DIRECTORY ARRAY PICTURE.png      ARRAY: a cell array such as doxorubicin_in_fluid
Needs VTK's Python (Debian: python3-vtk9) and, without a display, xvfb-run (Debian: xvfb xauth)."""
import json
import os
import shutil
import sys

if len(sys.argv) != 4:
    sys.exit(__doc__)
if not os.environ.get("DISPLAY"):
    if not shutil.which("xvfb-run"):
        sys.exit("render.py: there is no display; install xvfb and xauth")
    os.execvp("xvfb-run", ["xvfb-run", "-a", "-s", "-screen 0 1280x640x24", sys.executable, *sys.argv])
try:
    import vtkmodules.all as vtk
except ImportError:
    sys.exit("render.py: VTK's Python is missing; Debian's package is python3-vtk9 (for /usr/bin/python3)")

directory, array, picture = sys.argv[1:]
with open(os.path.join(directory, "fields.vtk.series")) as file:
    files = json.load(file)["files"]


def read(name):
    reader = vtk.vtkGenericDataObjectReader()
    reader.SetFileName(os.path.join(directory, name))
    reader.ReadAllScalarsOn()
    reader.ReadAllFieldsOn()
    reader.Update()
    grid = reader.GetOutput()
    if not grid.GetCellData().HasArray(array):
        names = [grid.GetCellData().GetArrayName(i) for i in range(grid.GetCellData().GetNumberOfArrays())]
        sys.exit(f"render.py: {name} has no array {array}; it has {', '.join(names)}")
    grid.GetCellData().SetActiveScalars(array)
    return grid


def cut(grid):
    centre = grid.GetCenter()
    plane = vtk.vtkPlane()
    plane.SetOrigin(centre[0], centre[1], centre[2] + 1e-9)
    plane.SetNormal(0, 0, 1)
    cutter = vtk.vtkCutter()
    cutter.SetInputData(grid)
    cutter.SetCutFunction(plane)
    cutter.Update()
    return cutter.GetOutput()


def tissue_lines(section):
    section.GetCellData().SetActiveScalars("tissue")
    points = vtk.vtkCellDataToPointData()
    points.SetInputData(section)
    contour = vtk.vtkContourFilter()
    contour.SetInputConnection(points.GetOutputPort())
    for label in range(8):
        contour.SetValue(label, label + 0.5)
    mapper = vtk.vtkPolyDataMapper()
    mapper.SetInputConnection(contour.GetOutputPort())
    mapper.ScalarVisibilityOff()
    actor = vtk.vtkActor()
    actor.SetMapper(mapper)
    actor.GetProperty().SetColor(1, 1, 1)
    return actor


window = vtk.vtkRenderWindow()
window.SetOffScreenRendering(1)
window.SetSize(1280, 600)
for panel, entry in enumerate((files[min(1, len(files) - 1)], files[-1])):
    grid = read(entry["name"])
    section = cut(grid)
    low, high = section.GetCellData().GetArray(array).GetRange()
    colours = vtk.vtkLookupTable()
    colours.SetHueRange(0.66, 0.0)
    colours.SetRange(max(0, low), high)
    colours.Build()
    shown = vtk.vtkPolyData()
    shown.DeepCopy(section)
    shown.GetCellData().SetActiveScalars(array)
    mapper = vtk.vtkPolyDataMapper()
    mapper.SetInputData(shown)
    mapper.SetLookupTable(colours)
    mapper.UseLookupTableScalarRangeOn()
    actor = vtk.vtkActor()
    actor.SetMapper(mapper)
    bar = vtk.vtkScalarBarActor()
    bar.SetLookupTable(colours)
    bar.SetTitle(f"{array} (mol/m3)")
    bar.SetNumberOfLabels(4)
    bar.SetMaximumWidthInPixels(90)
    bar.SetPosition(0.86, 0.1)
    bar.SetHeight(0.75)
    text = vtk.vtkTextActor()
    text.SetInput(f"t = {entry['time'] / 3600:g} h")
    text.GetTextProperty().SetFontSize(26)
    text.SetPosition(20, 555)
    view = vtk.vtkRenderer()
    view.SetViewport(0.5 * panel, 0, 0.5 * (panel + 1), 1)
    view.SetBackground(0.1, 0.1, 0.12)
    for thing in (actor, tissue_lines(section)):
        view.AddActor(thing)
    view.AddActor2D(bar)
    view.AddActor2D(text)
    view.GetActiveCamera().ParallelProjectionOn()
    view.ResetCamera()
    view.GetActiveCamera().Zoom(1.35)
    window.AddRenderer(view)
window.Render()
image = vtk.vtkWindowToImageFilter()
image.SetInput(window)
writer = vtk.vtkPNGWriter()
writer.SetFileName(picture)
writer.SetInputConnection(image.GetOutputPort())
writer.Write()
