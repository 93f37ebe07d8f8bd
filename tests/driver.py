"""Runs the real program for the tests; ELUTE_PROGRAM and ELUTE_MPIRUN name it and mpirun (set by CTest). Where ELUTE_BACKEND names a
backend, runs that ask for none use it."""
import atexit
import csv
import json
import os
import shutil
import subprocess
import tempfile

SOURCE = os.environ.get("ELUTE_SOURCE", os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PROGRAM = os.environ.get("ELUTE_PROGRAM", os.path.join(SOURCE, "build", "elute"))
MPIRUN = os.environ.get("ELUTE_MPIRUN", "mpirun")


def session(directory):
    """The environment of a process that starts beside others: single processes of Open MPI share one directory for their sessions by
    default, and trip over each other's when they start and end at once."""
    return {**os.environ, "OMPI_MCA_orte_tmpdir_base": directory}


def report(case, what, obtained, criterion, above=False):
    """States a result and holds it against its criterion: at most (above: at least) that. Where ELUTE_REPORT names a directory
    the line goes to the verification page too (tests/report.py)."""
    line = {"case": case, "what": what, "obtained": obtained, "criterion": criterion, "above": above}
    print(f"{case}: {what}: {obtained:.3g}, criterion {'at least' if above else 'at most'} {criterion:g}", flush=True)
    if os.environ.get("ELUTE_REPORT"):
        import __main__
        name = os.path.splitext(os.path.basename(__main__.__file__))[0]
        with open(os.path.join(os.environ["ELUTE_REPORT"], name + ".jsonl"), "a") as file:
            file.write(json.dumps(line) + "\n")
    assert obtained >= criterion if above else obtained <= criterion, line


class Run:
    """A finished run: its directory's tables."""

    def __init__(self, directory):
        self.directory = directory
        with open(os.path.join(directory, "run.json")) as file:
            self.record = json.load(file)

    def table(self, name):
        with open(os.path.join(self.directory, name)) as file:
            return list(csv.DictReader(file))

    def ledger(self, species, place):
        """Amounts in time."""
        return [float(row["amount"]) for row in self.table("ledger.csv") if row["species"] == species and row["place"] == place]

    def closure(self):
        return max(abs(float(row["amount"])) for row in self.table("ledger.csv") if row["place"] == "closure")


def run(case, *options, ranks=0, text=None, expect=0):
    """Runs a case (a path below cases/, or a text) in a fresh directory. expect: its exit code; None: any."""
    directory = tempfile.mkdtemp(prefix="elute-test-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    if text is not None:
        case = os.path.join(directory, "case-in.yaml")
        with open(case, "w") as file:
            file.write(text)
    else:
        case = os.path.join(SOURCE, "cases", case)
    out = os.path.join(directory, "run")
    head = [MPIRUN, "-n", str(ranks)] if ranks else []
    if os.environ.get("ELUTE_BACKEND") and not {"--backend", "--stepper"} & set(options):
        options += ("--backend", os.environ["ELUTE_BACKEND"])
    done = subprocess.run(head + [PROGRAM, "run", case, "--output", out, *options], capture_output=True, text=True, env=session(directory))
    assert expect in (None, done.returncode), f"{case} {options}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return Run(out) if done.returncode == 0 else done


def fields(done, state=-1):
    """{array: numbers as [z, y, x], vectors with their components last} of a run's last state (or that number), and the edges of the
    cells along each axis, m."""
    import numpy
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkIOLegacy import vtkGenericDataObjectReader

    reader = vtkGenericDataObjectReader()
    with open(os.path.join(done.directory, "fields.vtk.series")) as series:
        reader.SetFileName(os.path.join(done.directory, json.load(series)["files"][state]["name"]))
    reader.ReadAllScalarsOn()
    reader.ReadAllVectorsOn()
    reader.ReadAllFieldsOn()
    reader.Update()
    grid = reader.GetOutput()
    n = grid.GetDimensions()
    shape = [max(1, each - 1) for each in reversed(n)]
    cells, found = grid.GetCellData(), {}
    for i in range(cells.GetNumberOfArrays()):
        array = vtk_to_numpy(cells.GetArray(i)).copy()
        found[cells.GetArrayName(i)] = array.reshape(shape if array.ndim == 1 else shape + [array.shape[1]])
    edges = []
    for axis in range(3):
        places = [grid.GetPoint(i * (1, n[0], n[0] * n[1])[axis])[axis] for i in range(n[axis])]
        edges.append(numpy.array(places))
    return found, edges
