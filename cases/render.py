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
try:
    with open(os.path.join(directory, "fields.vtk.series")) as file:
        files = json.load(file)["files"]
except (OSError, ValueError) as problem:
    sys.exit(f"render.py: {directory} is no finished run with fields: {problem}")


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
    """The middle section of a three-dimensional run, or the whole of a two-dimensional one, and the normal of it."""
    bounds = grid.GetBounds()
    flat = [axis for axis in range(3) if grid.GetDimensions()[axis] == 1]
    if len(flat) > 1:
        sys.exit("render.py: the run is one-dimensional; its values along the line are best plotted from probes.csv")
    normal = [0, 0, 0]
    if flat:
        normal[flat[0]] = -1 if flat[0] == 1 else 1
        surface = vtk.vtkGeometryFilter()
        surface.SetInputData(grid)
        surface.Update()
        return surface.GetOutput(), normal
    normal[2] = 1
    plane = vtk.vtkPlane()
    plane.SetOrigin(grid.GetCenter()[0], grid.GetCenter()[1], grid.GetCenter()[2] + 1e-6 * (bounds[5] - bounds[4]))
    plane.SetNormal(normal)
    cutter = vtk.vtkCutter()
    cutter.SetInputData(grid)
    cutter.SetCutFunction(plane)
    cutter.Update()
    return cutter.GetOutput(), normal


def tissue_lines(section):
    """Every tissue's own outline."""
    labels = section.GetCellData().GetArray("tissue")
    lines = vtk.vtkAppendPolyData()
    lines.AddInputData(vtk.vtkPolyData())
    for label in sorted({labels.GetValue(i) for i in range(labels.GetNumberOfTuples())}):
        inside = vtk.vtkDoubleArray()
        inside.SetName("inside")
        for i in range(labels.GetNumberOfTuples()):
            inside.InsertNextValue(labels.GetValue(i) == label)
        one = vtk.vtkPolyData()
        one.CopyStructure(section)
        one.GetCellData().SetScalars(inside)
        points = vtk.vtkCellDataToPointData()
        points.SetInputData(one)
        contour = vtk.vtkContourFilter()
        contour.SetInputConnection(points.GetOutputPort())
        contour.SetValue(0, 0.5)
        contour.Update()
        lines.AddInputData(contour.GetOutput())
    mapper = vtk.vtkPolyDataMapper()
    mapper.SetInputConnection(lines.GetOutputPort())
    mapper.ScalarVisibilityOff()
    actor = vtk.vtkActor()
    actor.SetMapper(mapper)
    actor.GetProperty().SetColor(1, 1, 1)
    return actor


def colour_scale(low, high):
    """Dark to bright, also in grey."""
    ends = ((0.00, 0.05, 0.03, 0.20), (0.25, 0.33, 0.06, 0.43), (0.50, 0.73, 0.21, 0.33), (0.75, 0.98, 0.55, 0.04), (1.00, 0.99, 1.00, 0.64))
    colours = vtk.vtkColorTransferFunction()
    for at, red, green, blue in ends:
        colours.AddRGBPoint(low + at * (high - low), red, green, blue)
    return colours


def label(text, size, x, y, right=False):
    actor = vtk.vtkTextActor()
    actor.SetInput(text)
    if right:
        actor.GetTextProperty().SetJustificationToRight()
    actor.GetTextProperty().SetFontSize(size)
    actor.SetPosition(x, y)
    return actor


WIDTH, HEIGHT = 640, 600  # of each of the two panels
window = vtk.vtkRenderWindow()
window.SetOffScreenRendering(1)
window.SetSize(2 * WIDTH, HEIGHT)
for panel, entry in enumerate((files[min(1, len(files) - 1)], files[-1])):
    section, normal = cut(read(entry["name"]))
    low, high = section.GetCellData().GetArray(array).GetRange()
    colours = colour_scale(max(0, low), high if high > max(0, low) else max(0, low) + 1)
    shown = vtk.vtkPolyData()
    shown.DeepCopy(section)
    shown.GetCellData().SetActiveScalars(array)
    mapper = vtk.vtkPolyDataMapper()
    mapper.SetInputData(shown)
    mapper.SetLookupTable(colours)
    mapper.SetScalarModeToUseCellData()
    actor = vtk.vtkActor()
    actor.SetMapper(mapper)
    bar = vtk.vtkScalarBarActor()
    bar.SetLookupTable(colours)
    bar.SetNumberOfLabels(5)
    bar.SetLabelFormat("%.3g")
    bar.SetMaximumWidthInPixels(70)
    bar.SetPosition(0.87, 0.08)
    bar.SetHeight(0.8)
    view = vtk.vtkRenderer()
    view.SetViewport(0.5 * panel, 0, 0.5 * (panel + 1), 1)
    view.SetBackground(0.1, 0.1, 0.12)
    for thing in (actor, tissue_lines(section)):
        view.AddActor(thing)
    for thing in (bar, label(f"t = {entry['time'] / 3600:g} h", 24, 16, 562), label(f"{array}, mol/m3", 18, WIDTH - 16, 566, right=True)):
        view.AddActor2D(thing)
    camera = view.GetActiveCamera()
    camera.ParallelProjectionOn()
    camera.SetFocalPoint(0, 0, 0)
    camera.SetPosition(*normal)
    camera.SetViewUp(*((0, 0, 1) if normal[2] == 0 else (0, 1, 0)))
    view.ResetCamera()
    box = section.GetBounds()
    tall, wide = (box[5] - box[4], box[1] - box[0]) if normal[1] else (box[3] - box[2], box[1] - box[0])
    camera.SetParallelScale(0.5 * max(tall / 0.86, wide / (0.8 * WIDTH / HEIGHT)))
    camera.SetWindowCenter(0.14, 0.06)  # room for the scale beside and the title above
    window.AddRenderer(view)
window.Render()
image = vtk.vtkWindowToImageFilter()
image.SetInput(window)
writer = vtk.vtkPNGWriter()
writer.SetFileName(picture)
writer.SetInputConnection(image.GetOutputPort())
writer.Write()
